"""The grid of a sweep: what stands under `grid`, `zip`, `repeat` and `seeds` of its section, and in `--grid`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.grid_axis import GridAxis, SettingSeries
from nnrun.experiment.seeds import SEED, SEEDS, find_seed_ranges
from nnrun.experiment.sweep_values import ValuesError, read_values
from nnrun.experiment.text.overrides import Setting
from nnrun.experiment.text.yaml_text import Document, ValuePath

SECTION = "sweep"
OPTION = "--grid"
GRID = "grid"
ZIP = "zip"
REPEAT = "repeat"

_TWICE = "Leave one of the two out."


def read_axes(document: Document, problems: list[Problem]) -> tuple[GridAxis, ...]:
    """The axes of a document that is valid by the schema: the grid, what is zipped, and last the seeds.

    Args:
        document: the document.
        problems: what is wrong is added to these.
    """
    section: Mapping[str, Any] = document.at((SECTION,)) or {}
    seeds: list[ValuePath] = [(SEEDS, source) for source in find_seed_ranges(document)]
    seeds += [(SECTION, SEEDS, source) for source in section.get(SEEDS, {})]
    axes = [_axis(document, path, (SECTION, GRID, path), problems) for path in section.get(GRID, {})]
    axes += [_zipped(document, where, problems) for where in _groups(document)]
    axes += [_axis(document, f"{SEEDS}.{where[-1]}", where, problems) for where in seeds]
    known = [axis for axis in axes if axis]
    repetitions = read_repetitions(document)
    if repetitions is not None and "search" not in section:  # which repeats its draws by itself
        known.append(GridAxis((repetitions,)))
    settings = [setting for axis in known for setting in axis.first]
    paths = [setting.path for setting in settings]
    twice = [setting for i, setting in enumerate(settings) if setting.path in paths[:i]]
    problems += [Problem(f'The grid has "{setting.path}" twice.', setting.key, _TWICE) for setting in twice]
    return tuple(known)


def read_repetitions(document: Document) -> SettingSeries | None:
    """The seeds that `repeat` stands for; None where it is not there."""
    count = document.at((SECTION, REPEAT))
    if count is None:
        return None
    place, key = places_of(document, (SECTION, REPEAT))
    return SettingSeries(SEED, range(count), place, key)


def beside_repeat(document: Document, seeds: Sequence[Place]) -> Iterator[Problem]:
    """A problem where `repeat` stands beside another way to vary the seed.

    Args:
        document: the document.
        seeds: where the settings of the trials set `seed`; one of them may be `repeat` itself.
    """
    where = (SECTION, REPEAT)
    others = [place for place in seeds if place != document.place(where)]
    if document.at(where) is not None and others:
        message = f"{REPEAT} varies the {SEED}, which {others[0]} varies too."
        yield Problem(message, document.key_place(where), _TWICE)


def varies_itself(path: str, key: Place) -> Problem:
    """What to say of a setting of the trials that is one of the sweep."""
    hint = "Change it for all trials: --set sweep.…=VALUE"
    return Problem(f'"{path}" belongs to the sweep as a whole, not to a trial.', key, hint)


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
        raise ExperimentError(values_problem(error, replace(place, column=place.column + error.column))) from error
    key = Place(OPTION, 0, len(written) - len(written.lstrip()) + 1, option)
    if path.split(".")[0] == SECTION:
        raise ExperimentError(varies_itself(path, key))
    return GridAxis((SettingSeries(path, values, place, key),))


def _groups(document: Document) -> Iterator[ValuePath]:
    """Where each group of settings that change together stands."""
    written = document.at((SECTION, ZIP))
    if isinstance(written, dict):
        yield (SECTION, ZIP)
    yield from ((SECTION, ZIP, i) for i in range(len(written) if isinstance(written, list) else 0))


def _zipped(document: Document, where: ValuePath, problems: list[Problem]) -> GridAxis | None:
    """The axis of settings that change together."""
    columns = [_column(document, path, (*where, path), problems) for path in document.at(where)]
    if not all(columns):
        return None
    first, *others = columns
    uneven = [column for column in others if len(column) != len(first)]
    for column in uneven:
        message = f"Settings that change together have as many values each: {first[0].path} has {len(first):,}, "
        problems.append(Problem(f"{message}{column[0].path} has {len(column):,}.", column[0].key))
    return GridAxis(tuple(columns)) if not uneven else None


def _axis(document: Document, path: str, where: ValuePath, problems: list[Problem]) -> GridAxis | None:
    column = _column(document, path, where, problems)
    return GridAxis((column,)) if column else None


def _column(document: Document, path: str, where: ValuePath, problems: list[Problem]) -> Sequence[Setting]:
    """A setting with each of the values that stand at `where`; empty where they are none."""
    place, key = places_of(document, where)
    written = document.at(where)
    try:
        values = read_values(written)
    except ValuesError as error:
        problems.append(values_problem(error, in_text(place, error.column)))
        return ()
    return (
        SettingSeries(path, values, place, key)
        if isinstance(written, str)
        else listed_settings(document, path, where, values)
    )


def listed_settings(document: Document, path: str, where: ValuePath, values: Sequence[Any]) -> tuple[Setting, ...]:
    """The setting with each value of the list that stands at `where`."""
    place, key = places_of(document, where)
    sources = [(*where, i) for i in range(len(values))]
    places = [document.place(source) or place for source in sources]
    return tuple(Setting(path, v, p, key, s) for v, p, s in zip(values, places, sources, strict=True))


def places_of(document: Document, path: ValuePath) -> tuple[Place, Place]:
    """Where a value and its key stand."""
    place = document.place(path)
    assert place is not None
    return place, document.keys.get(path, place)


def in_text(place: Place, column: int) -> Place:
    """The place of a column, from 0, of the text that begins at `place`, in quotes or not."""
    quoted = place.text[place.column - 1 : place.column] in ("'", '"')
    return replace(place, column=place.column + quoted + column)


def values_problem(error: ValuesError, place: Place) -> Problem:
    """What is wrong with values, at a place."""
    return Problem(error.message, place, error.hint)
