"""The section `sweep:` of an experiment file, and its ranges of seeds: what its trials are to differ in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from nnrun.errors import ExperimentError, Place, Problem, listed
from nnrun.experiment.grid_axis import GridAxis
from nnrun.experiment.grid_section import (
    OPTION,
    SECTION,
    ZIP,
    beside_repeat,
    in_text,
    listed_settings,
    places_of,
    read_axes,
    values_problem,
    varies_itself,
)
from nnrun.experiment.objective import Objective, objective_problem, parse_objective
from nnrun.experiment.search_section import SearchSettings, beside_search, read_search
from nnrun.experiment.seeds import SEED, SEEDS, find_seed_ranges
from nnrun.experiment.sweep_values import ValueDistribution, ValuesError, read_distribution
from nnrun.experiment.text.overrides import Setting
from nnrun.experiment.text.yaml_text import Document, ValuePath
from nnrun.experiment.threshold import Threshold, parse_threshold

# Whose weights are kept; `table` for trials that are rows of a table and have no folders.
Keep = Literal["all", "best", "none", "table"]

TRIALS = "trials"

_REACH_EXAMPLE = "For example: reach: binary_accuracy >= 1.0"


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
        keep: what is kept of the trials; None where the command or their number decides.
        weights: whether a table has the final weights of the trials.
        objective: what the trials minimize or maximize, which ranks them; None where the target or the final loss does.
    """

    variants: Mapping[str, tuple[Setting, ...]] = field(default_factory=dict)
    axes: tuple[GridAxis, ...] = ()
    drawn: tuple[DrawnSetting, ...] = ()
    trials: int = 0
    reach: Threshold | None = None
    reach_place: Place | None = None
    search: SearchSettings | None = None
    fail_fast: bool = False
    report: bool = True
    keep: Keep | None = None
    weights: bool = False
    objective: Objective | None = None

    @property
    def varied(self) -> list[Setting | DrawnSetting]:
        """Whatever the trials differ in, each path of the grid once."""
        drawn = (*self.drawn, *(self.search.drawn if self.search else ()))
        variants = (setting for settings in self.variants.values() for setting in settings)
        return [*drawn, *(setting for axis in self.axes for setting in axis.first), *variants]

    @property
    def fixed_paths(self) -> set[str]:
        """The paths of the grid that have one value."""
        return {path for axis in self.axes if len(axis) == 1 for path in axis.paths}

    def with_axes(self, axes: Sequence[GridAxis]) -> SweepSettings:
        """The same with these axes; one takes the place of that of the same path in the file.

        Raises:
            ExperimentError: two of them have the same path, or one that of a setting which changes with others.
        """
        settings = [axis.first[0] for axis in axes]
        paths = [setting.path for setting in settings]
        zipped = {path: axis.paths for axis in self.axes if len(axis.paths) > 1 for path in axis.paths}
        problems = []
        for i, setting in enumerate(settings):
            if setting.path in paths[:i]:
                hint = f"Write one list, as {OPTION} '{setting.path}=[…]'."
                problems.append(Problem(f'The grid has "{setting.path}" twice.', setting.key, hint))
            if setting.path in zipped:
                others = listed([path for path in zipped[setting.path] if path != setting.path])
                message = f'"{setting.path}" changes together with {others}.'
                problems.append(Problem(message, setting.key, f"Change it there: --set '{SECTION}.{ZIP}={{…}}'"))
        if problems:
            raise ExperimentError(*problems)
        replacing = {axis.paths: axis for axis in axes}
        known = [replacing.pop(axis.paths, axis) for axis in self.axes]
        return replace(self, axes=(*known, *replacing.values()))


def read_sweep(document: Document, problems: list[Problem]) -> SweepSettings:
    """The section of a document that is valid by the schema; empty where there is none.

    Args:
        document: the document.
        problems: what is wrong is added to these.
    """
    section = document.at((SECTION,)) or {}
    variants = {name: _variant(document, name) for name in section.get("variants", {})}
    axes = read_axes(document, problems)
    drawn = _all_drawn(document, "random", problems)
    objective = _objective(document, problems)
    search = read_search(document, _all_drawn(document, "search", problems), objective, problems)
    if search and (ranges := find_seed_ranges(document)):
        problems.append(beside_search("a range of seeds", document.place((SEEDS, next(iter(ranges))))))
    reach, place = _reach(document, problems)
    settings = SweepSettings(
        variants,
        axes,
        drawn,
        section.get("random", {}).get(TRIALS, 0),
        reach,
        place,
        search,
        section.get("fail_fast", False),
        section.get("report", True),
        section.get("keep"),
        section.get("weights", False),
        search.objective if search else objective,
    )
    problems.extend(varies_itself(p.path, p.key) for p in settings.varied if p.path.split(".")[0] == SECTION)
    problems.extend(beside_repeat(document, [part.place for part in settings.varied if part.path == SEED]))
    return settings


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
        place, key = places_of(document, (*inside, path))
        settings.append(Setting(path, value, place, key, (*inside, path)))
    return tuple(settings)


def _all_drawn(document: Document, part: str, problems: list[Problem]) -> tuple[DrawnSetting, ...]:
    """What a part of the section draws its settings from."""
    paths = (document.at((SECTION,)) or {}).get(part, {})
    drawn = (_drawn(document, (SECTION, part, path), problems) for path in paths if (part, path) != ("random", TRIALS))
    return tuple(one for one in drawn if one)


def _drawn(document: Document, where: ValuePath, problems: list[Problem]) -> DrawnSetting | None:
    place, key = places_of(document, where)
    try:
        distribution = read_distribution(document.at(where))
    except ValuesError as error:
        problems.append(values_problem(error, in_text(place, error.column)))
        return None
    path, ends = str(where[-1]), distribution.arguments
    if distribution.name == "choice":
        settings = listed_settings(document, path, where, ends)
    else:
        kind = int if distribution.name == "integers" else float
        settings = tuple(Setting(path, kind(end), place, key) for end in ends)
    return DrawnSetting(path, distribution, place, key, settings)


def _objective(document: Document, problems: list[Problem]) -> Objective | None:
    where = (SECTION, "objective")
    text, place = document.at(where), document.place(where)
    objective = parse_objective(text, place) if text is not None else None
    if text is not None and objective is None:
        problems.append(objective_problem(text, place))
    return objective


def _reach(document: Document, problems: list[Problem]) -> tuple[Threshold | None, Place | None]:
    text, place = document.at((SECTION, "reach")), document.place((SECTION, "reach"))
    if text is None:
        return None, None
    try:
        return parse_threshold(text), place
    except ValueError as error:
        reason = str(error).replace("a threshold", "what to reach", 1)
        problems.append(Problem(f"{reason[0].upper()}{reason[1:]}. Received: {text}", place, _REACH_EXAMPLE))
        return None, None
