"""The settings of an experiment that decide its training, and whether a golden file was made with the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnrun.experiment.columns import DataFile
from nnrun.experiment.flat_settings import flat_settings
from nnrun.experiment.grid_section import SECTION
from nnrun.experiment.seeds import SEED
from nnrun.experiment.text.yaml_text import Document, decode, parse_document, read_source
from nnrun.golden.golden_file import GoldenFile
from nnrun.load import override
from nnrun.runs.identity import Identity, differences
from nnrun.runs.relative_path import relative_path
from nnrun.store.differences import same_setting

# What changes no weight. The seed does, and every seed has a run of its own.
_DECIDE_NOTHING = (SEED, SECTION, "expect", "name", "predict", "tracking")


@dataclass(frozen=True)
class DecidingSettings:
    """The settings of an experiment file that decide its training, as they are written there.

    Defaults are not among them: what is not written is the code's, and a changed default is a changed training.

    Args:
        sha256: the SHA-256 of these settings.
        flat: the same by path, without rows of data.
    """

    sha256: str
    flat: dict[str, Any]


def read_settings(file: Path, overrides: Sequence[str] = ()) -> Document:
    """The settings of an experiment file, overrides applied.

    Raises:
        ExperimentError: the file cannot be read, or an override leads nowhere.
    """
    document = parse_document(decode(read_source(file), str(file)), str(file))
    override(document, overrides, None)
    return document


def deciding_settings(document: Document) -> DecidingSettings:
    """The settings of a document that decide the training but for the seed."""
    settings = {name: value for name, value in document.value.items() if name not in _DECIDE_NOTHING}
    sha256 = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    return DecidingSettings(sha256, flat_settings(settings))


def frozen_files(files: Iterable[DataFile], folder: Path) -> dict[str, str]:
    """The SHA-256 of each data file, by its path from a folder."""
    return {relative_path(file.path, folder): file.sha256 for file in files}


def stale_reasons(golden: GoldenFile, settings: DecidingSettings, files: dict[str, str]) -> list[str]:
    """Why a golden file is not one of this experiment any more, such as `epochs was 500 and is 400`; none if it is.

    Args:
        golden: the golden file.
        settings: the present settings.
        files: the SHA-256 of each data file now, by its path from the golden file.
    """
    changed = [f"{path} has changed" for path, sha256 in golden.data_files.items() if files.get(path, sha256) != sha256]
    if settings.sha256 == golden.settings_sha256:
        return changed
    found = differences(Identity(settings=golden.settings), Identity(settings=settings.flat))
    named = {one.what.removeprefix("setting "): f"was {one.first} and is {one.second}" for one in found}
    same = [path for path in named if same_setting(golden.settings.get(path), settings.flat.get(path))]
    reasons = [f"{path} {values}" for path, values in named.items() if path not in same]
    return [*(reasons or ([] if same else ["a long list of its settings has changed"])), *changed]
