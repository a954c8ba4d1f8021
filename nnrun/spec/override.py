"""Settings changed from the command line: `--set PATH=VALUE` applied to a parsed document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem, did_you_mean
from nnrun.spec.yaml_text import Document, ValuePath, parse_value

OPTION = "--set"

# The places where a component stands, written as its name or as a one-key mapping; `*` is any step.
_COMPONENTS: tuple[ValuePath, ...] = (
    ("data", "generator"),
    ("layers", "*"),
    ("optimizer",),
    ("loss",),
    ("metrics", "*"),
    ("outputs", "*", "loss"),
    ("outputs", "*", "metrics", "*"),
)


def apply_overrides(document: Document, overrides: Sequence[str]) -> None:
    """Applies every `PATH=VALUE` in turn; what it sets has the option as its place.

    The path's steps are keys, list positions from 0, or layers' names; the name of a component may be left out, so
    `optimizer.learning_rate` reaches into `optimizer: {Adam: {…}}` and turns `optimizer: adam` into such a mapping.

    Raises:
        ExperimentError: an override has another form, or its path leads nowhere.
    """
    problems: list[Problem] = []
    for override in overrides:
        try:
            _apply(document, override)
        except ExperimentError as error:
            problems.extend(error.problems)
    if problems:
        raise ExperimentError(*problems)


def _apply(document: Document, override: str) -> None:
    written, separator, text = override.partition("=")
    steps = written.strip().split(".")
    if not separator or not all(steps):
        hint = "For example: --set optimizer.learning_rate=0.01"
        raise ExperimentError(Problem("An override is PATH=VALUE.", Place(OPTION, 0, 1, override), hint))
    place = Place(OPTION, 0, len(written) + 2, override)
    value = _parse(text.strip(), place)
    path: ValuePath = ()
    for step in steps[:-1]:
        path = _descend(document, path, step, override)
    path = _target(document, path, steps[-1], override)
    _put(document, path, value, place)


def _parse(text: str, place: Place) -> Any:
    try:
        return parse_value(text, OPTION)
    except ExperimentError as error:
        raise ExperimentError(*(Problem(problem.message, place, problem.hint) for problem in error.problems)) from error


def _descend(document: Document, path: ValuePath, step: str, override: str) -> ValuePath:
    """The path of the mapping or list that `step` names below `path`; missing mappings are made."""
    path = _target(document, path, step, override)
    if document.at(path) is None:
        _put(document, path, {}, Place(OPTION, 0, 1, override))
    return path


def _target(document: Document, path: ValuePath, step: str, override: str) -> ValuePath:
    path = _into_arguments(document, path, step, override)
    holder = document.at(path)
    if isinstance(holder, list):
        return (*path, _position(holder, path, step, override))
    if isinstance(holder, dict):
        return (*path, step)
    shown = ".".join(map(str, path))
    raise _nowhere(f'"{shown}" is {holder!r}; there is nothing below it to set.', override)


def _into_arguments(document: Document, path: ValuePath, step: str, override: str) -> ValuePath:
    """Steps over a component's name where `path` holds a component and `step` is not that name."""
    value = document.at(path)
    if isinstance(value, str) and _is_component(path, value):
        _put(document, path, {value: {}}, document.places.get(path) or Place(OPTION, 0, 1, override))
        return (*path, value)
    if isinstance(value, dict) and len(value) == 1 and step not in value and _is_component(path, value):
        name = next(iter(value))
        if value[name] is None:
            value[name] = {}
        return (*path, name)
    return path


def _is_component(path: ValuePath, value: Any) -> bool:
    for pattern in _COMPONENTS:
        if len(pattern) == len(path) and all(p in ("*", s) for p, s in zip(pattern, path, strict=True)):
            return True
    inside_arguments = any(_is_component(path[:length], None) for length in range(1, len(path)))
    return inside_arguments and isinstance(value, dict) and isinstance(next(iter(value.values())), dict)


def _position(items: list[Any], path: ValuePath, step: str, override: str) -> int:
    if step.lstrip("-").isdigit():
        position = int(step)
        if -len(items) <= position < len(items):
            return position % len(items)
        where = ".".join(map(str, path))
        raise _nowhere(f'"{where}" has {len(items)} entries, numbered from 0. Received: {step}', override)
    names = [_layer_name(item) for item in items]
    if step in names:
        return names.index(step)
    known = [name for name in names if name]
    hint = did_you_mean(step, known) or "Give its position, from 0, or its `name:`."
    raise _nowhere(f'nothing in "{".".join(map(str, path))}" is named "{step}".', override, hint)


def _layer_name(item: Any) -> str | None:
    if isinstance(item, dict) and len(item) == 1:
        arguments = next(iter(item.values()))
        if isinstance(arguments, dict) and isinstance(arguments.get("name"), str):
            return str(arguments["name"])
    return None


def _nowhere(message: str, override: str, hint: str | None = None) -> ExperimentError:
    return ExperimentError(Problem(message, Place(OPTION, 0, 1, override), hint))


def _put(document: Document, path: ValuePath, value: Any, place: Place) -> None:
    for known in [p for p in document.places if p[: len(path)] == path]:
        del document.places[known]
    for known in [p for p in document.keys if p[: len(path)] == path and len(p) > len(path)]:
        del document.keys[known]
    document.places[path] = place
    document.keys[path] = place
    if not path:
        document.value = value
        return
    holder = document.at(path[:-1])
    holder[path[-1]] = value
