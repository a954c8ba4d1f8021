"""Which files are experiments: those that are named, and in folders those that look like one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs import layout

SUFFIXES = (".yaml", ".yml")
CERTAIN = (".nnrun.yaml", ".nnrun.yml")  # files with these endings are experiments, whatever they hold
# What an experiment has and other YAML files have not, each at the beginning of a line. The text is not parsed: a file
# whose YAML is broken should be reported, not overlooked.
_NEEDED = tuple(re.compile(rf"""^["']?{key}["']?\s*:""".encode(), re.MULTILINE) for key in ("data", "layers", "epochs"))
_MOST_BYTES = 2**24
# Folders of runs and sweeps, and of Python's virtual environments.
_LEFT_OUT = (layout.RECORD, layout.SWEEP_RECORD, "pyvenv.cfg")


def find_experiments(paths: Sequence[Path], runs_dir: Path) -> list[Path]:
    """The experiment files that some paths mean, each once, those of a folder in the order of their paths.

    Args:
        paths: files, each of which is an experiment, and folders. Of a folder and those below it those files are taken
            that end with `.nnrun.yaml`, and YAML files that have `data`, `layers` and `epochs`; hidden folders, folders
            of runs and virtual environments are left out.
        runs_dir: the folder of all runs, which is left out.

    Raises:
        ExperimentError: a path does not exist, or there is no experiment.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _in_folder(path, runs_dir.resolve()) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), file)
    missing = [file for file in found.values() if not file.exists()]
    if missing:
        raise ExperimentError(*(Problem(f"{file} does not exist.") for file in missing))
    if not found:
        where = ", ".join(map(str, paths))
        hint = "An experiment file ends with .nnrun.yaml, or is a YAML file with data, layers and epochs."
        raise ExperimentError(Problem(f"There is no experiment file in {where}.", hint=hint))
    return list(found.values())


def _in_folder(folder: Path, runs_dir: Path) -> list[Path]:
    return sorted(file for file in _walk(folder, runs_dir) if _is_experiment(file))


def _walk(folder: Path, runs_dir: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        if parent != str(folder) and any(name in files for name in _LEFT_OUT):
            folders.clear()
            continue
        folders[:] = [
            name for name in folders if not name.startswith(".") and (Path(parent) / name).resolve() != runs_dir
        ]
        yield from (Path(parent) / name for name in files if not name.startswith(".") and name.endswith(SUFFIXES))


def _is_experiment(file: Path) -> bool:
    if file.name.endswith(CERTAIN):
        return True
    try:
        content = read_regular(file, _MOST_BYTES)
    except (OSError, ValueError):
        return False
    return all(key.search(content) for key in _NEEDED)
