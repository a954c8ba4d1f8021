"""Settings changed from the command line: `--set PATH=VALUE` applied to a parsed document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem, did_you_mean, listed, shown
from nnrun.experiment.layer_names import given_name, layer_names
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.yaml_text import MAX_DEPTH, Document, ValuePath, parse_value

OPTION = "--set"

_BRACKETS = re.compile(r"\[(-?[0-9]+)\]")
_POSITION = re.compile(r"-?[0-9]{1,9}")

# The places where a component stands, and its kind; `*` is any step.
_COMPONENTS: dict[ValuePath, str] = {
    ("data", "generator"): "generators",
    ("layers", "*"): "layers",
    ("optimizer",): "optimizers",
    ("loss",): "losses",
    ("callbacks", "*"): "callbacks",
    ("metrics", "*"): "metrics",
    ("outputs", "*", "loss"): "losses",
    ("outputs", "*", "metrics", "*"): "metrics",
}


def apply_overrides(document: Document, overrides: Sequence[str]) -> None:
    """Applies every `PATH=VALUE` in turn; what it sets has the option as its place.

    The path's steps are keys, list positions from 0, or layers' names, also those that nnrun makes, as `dense_1`. The
    name of a component may be left out, so `optimizer.learning_rate` reaches into `optimizer: {Adam: {…}}` and turns
    `optimizer: adam` into such a mapping.

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
    if not separator or not all(written.strip().split(".")):
        hint = "For example: --set optimizer.learning_rate=0.01"
        raise ExperimentError(Problem("An override is PATH=VALUE.", Place(OPTION, 0, 1, override), hint))
    place = Place(OPTION, 0, len(written) + 2, override)
    value = _parse(text, place)
    key = Place(OPTION, 0, len(written) - len(written.lstrip()) + 1, override)
    set_value(document, written.strip(), value, place, key)


def set_value(document: Document, written: str, value: Any, place: Place, key: Place) -> ValuePath:
    """Sets one setting to a plain value.

    Args:
        document: the document.
        written: the path as `apply_overrides` takes it, such as `optimizer.learning_rate`.
        value: the value.
        place: the place of the value and of all that it holds.
        key: the place of the first step of the path; the others follow it.

    Returns:
        The path that was set.

    Raises:
        ExperimentError: the path leads nowhere.
    """
    if _BRACKETS.search(written):
        hint = "Write " + _BRACKETS.sub(r".\1", written)
        raise ExperimentError(Problem("A path has a dot before each step, also before a position.", key, hint))
    steps = written.split(".")
    if len(steps) > MAX_DEPTH:
        raise ExperimentError(Problem(f"A path has at most {MAX_DEPTH} steps. Received: {len(steps)}", key))
    path: ValuePath = ()
    for step in steps[:-1]:
        path = _descend(document, path, step, key)
        key = replace(key, column=key.column + len(step) + 1)
    path = _target(document, path, steps[-1], key)
    put(document, path, value, place, key)
    return path


def put(document: Document, path: ValuePath, value: Any, place: Place, key: Place) -> None:
    """Puts a value into the document.

    Args:
        document: the document; what stands at `path` is replaced.
        path: where to; all but its last step are there.
        value: a plain value.
        place: the place of the value and of all that it holds.
        key: the place of the last step of `path`.
    """
    for known in [p for p in document.places if p[: len(path)] == path]:
        del document.places[known]
    for known in [p for p in document.keys if p[: len(path)] == path]:
        del document.keys[known]
    document.places[path] = place
    document.keys[path] = key
    holder = document.at(path[:-1])
    holder[path[-1]] = value


def _parse(text: str, place: Place) -> Any:
    try:
        return parse_value(text, OPTION)
    except ExperimentError as error:
        problems = [replace(problem, place=_inside(place, problem.place)) for problem in error.problems]
        raise ExperimentError(*problems) from error


def _inside(place: Place, inner: Place | None) -> Place:
    """The place of what stands at `inner` of a value that begins at `place`; its column is known in the first line."""
    return replace(place, column=place.column + inner.column - 1) if inner and inner.line == 1 else place


def _descend(document: Document, path: ValuePath, step: str, place: Place) -> ValuePath:
    """The path of the mapping or list that `step` names below `path`; missing mappings are made."""
    path = _target(document, path, step, place)
    if document.at(path) is None:
        put(document, path, {}, place, place)
    return path


def _target(document: Document, path: ValuePath, step: str, place: Place) -> ValuePath:
    path = _into_arguments(document, path, step)
    holder = document.at(path)
    if isinstance(holder, list):
        return (*path, _position(holder, path, step, place))
    if isinstance(holder, dict):
        return (*path, step)
    message = f'"{_dotted(path)}" is {shown(holder)}; there is nothing below it to set.'
    raise ExperimentError(Problem(message, place))


def _into_arguments(document: Document, path: ValuePath, step: str) -> ValuePath:
    """Steps over a component's name where `path` holds a component and `step` is not that name."""
    value, kind, place = document.at(path), component_kind(path), document.place(path)
    if isinstance(value, str) and kind and place:
        put(document, path, {value: {}}, place, document.keys.get(path, place))
        return path if step == value else (*path, value)
    if isinstance(value, dict) and len(value) == 1 and step not in value and kind:
        name = next(iter(value))
        if value[name] is None:
            value[name] = {}
        return (*path, name)
    return path


def component_kind(path: ValuePath) -> str | None:
    """The kind of component that stands at `path`, as a setting or as an argument of another component."""
    for pattern, kind in _COMPONENTS.items():
        if len(pattern) == len(path) and all(p in ("*", s) for p, s in zip(pattern, path, strict=True)):
            return kind
    if len(path) < 3:
        return None
    is_item = isinstance(path[-1], int)
    *holder, name, key = path[:-1] if is_item else path
    kind_of_holder = component_kind(tuple(holder))
    entry = load_catalog().entry(kind_of_holder, str(name)) if kind_of_holder else None
    argument = entry.arguments.get(str(key)) if entry else None
    if argument is None:
        return None
    return argument.item_component if is_item else argument.component


def _position(items: list[Any], path: ValuePath, step: str, place: Place) -> int:
    if _POSITION.fullmatch(step):
        position = int(step)
        if -len(items) <= position < len(items):
            return position % len(items)
        hint = f"Positions go from 0 to {len(items) - 1}." if items else "It is empty."
        raise ExperimentError(Problem(f'"{_dotted(path)}" has no entry {step}.', place, hint))
    names = _names(items, path)
    if step in names:
        return names.index(step)
    known = [name for name in names if name]
    names_too = f", or one of the names: {listed(known)}" if known else ""
    hint = did_you_mean(step, known) or f"Write the position of an entry, counted from 0{names_too}."
    raise ExperimentError(Problem(f'Nothing in "{_dotted(path)}" is named "{step}".', place, hint))


def _names(items: list[Any], path: ValuePath) -> list[str | None]:
    """The names that the items of a list have; the layers of the network that are given none have one all the same."""
    return [*layer_names(items)] if path == ("layers",) else [given_name(item) for item in items]


def _dotted(path: ValuePath) -> str:
    return ".".join(map(str, path))
