"""The text of `resolved.yaml`, whose paths of a data file and of another run are relative where they can be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from nnrun.experiment.data_generators import change_arguments
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.start_section import RUN, SECTION
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import parse_value
from nnrun.runs import layout
from nnrun.runs.relative_path import relative_path


def resolved_text(experiment: Experiment, folder: Path) -> str:
    """The resolved settings as YAML, to be read in a run folder.

    Args:
        experiment: the experiment; the paths of its files are absolute.
        folder: the run folder.
    """
    resolved = _with_start(
        experiment.resolved, lambda run: relative_path(run, folder) if Path(run).is_absolute() else run
    )
    paths = {file.path for file in experiment.columns.files}
    if not paths:
        return dump(resolved)

    def portable(value: Any) -> Any:
        return relative_path(value, folder) if isinstance(value, str) and value in paths else value

    return dump({**resolved, "data": change_arguments(resolved["data"], portable)})


def moved_text(text: str, files: Iterable[str], source: Path, target: Path) -> str:
    """The text of a `resolved.yaml` for another folder, with paths that lead to the same data files and run.

    Args:
        text: the text in the folder that it was written for.
        files: the absolute paths of the data files where they were read.
        source: that folder.
        target: the other folder.

    Raises:
        ExperimentError: the text is not YAML.
    """
    written = parse_value(text, layout.RESOLVED)
    resolved = _with_start(written, lambda run: relative_path(os.path.normpath(source.absolute() / run), target))
    known = {Path(file).name: Path(file) for file in files}
    if not known:
        return text if resolved == written else dump(resolved)

    def moved(value: Any) -> Any:
        if not isinstance(value, str) or Path(value).name not in known:
            return value
        found = next((path for path in (source / value, known[Path(value).name]) if path.is_file()), None)
        return relative_path(str(found), target) if found else value

    after = {**resolved, "data": change_arguments(resolved["data"], moved)}
    return text if after == written else dump(after)


def _with_start(resolved: Mapping[str, Any], moved: Callable[[str], str]) -> dict[str, Any]:
    """The settings with another path of the run that the experiment starts from."""
    section = resolved.get(SECTION)
    return {**resolved, SECTION: {**section, RUN: moved(section[RUN])}} if section else dict(resolved)
