"""The text of `resolved.yaml`, whose path of a data file is relative to the run where it can be."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import parse_value
from nnrun.runs import layout


def resolved_text(experiment: Experiment, folder: Path) -> str:
    """The resolved settings as YAML, to be read in a run folder.

    Args:
        experiment: the experiment; the paths of its files are absolute.
        folder: the run folder.
    """
    resolved = experiment.resolved
    generator = resolved["data"]["generator"]
    paths = {file.path for file in experiment.columns.files}
    if not paths or not isinstance(generator, dict):
        return dump(resolved)

    def portable(value: Any) -> Any:
        return relative_path(value, folder) if isinstance(value, str) and value in paths else value

    moved = {name: {key: portable(value) for key, value in items.items()} for name, items in generator.items()}
    return dump({**resolved, "data": {**resolved["data"], "generator": moved}})


def moved_text(text: str, files: Iterable[str], source: Path, target: Path) -> str:
    """The text of a `resolved.yaml` for another folder, with paths that lead to the same data files.

    Args:
        text: the text in the folder that it was written for.
        files: the absolute paths of the data files where they were read.
        source: that folder.
        target: the other folder.

    Raises:
        ExperimentError: the text is not YAML.
    """
    resolved = parse_value(text, layout.RESOLVED)
    generator = resolved["data"]["generator"]
    known = {Path(file).name: Path(file) for file in files}
    if not known or not isinstance(generator, dict):
        return text

    def moved(value: Any) -> Any:
        if not isinstance(value, str) or Path(value).name not in known:
            return value
        found = next((path for path in (source / value, known[Path(value).name]) if path.is_file()), None)
        return relative_path(str(found), target) if found else value

    paths = {name: {key: moved(value) for key, value in items.items()} for name, items in generator.items()}
    return text if paths == generator else dump({**resolved, "data": {**resolved["data"], "generator": paths}})


def relative_path(path: str, folder: Path) -> str:
    """An absolute path as seen from a folder; the path itself where only the root folder holds both."""
    target = Path(path).parent.resolve() / Path(path).name
    base = folder.resolve()
    if target.parts[:2] != base.parts[:2]:
        return path
    return Path(os.path.relpath(target, base)).as_posix()
