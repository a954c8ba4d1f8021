"""Settings and whole experiments as Python values, and messages that name them by their paths."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnrun.api.refused_arguments import refuse_no_mapping
from nnrun.errors import ExperimentError, Place, Problem, TrainingError, listed
from nnrun.experiment.grid_section import OPTION as GRID_OPTION
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.overrides import OPTION
from nnrun.experiment.text.yaml_text import MAX_RESOLVED_BYTES, Document, ValuePath, parse_document

# What messages call an experiment that is a mapping, and its name where it has none.
NAME = "experiment"

Settings = Mapping[str, Any]
# An option in a remedy, up to the blank or the mark behind it.
_ARGUMENTS = {OPTION: "settings", GRID_OPTION: "grid"}
_OPTION_WITH_VALUE = re.compile(rf"(?P<option>{'|'.join(_ARGUMENTS)}) (?:'(?P<quoted>[^']*)'|(?P<plain>[^\s;,)]+))")


def overrides_of(settings: Settings | None) -> tuple[str, ...]:
    """Settings by path as the commands take them, each `PATH=VALUE`.

    Raises:
        ExperimentError: a value is not one that an experiment file can have.
        UsageError: it is no mapping.
    """
    refuse_no_mapping("settings", settings, '{"epochs": 50}')
    plain = {str(path): _plain(value, (str(path),)) for path, value in (settings or {}).items()}
    return tuple(f"{path}={json.dumps(value, ensure_ascii=False)}" for path, value in plain.items())


def grids_of(grid: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Values by the path of a setting as `--grid` takes them, each `PATH=VALUES`; a text is one already.

    Raises:
        ExperimentError: a value is not one that an experiment file can have.
        UsageError: it is no mapping.
    """
    refuse_no_mapping("grid", grid, '{"seed": range(5)}')
    return tuple(
        option
        for path, values in (grid or {}).items()
        for option in ([f"{path}={values}"] if isinstance(values, str) else overrides_of({path: values}))
    )


def experiment_source(experiment: Mapping[str, Any]) -> bytes:
    """An experiment as the bytes of an experiment file.

    Args:
        experiment: its settings, nested as in a file; tuples and arrays are lists.

    Raises:
        ExperimentError: a value is not one that an experiment file can have, or it is larger than 4 MiB as YAML.
    """
    source = dump(_plain(experiment, ())).encode()
    if len(source) > MAX_RESOLVED_BYTES:
        message = f"The experiment is larger than {MAX_RESOLVED_BYTES // 1024} KiB as YAML."
        raise ExperimentError(Problem(message, hint="Save its rows in a CSV file, and name that: data.generator.csv"))
    return source


def document_of(source: bytes) -> Document:
    """What `experiment_source` has written, each setting at its path instead of a line."""
    document = parse_document(source.decode(), NAME)
    places = {path: _place(_joined(path)) for path in document.places}
    return Document(document.value, places, {path: places[path] for path in document.keys})


@contextmanager
def named_settings(source: bytes | None = None) -> Iterator[None]:
    """Lets the errors inside the block name settings by their paths instead of options and lines, in remedies too.

    Args:
        source: the experiment of a sweep where it is a mapping, as `experiment_source` writes it.
    """
    try:
        yield
    except (ExperimentError, TrainingError) as error:
        raise type(error)(*named_problems(error.problems, source)) from None


def named_problems(problems: Iterable[Problem], source: bytes | None) -> list[Problem]:
    """The problems, with the paths of settings in place of options and of lines of the source."""
    paths = _paths(source) if source else {}
    return [
        replace(problem, place=_named(problem.place, paths), hint=problem.hint and _in_python(problem.hint))
        for problem in problems
    ]


def _in_python(hint: str) -> str:
    """A remedy with settings as Python has them in place of `--set PATH=VALUE` and `--grid PATH=VALUES`."""
    return _OPTION_WITH_VALUE.sub(_as_setting, hint)


def _as_setting(found: re.Match[str]) -> str:
    argument = _ARGUMENTS[found["option"]]
    path, _, value = (found["quoted"] or found["plain"]).partition("=")
    if not value:
        return f'{argument}={{"{path}": …}}'
    try:
        plain = parse_document(value, OPTION).value
    except ExperimentError:
        plain = value
    written = f'"{plain}"' if isinstance(plain, str) else repr(plain)
    return f'{argument}={{"{path}": {written}}}'


def _paths(source: bytes) -> dict[tuple[int, int], str]:
    """The path of the setting at each line and column."""
    document = parse_document(source.decode(), NAME)
    places = [*document.keys.items(), *document.places.items()]
    return {(place.line, place.column): _joined(path) for path, place in places}


def _named(place: Place | None, paths: Mapping[tuple[int, int], str]) -> Place | None:
    if place is not None and place.line == 0 and place.source in (OPTION, GRID_OPTION):
        return _place(place.text.partition("=")[0].strip())
    if place is not None and place.source == NAME and (place.line, place.column) in paths:
        return _place(paths[place.line, place.column])
    return place


def _joined(path: ValuePath) -> str:
    return ".".join(map(str, path)) or NAME


def _place(path: str) -> Place:
    return Place(path, 0, 1, "")


def _plain(value: Any, path: ValuePath) -> Any:
    """A value of Python as an experiment file has it."""
    if hasattr(value, "tolist"):  # arrays and their numbers
        value = value.tolist()
    if isinstance(value, Mapping):
        return {_key(key, path): _plain(item, (*path, str(key))) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(item, (*path, i)) for i, item in enumerate(value)]
    if isinstance(value, os.PathLike):
        return str(Path(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise _refusal(f"Numbers must be finite. Received: {value}", path)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    kinds = listed(["numbers", "texts", "lists", "mappings"])
    raise _refusal(f"A setting consists of {kinds}. Received: an object of type {type(value).__name__}", path)


def _key(key: Any, path: ValuePath) -> str:
    if isinstance(key, str | int):
        return str(key)
    raise _refusal(f"A key must be a text. Received: an object of type {type(key).__name__}", path)


def _refusal(message: str, path: ValuePath) -> ExperimentError:
    return ExperimentError(Problem(message, _place(_joined(path))))
