"""Settings that are changed in a parsed document: those of `--set PATH=VALUE`, and those of the trials of a sweep."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.text.setting_paths import PathStep, find_steps
from nnrun.experiment.text.yaml_text import Document, ValuePath, parse_value

OPTION = "--set"


@dataclass(frozen=True)
class Setting:
    """A setting that is changed.

    Args:
        path: as `--set` takes it, such as `optimizer.learning_rate`.
        value: a plain value.
        place: where the value stands.
        key: where the path stands.
        source: the value's path in the document that it stands in; None for an option's.
    """

    path: str
    value: Any
    place: Place
    key: Place
    source: ValuePath | None = None

    @property
    def steps(self) -> list[str]:
        """The steps of its path."""
        return self.path.split(".")


def apply_overrides(document: Document, overrides: Sequence[str]) -> None:
    """Applies every `PATH=VALUE`; what it sets has the option as its place.

    The path's steps are keys, list positions from 0, or layers' names, also those that nnrun makes, as `dense_1`. The
    name of a component may be left out, so `optimizer.learning_rate` reaches into `optimizer: {Adam: {…}}` and turns
    `optimizer: adam` into such a mapping. What lies within another setting is set after it; of two values of one
    setting the last one counts.

    Raises:
        ExperimentError: an override has another form, or its path leads nowhere.
    """
    problems: list[Problem] = []
    settings = parse_overrides(overrides, problems)
    problems += apply_settings(document, settings)
    if problems:
        raise ExperimentError(*problems)


def parse_overrides(overrides: Sequence[str], problems: list[Problem]) -> list[Setting]:
    """The settings of `--set`.

    Args:
        overrides: each `PATH=VALUE`.
        problems: a problem for each of another form is added to these.
    """
    settings = []
    for override in overrides:
        try:
            settings.append(_parsed(override))
        except ExperimentError as error:
            problems.extend(error.problems)
    return settings


def _parsed(override: str) -> Setting:
    written, separator, text = override.partition("=")
    if not separator or not all(written.strip().split(".")):
        hint = "For example: --set optimizer.learning_rate=0.01"
        raise ExperimentError(Problem("An override is PATH=VALUE.", Place(OPTION, 0, 1, override), hint))
    place = Place(OPTION, 0, len(written) + 2, override)
    key = Place(OPTION, 0, len(written) - len(written.lstrip()) + 1, override)
    return Setting(written.strip(), _parse(text, place), place, key)


def _parse(text: str, place: Place) -> Any:
    try:
        return parse_value(text, OPTION)
    except ExperimentError as error:
        problems = [replace(problem, place=_inside(place, problem.place)) for problem in error.problems]
        raise ExperimentError(*problems) from error


def _inside(place: Place, inner: Place | None) -> Place:
    """The place of what stands at `inner` of a value that begins at `place`; its column is known in the first line."""
    return replace(place, column=place.column + inner.column - 1) if inner and inner.line == 1 else place


def apply_settings(document: Document, settings: Sequence[Setting], base: Document | None = None) -> list[Problem]:
    """Sets all of the settings, each after those that it lies within, otherwise in their order.

    Args:
        document: the document.
        settings: the settings.
        base: the document that the values of settings with a source stand in.

    Returns:
        A problem for each setting whose path leads nowhere, or that would undo another one, in the settings' order.
    """
    waiting = list(enumerate(settings))
    done: list[tuple[ValuePath, Setting]] = []
    problems: dict[int, list[Problem]] = {}
    while waiting:
        # A path is as deep as it is in the document as it has become: names of components may be left out.
        position, setting = waiting.pop(min(range(len(waiting)), key=lambda i: _depth(document, waiting[i][1])))
        try:
            steps = find_steps(document, setting.path, setting.key)
        except ExperimentError as error:
            problems[position] = [*error.problems]
            continue
        problems[position] = [*_undone(setting, steps[-1].path, done)]
        done.append((steps[-1].path, setting))
        _make_way(document, steps)
        _put(document, steps[-1], setting, base)
    return [problem for _, found in sorted(problems.items()) for problem in found]


def _depth(document: Document, setting: Setting) -> int:
    try:
        return len(find_steps(document, setting.path, setting.key)[-1].path)
    except ExperimentError:  # what it leads to may still be set
        return len(setting.steps)


def _undone(setting: Setting, path: ValuePath, done: Sequence[tuple[ValuePath, Setting]]) -> Iterator[Problem]:
    """A problem for each setting that this one would undo; of two values of `--set` the last one counts."""
    for before, other in done:
        repeated = before == path and setting.place.source == other.place.source == OPTION
        if before[: len(path)] == path and not repeated:
            hint = "Leave one of the two out."
            yield Problem(f'"{setting.path}" is already set by {other.key}.', setting.key, hint)


def _make_way(document: Document, steps: Sequence[PathStep]) -> None:
    """Makes the mappings that the last step lies within: those that are missing, and those of components' names."""
    places = {step.path: step.place for step in steps}
    path = steps[-1].path
    for outer in (path[:length] for length in range(1, len(path))):
        value = document.at(outer)
        if isinstance(value, str):
            place = document.place(outer) or steps[0].place
            put(document, outer, {value: {}}, place, document.keys.get(outer, place))
        elif value is None and outer in places:
            put(document, outer, {}, places[outer], places[outer])
        elif value is None:  # the arguments of a component that is written as `Adam:`
            document.at(outer[:-1])[outer[-1]] = {}


def _put(document: Document, step: PathStep, setting: Setting, base: Document | None) -> None:
    """Puts a setting's value into the document; all that it holds keeps its place in the file."""
    path = step.path
    put(document, path, copy.deepcopy(setting.value), setting.place, step.place)
    if setting.source is None or base is None:
        return
    length = len(setting.source)
    for places, known in ((document.places, base.places), (document.keys, base.keys)):
        inner = {p: place for p, place in known.items() if p[:length] == setting.source and len(p) > length}
        places.update({(*path, *p[length:]): place for p, place in inner.items()})


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
