"""The settings of a project: the table `[tool.nnrun]` of the nearest `pyproject.toml` at or above a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem, did_you_mean, listed, shown
from nnrun.experiment.text.regular_file import is_below, read_regular

FILE = "pyproject.toml"
TABLE = "tool.nnrun"
MAX_BYTES = 1_000_000
# Options that say how a command works, not what it does; each key is the name of the option without its dashes.
OPTIONS = (*("runs-dir", "device", "threads", "jobs", "checkpoint-every", "keep", "style", "columns", "quiet"),)
DATA_DIR = "data-dir"
GIT_PATCH = "git-patch"
WARM = "warm"
WARM_MODES = ("auto", "use", "never")
WARM_WORDS = "auto, use or never"
KEYS = (*OPTIONS, DATA_DIR, GIT_PATCH, WARM)
_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")


@dataclass(frozen=True)
class Project:
    """The settings of a project.

    Args:
        file: its `pyproject.toml`; None where there is none with such a table.
        values: the values by key; paths of folders are absolute.
        places: where each key stands.
        problems: unknown keys and impossible values, which are not among the values.
    """

    file: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def find_project(folder: Path) -> Project:
    """The settings of the project that a folder belongs to.

    Args:
        folder: the absolute path of the folder.

    Raises:
        ExperimentError: the file is no TOML.
    """
    for parent in (folder, *folder.parents):
        if (parent / FILE).is_file() and (project := _read(parent / FILE)):
            return project
    return Project()


def _read(path: Path) -> Project | None:
    """The settings in a file; None where it has no such table."""
    try:
        content = read_regular(path, MAX_BYTES)
    except (OSError, ValueError):  # not the concern of a command that needs no settings
        return None
    if b"nnrun" not in content:
        return None
    import tomllib

    try:
        text = content.decode("utf-8")
        table = tomllib.loads(text).get("tool", {}).get("nnrun")
    except (ValueError, AttributeError, RecursionError) as error:
        raise ExperimentError(Problem(f"{path} is not valid TOML: {error}.")) from error
    return None if table is None else _checked(path, text, table)


def _checked(path: Path, text: str, table: Any) -> Project:
    if not isinstance(table, dict):
        raise ExperimentError(Problem(f"[{TABLE}] is a table. Received: {shown(table)}", _place(path, text, "nnrun")))
    places = {key: _place(path, text, key) for key in table}
    problems = [_unknown(key, places[key]) for key in table if key not in KEYS]
    values = {key: value for key, value in table.items() if key in KEYS}
    for key in {"runs-dir", DATA_DIR} & values.keys():
        values[key] = _folders(values[key], key, path.parent, places[key], problems)
    patch = values.get(GIT_PATCH, True)
    if not isinstance(patch, bool):
        problems.append(Problem(f"{GIT_PATCH} is true or false. Received: {shown(patch)}", places[GIT_PATCH]))
    if values.get(WARM, "use") not in WARM_MODES:
        problems.append(Problem(f"{WARM} is {WARM_WORDS}. Received: {shown(values[WARM])}", places[WARM]))
    wrong = {problem.place for problem in problems}
    whole = {key: value for key, value in values.items() if places[key] not in wrong}
    return Project(path, whole, places, tuple(problems))


def _unknown(key: str, place: Place) -> Problem:
    hint = did_you_mean(key, KEYS) or f"The settings are: {listed(KEYS)}."
    return Problem(f'Unknown setting "{key}" in [{TABLE}].', place, hint)


def _folders(value: Any, key: str, project: Path, place: Place, problems: list[Problem]) -> Any:
    """The absolute paths of folders, which lie in the project: whoever wrote its file does not own the machine."""
    several = key == DATA_DIR and isinstance(value, list)
    texts = value if several else [value]
    if not all(isinstance(text, str) and text for text in texts):
        problems.append(Problem(f"{key} is the path of a folder. Received: {shown(value)}", place))
        return value
    folders = [project / text for text in texts]
    outside = [folder for folder in folders if "\0" in str(folder) or not is_below(folder, project)]
    if outside:
        variable = variable_of(key)
        hint = f"Folders in {FILE} lie at or below it. For another one set {variable}."
        problems.append(Problem(f"{key} leads out of {project}. Received: {shown(value)}", place, hint))
    return tuple(folders) if key == DATA_DIR else folders[0]


def variable_of(key: str) -> str:
    """The environment variable of a setting."""
    return f"NNRUN_{key.upper().replace('-', '_')}"


def _place(path: Path, text: str, key: str) -> Place:
    """The line of a key in the table, as far as the text shows it, which `tomllib` does not tell."""
    header, known = "", re.compile(rf"\s*(?:tool\.nnrun\.|nnrun\.)?[\"']?{re.escape(key)}[\"']?\s*[=.]")
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if found := _HEADER.match(line):
            header = re.sub(r"[\s\"']", "", found[1])
        if header.startswith(TABLE) and (known.match(line) or header == f"{TABLE}.{key}"):
            return Place(_name(path), number, line.index(key) + 1, line)
    fallback = next((i for i, line in enumerate(lines, 1) if "nnrun" in line), 1)
    return Place(_name(path), fallback, 1, lines[fallback - 1])


def _name(path: Path) -> str:
    """The path from the present folder, as it would be written there."""
    return os.path.relpath(path)
