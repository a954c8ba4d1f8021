"""The text of `resolved.yaml`, whose path of a data file is relative to the run where it can be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.dump import dump


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


def relative_path(path: str, folder: Path) -> str:
    """An absolute path as seen from a folder; the path itself where only the root folder holds both."""
    target = Path(path).parent.resolve() / Path(path).name
    base = folder.resolve()
    if target.parts[:2] != base.parts[:2]:
        return path
    return Path(os.path.relpath(target, base)).as_posix()
