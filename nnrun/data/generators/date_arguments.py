"""The argument that says which columns are dates, and what they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnrun.data.files.dates import KINDS, DateColumns
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema

DATES_ARGUMENT: Mapping[str, JsonSchema] = {
    "dates": {
        "description": "Columns of dates, each with what it becomes: number (days since 1970), parts (year, month, "
        "day, weekday, hour) or cyclic (sine and cosine of the day of the year, the weekday and the hour); "
        "dates without times have no hour.",
        "type": "object",
        "additionalProperties": {"enum": list(KINDS)},
    },
}


def read_dates(given: GeneratorArguments) -> tuple[tuple[str, str], ...]:
    """The columns of dates, each with what it becomes, of `dates.KINDS`."""
    return tuple(given.values.get("dates", {}).items())


def hours_of_days(given: GeneratorArguments, extents: Mapping[str, tuple[float, float] | None]) -> Iterator[str]:
    """The hours of dates that have no times of day, which are the same in every row.

    Args:
        given: the arguments.
        extents: of each column the smallest and the largest number.
    """
    written = given.component.arguments.get("inputs", ())
    for name, (_, part) in DateColumns(dict(read_dates(given))).parts.items():
        if part in _MIDNIGHT and extents.get(name) == (_MIDNIGHT[part],) * 2 and name not in written:
            yield name


_MIDNIGHT = {"hour": 0.0, "hour_sin": 0.0, "hour_cos": 1.0}


def name_parts(given: GeneratorArguments) -> None:
    """Puts the numbers that a column of dates becomes in its place among the inputs."""
    inputs = given.values.get("inputs")
    if inputs is not None:
        dates = DateColumns(dict(read_dates(given)))
        given.values["inputs"] = [*dates.names([inputs] if isinstance(inputs, str) else inputs)]
