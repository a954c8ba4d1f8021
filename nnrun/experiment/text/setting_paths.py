"""Paths of settings, such as `optimizer.learning_rate`: where each of their steps leads in a document."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

from nnrun.errors import ExperimentError, Place, Problem, did_you_mean, listed, shown
from nnrun.experiment.layer_names import given_name, layer_names
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.yaml_text import MAX_DEPTH, Document, ValuePath

_BRACKETS = re.compile(r"\[(-?[0-9]+)\]")
_POSITION = re.compile(r"-?[0-9]{1,9}")

# The places where a component stands, and its kind; `*` is any step.
_COMPONENTS: dict[ValuePath, str] = {
    ("data", "generator"): "generators",
    ("data", "validation"): "generators",
    ("data", "test"): "generators",
    ("layers", "*"): "layers",
    ("optimizer",): "optimizers",
    ("loss",): "losses",
    ("callbacks", "*"): "callbacks",
    ("metrics", "*"): "metrics",
    ("outputs", "*", "loss"): "losses",
    ("outputs", "*", "metrics", "*"): "metrics",
}


class PathStep(NamedTuple):
    """A step of a written path.

    Args:
        path: the path in the document that it leads to.
        place: where the step is written.
    """

    path: ValuePath
    place: Place


def find_steps(document: Document, written: str, key: Place) -> list[PathStep]:
    """Where each step of a written path leads. The document is not changed; what is missing is taken for a mapping.

    The steps are keys, list positions from 0, or layers' names, also those that nnrun makes, as `dense_1`. The name of
    a component may be left out, or be another one of Keras's names for it. Within what the trials of a sweep differ in
    the rest of the path is one key, as the path of a setting.

    Args:
        document: the document.
        written: the path, such as `optimizer.learning_rate`.
        key: the place of its first step; the others follow it.

    Raises:
        ExperimentError: the path leads nowhere.
    """
    if _BRACKETS.search(written):
        hint = "Write " + _BRACKETS.sub(r".\1", written)
        raise ExperimentError(Problem("A path has a dot before each step, also before a position.", key, hint))
    names = written.split(".")
    if len(names) > MAX_DEPTH:
        raise ExperimentError(Problem(f"A path has at most {MAX_DEPTH} steps. Received: {len(names)}", key))
    steps: list[PathStep] = []
    path: ValuePath = ()
    for position, name in enumerate(names):
        if _holds_paths(document, path):
            return [*steps, PathStep((*path, ".".join(names[position:])), key)]
        path = _next(document, path, names[position:], key)
        steps.append(PathStep(path, key))
        key = replace(key, column=key.column + len(name) + 1)
    return steps


def _holds_paths(document: Document, path: ValuePath) -> bool:
    """Whether the keys of the mapping at `path` are paths themselves, of what the trials of a sweep differ in."""
    if path[:1] != ("sweep",):
        return False
    zipped = isinstance(document.at(("sweep", "zip")), list)
    depth = {"grid": 2, "random": 2, "search": 2, "zip": 3 if zipped else 2, "variants": 3}
    return len(path) > 1 and len(path) == depth.get(str(path[1]))


def _next(document: Document, path: ValuePath, steps: list[str], place: Place) -> ValuePath:
    """The path that the first of the steps leads to from `path`."""
    step, value, kind = steps[0], document.at(path), component_kind(path)
    name = _component_name(value) if kind else None
    if kind and name is not None:
        if step == name or _is_alias(kind, step, name):
            return (*path, name)
        _refuse_other_component(kind, name, path, steps, place)
        path = (*path, name)
        value = document.at(path)
    if isinstance(value, list):
        return (*path, _position(value, path, step, place))
    if value is None or isinstance(value, dict):
        return (*path, step)
    message = f'"{_dotted(path)}" is {shown(value)}; there is nothing below it to set.'
    raise ExperimentError(Problem(message, place))


def _component_name(value: Any) -> str | None:
    if isinstance(value, dict) and len(value) == 1:
        return str(next(iter(value)))
    return value if isinstance(value, str) else None


def _is_alias(kind: str, step: str, name: str) -> bool:
    own = load_catalog().own_name(kind, step)
    return own is not None and own == load_catalog().own_name(kind, name)


def _refuse_other_component(kind: str, name: str, path: ValuePath, steps: list[str], place: Place) -> None:
    """Refuses a path through a component that does not stand there, such as optimizer.adam where the optimizer is sgd.

    Raises:
        ExperimentError: the first of the steps is the name of another component, and no argument of this one.
    """
    catalog = load_catalog()
    entry = catalog.entry(kind, name)
    if entry is None or steps[0] in entry.arguments or catalog.entry(kind, steps[0]) is None:
        return
    inner = ".".join(steps[1:])
    hint = f"Leave the name out: {_dotted(path)}.{inner}" if inner else f"Set {_dotted(path)} to {{{steps[0]}: {{…}}}}."
    raise ExperimentError(Problem(f'"{_dotted(path)}" is {name}, not {steps[0]}.', place, hint))


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
