"""The section `sweep:` of an experiment file: what its trials are to differ in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.expectations import Expectation, parse_expectation
from nnrun.experiment.search_section import SearchSettings, read_search
from nnrun.experiment.sweep_values import ValueDistribution, ValuesError, read_distribution, read_values
from nnrun.experiment.text.overrides import Setting
from nnrun.experiment.text.yaml_text import Document, ValuePath

SECTION = "sweep"
OPTION = "--grid"
TRIALS = "trials"

_REACH_EXAMPLE = "For example: reach: binary_accuracy >= 1.0"


@dataclass(frozen=True)
class GridAxis:
    """A setting with each of the values that a grid gives it."""

    path: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class DrawnSetting:
    """A setting and what random trials, or those of a search, draw it from.

    Args:
        path: as `--set` takes it.
        distribution: what it is drawn from.
        place: where that stands.
        key: where the path stands.
        ends: the setting with either end of the distribution, or with each of its choices.
    """

    path: str
    distribution: ValueDistribution
    place: Place
    key: Place
    ends: tuple[Setting, ...]


@dataclass(frozen=True)
class SweepSettings:
    """What the trials of a sweep differ in: every variant, times every random trial, times every point of the grid.

    Args:
        variants: named sets of settings.
        axes: the grid.
        drawn: what each random trial draws.
        trials: how many random trials; 0 where nothing is drawn.
        reach: what a trial is to reach; the epoch at which it first does is measured.
        reach_place: where that stands.
        search: what is searched for, in place of all trials but its own.
        fail_fast: whether the first trial that fails ends the sweep.
        report: whether the sweep draws its pictures and writes its report at the end.
    """

    variants: Mapping[str, tuple[Setting, ...]] = field(default_factory=dict)
    axes: tuple[GridAxis, ...] = ()
    drawn: tuple[DrawnSetting, ...] = ()
    trials: int = 0
    reach: Expectation | None = None
    reach_place: Place | None = None
    search: SearchSettings | None = None
    fail_fast: bool = False
    report: bool = True

    @property
    def varied(self) -> list[Setting | DrawnSetting]:
        """Whatever the trials differ in, each path of the grid once."""
        drawn = (*self.drawn, *(self.search.drawn if self.search else ()))
        variants = (setting for settings in self.variants.values() for setting in settings)
        return [*drawn, *(axis.settings[0] for axis in self.axes), *variants]

    def with_axes(self, axes: Sequence[GridAxis]) -> SweepSettings:
        """The same with these axes; one takes the place of that of the same path in the file.

        Raises:
            ExperimentError: two of them have the same path.
        """
        paths = [axis.path for axis in axes]
        twice = [axis for i, axis in enumerate(axes) if axis.path in paths[:i]]
        if twice:
            hint = f"Write one list, as {OPTION} '{twice[0].path}=[…]'."
            message = 'The grid has "{}" twice.'
            raise ExperimentError(*(Problem(message.format(a.path), a.settings[0].key, hint) for a in twice))
        merged = {axis.path: axis for axis in (*self.axes, *axes)}
        return replace(self, axes=tuple(merged.values()))


def read_sweep(document: Document, problems: list[Problem]) -> SweepSettings:
    """The section of a document that is valid by the schema; empty where there is none.

    Args:
        document: the document.
        problems: what is wrong is added to these.
    """
    section = document.at((SECTION,)) or {}
    variants = {name: _variant(document, name) for name in section.get("variants", {})}
    axes = [_axis(document, path, problems) for path in section.get("grid", {})]
    drawn = _all_drawn(document, "random", problems)
    search = read_search(document, _all_drawn(document, "search", problems), problems)
    reach, place = _reach(document, problems)
    settings = SweepSettings(
        variants,
        tuple(axis for axis in axes if axis),
        drawn,
        section.get("random", {}).get(TRIALS, 0),
        reach,
        place,
        search,
        section.get("fail_fast", False),
        section.get("report", True),
    )
    problems.extend(_varies_itself(part) for part in settings.varied if part.path.split(".")[0] == SECTION)
    return settings


def _varies_itself(part: Setting | DrawnSetting) -> Problem:
    hint = "Change it for all trials: --set sweep.…=VALUE"
    return Problem(f'"{part.path}" belongs to the sweep as a whole, not to a trial.', part.key, hint)


def parse_grid(option: str) -> GridAxis:
    """Reads the option `--grid PATH=VALUES`.

    Raises:
        ExperimentError: it has another form.
    """
    written, separator, text = option.partition("=")
    path = written.strip()
    if not separator or not all(path.split(".")):
        hint = "For example: --grid seed=0..99"
        raise ExperimentError(Problem("A grid is PATH=VALUES.", Place(OPTION, 0, 1, option), hint))
    place = Place(OPTION, 0, len(written) + 2, option)
    try:
        values = read_values(text)
    except ValuesError as error:
        raise ExperimentError(_problem(error, replace(place, column=place.column + error.column))) from error
    key = Place(OPTION, 0, len(written) - len(written.lstrip()) + 1, option)
    if path.split(".")[0] == SECTION:
        raise ExperimentError(_varies_itself(Setting(path, values[0], place, key)))
    return GridAxis(path, tuple(Setting(path, value, place, key) for value in values))


def without_section(document: Document) -> Document:
    """The document without the section, which no trial has."""
    if not isinstance(document.value, dict):
        return document
    value = {key: part for key, part in document.value.items() if key != SECTION}
    places = {path: place for path, place in document.places.items() if path[:1] != (SECTION,)}
    return Document(value, places, {path: place for path, place in document.keys.items() if path[:1] != (SECTION,)})


def _variant(document: Document, name: str) -> tuple[Setting, ...]:
    inside = (SECTION, "variants", name)
    settings = []
    for path, value in document.at(inside).items():
        place, key = _places(document, (*inside, path))
        settings.append(Setting(path, value, place, key, (*inside, path)))
    return tuple(settings)


def _axis(document: Document, path: str, problems: list[Problem]) -> GridAxis | None:
    where = (SECTION, "grid", path)
    place, key = _places(document, where)
    written = document.at(where)
    try:
        values = read_values(written)
    except ValuesError as error:
        problems.append(_problem(error, _in_text(place, error.column)))
        return None
    if isinstance(written, str):
        return GridAxis(path, tuple(Setting(path, value, place, key) for value in values))
    return GridAxis(path, _listed(document, path, where, values))


def _all_drawn(document: Document, part: str, problems: list[Problem]) -> tuple[DrawnSetting, ...]:
    """What a part of the section draws its settings from."""
    paths = (document.at((SECTION,)) or {}).get(part, {})
    drawn = (_drawn(document, (SECTION, part, path), problems) for path in paths if (part, path) != ("random", TRIALS))
    return tuple(one for one in drawn if one)


def _drawn(document: Document, where: ValuePath, problems: list[Problem]) -> DrawnSetting | None:
    place, key = _places(document, where)
    try:
        distribution = read_distribution(document.at(where))
    except ValuesError as error:
        problems.append(_problem(error, _in_text(place, error.column)))
        return None
    path, ends = str(where[-1]), distribution.arguments
    if distribution.name == "choice":
        settings = _listed(document, path, where, ends)
    else:
        kind = int if distribution.name == "integers" else float
        settings = tuple(Setting(path, kind(end), place, key) for end in ends)
    return DrawnSetting(path, distribution, place, key, settings)


def _listed(document: Document, path: str, where: ValuePath, values: Sequence[Any]) -> tuple[Setting, ...]:
    """The setting with each value of the list that stands at `where`."""
    place, key = _places(document, where)
    sources = [(*where, i) for i in range(len(values))]
    places = [document.place(source) or place for source in sources]
    return tuple(Setting(path, v, p, key, s) for v, p, s in zip(values, places, sources, strict=True))


def _reach(document: Document, problems: list[Problem]) -> tuple[Expectation | None, Place | None]:
    text, place = document.at((SECTION, "reach")), document.place((SECTION, "reach"))
    if text is None:
        return None, None
    try:
        return parse_expectation(text), place
    except ValueError as error:
        reason = str(error).replace("an expectation", "what to reach", 1)
        problems.append(Problem(f"{reason[0].upper()}{reason[1:]}. Received: {text}", place, _REACH_EXAMPLE))
        return None, None


def _places(document: Document, path: ValuePath) -> tuple[Place, Place]:
    place = document.place(path)
    assert place is not None
    return place, document.keys.get(path, place)


def _in_text(place: Place, column: int) -> Place:
    """The place of a column, from 0, of the text that begins at `place`, in quotes or not."""
    quoted = place.text[place.column - 1 : place.column] in ("'", '"')
    return replace(place, column=place.column + quoted + column)


def _problem(error: ValuesError, place: Place) -> Problem:
    return Problem(error.message, place, error.hint)
