"""Dates in the cells of a file of rows as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nnrun.data.files.cell_text import clipped
from nnrun.errors import ExperimentError, Problem, did_you_mean, listed, shown

if TYPE_CHECKING:
    import polars as pl

FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S%.f",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S%.f",
)
FEW = 2_000  # rows that tell whether a column has dates
DateKinds = tuple[tuple[str, str], ...]
# What a column of dates becomes: a name behind its own, a dot between them, for each number.
KINDS: Mapping[str, tuple[str, ...]] = {
    "number": ("",),
    "parts": ("year", "month", "day", "weekday", "hour"),
    "cyclic": ("yearday_sin", "yearday_cos", "weekday_sin", "weekday_cos", "hour_sin", "hour_cos"),
}
_FIRST_YEAR = 1000
HOW_TO_WRITE = "A date is written such as 2026-11-29, 2026-11-29 14:30, 2026/11/29 or 29.11.2026."
_PERIODS = {"yearday": 365.25, "weekday": 7.0, "hour": 24.0}  # days, days, hours


_WRITTEN = {"%Y": r"\d{4}", "%.f": r"(\.\d+)?", ".": r"\."}


def _pattern(form: str) -> str:
    """The regular expression of a form; months, days, hours, minutes and seconds have two digits."""
    return re.sub(r"%\.f|%\w|\.", lambda part: _WRITTEN.get(part[0], r"\d{2}"), form)


_ZONE = r" ?(?:Z|([+-])(\d{2}):?(\d{2})?)"  # the offset from UTC behind a time of day
_ZONED = rf"(:\d{{2}}(?:\.\d+)?){_ZONE}$"
# A text in one of the forms.
DATE = re.compile("|".join(_pattern(form) + f"(?:{_ZONE})?" * ("%H" in form) for form in FORMATS))


def are_dates(cells: Iterable[Any]) -> bool:
    """Whether the cells of a column are dates, as far as they are not missing: empty or None."""
    known = [cell.strip() if isinstance(cell, str) else cell for cell in cells if cell not in ("", None)]
    return bool(known) and all(isinstance(cell, str) and DATE.fullmatch(cell) for cell in known)


class DateColumns:
    """The columns of dates of a table, and the numbers that they become.

    Args:
        kinds: what each column becomes, one of `KINDS`.

    Attributes:
        parts: of each number, by its name, the column that it is made of and its part.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self.kinds = kinds
        self.parts = {name: (own, part) for own, kind in kinds.items() for name, part in _names(own, kind).items()}

    def column_of(self, name: str) -> str:
        """The column of the table that a number is made of, or that has this name."""
        return self.parts[name][0] if name in self.parts else name

    def names(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns with the numbers that they become in place of those of dates."""
        groups = ((*_names(name, self.kinds[name]),) if name in self.kinds else (name,) for name in columns)
        return tuple(name for group in groups for name in group)

    def find_absent(self, columns: Sequence[str]) -> list[Problem]:
        """What is wrong where a table has no such column."""
        known = [*map(clipped, columns)]
        return [
            Problem(
                f'There is no column "{name}", which dates names.',
                hint=did_you_mean(name, columns) or f"The columns are: {listed(known)}.",
            )
            for name in self.kinds
            if name not in columns
        ]

    def numbers(
        self, names: Sequence[str], cells: Mapping[str, pl.Series], line_of: Callable[[int], str], file: str
    ) -> dict[str, pl.Series]:
        """The numbers that cells of columns of dates become.

        Args:
            names: some of `parts`.
            cells: those of the columns that they are made of: dates, or texts without blanks around them.
            line_of: where a row stands, such as `Line 3`, from its position.
            file: the file's name.

        Raises:
            ExperimentError: a cell is no date.
        """
        dates = {own: self._dates(own, cells[own], line_of, file) for own in {self.parts[name][0] for name in names}}
        return {name: date_part(dates[own], part) for name, (own, part) in self.parts.items() if name in names}

    def _dates(self, name: str, cells: pl.Series, line_of: Callable[[int], str], file: str) -> pl.Series:
        found = as_dates(cells)
        wrong = (found.is_null() & cells.is_not_null()).arg_true()
        if len(wrong):
            message = f'{line_of(wrong[0])} of {file} has no date in the column "{clipped(name)}".'
            received = f"Received: {shown(clipped(str(cells[wrong[0]])))}"
            raise ExperimentError(Problem(f"{message} {received}", hint=HOW_TO_WRITE))
        return found


def _names(column: str, kind: str) -> dict[str, str]:
    """The name of each number that a column of dates becomes, with its part."""
    return {f"{column}.{part}" if part else column: part for part in KINDS[kind]}


def as_dates(cells: pl.Series) -> pl.Series:
    """The cells as dates with a time of day, null where one is none in any of `FORMATS`; a year has four digits.

    Args:
        cells: dates, or texts without blanks around them; in UTC where they have a time zone or an offset from UTC.
    """
    import polars as pl

    if cells.dtype in (pl.Date, pl.Datetime):
        return cells.cast(pl.Datetime("us"))
    if cells.dtype != pl.String:
        return pl.Series([None], dtype=pl.Datetime("us")).new_from_index(0, len(cells))
    if cells.str.contains(_ZONED).any():
        return as_dates(cells.str.replace(_ZONED, "${1}")) - _offsets(cells)
    known = pl.Series([None], dtype=pl.Datetime("us")).new_from_index(0, len(cells))
    for form in FORMATS:
        if known.null_count() == cells.null_count():
            break
        known = known.zip_with(known.is_not_null(), cells.str.to_datetime(form, time_unit="us", strict=False))
    return pl.select(pl.when(known.dt.year() >= _FIRST_YEAR).then(known)).to_series()


def _offsets(cells: pl.Series) -> pl.Series:
    """How far the times of dates are ahead of UTC; none where a date does not say it."""
    import polars as pl

    parts = cells.str.extract_groups(_ZONED).struct
    hours, minutes = (parts.field(name).cast(pl.Int64).fill_null(0) for name in ("3", "4"))
    ahead = ((60 * hours + minutes) * 60_000_000).cast(pl.Duration("us"))
    return pl.select(pl.when(parts.field("2") == "-").then(-ahead).otherwise(ahead)).to_series()


def numbers_of_date(text: str, parts: Sequence[str]) -> tuple[float, ...] | None:
    """The parts of a date as numbers; None where the text is none.

    Args:
        text: the date, in one of `FORMATS`.
        parts: as for `date_part`.
    """
    import polars as pl

    dates = as_dates(pl.Series([text.strip()]))
    return None if dates.null_count() else tuple(float(date_part(dates, part)[0]) for part in parts)


def date_part(dates: pl.Series, part: str) -> pl.Series:
    """A part of dates as a number.

    Args:
        dates: dates with a time of day.
        part: a part of `KINDS`: empty for the days since 1970-01-01, with the time as their fraction; `weekday` is 1
            for Monday to 7 for Sunday; `..._sin` and `..._cos` are sine and cosine of the angle of which a year, a week
            or a day is a whole turn.
    """
    import polars as pl

    name, _, wave = part.partition("_")
    if not name:
        return dates.dt.epoch("us").cast(pl.Float64) / 86_400e6
    hours = dates.dt.hour().cast(pl.Float64) + dates.dt.minute().cast(pl.Float64) / 60
    numbers = {
        "yearday": dates.dt.ordinal_day,
        "year": dates.dt.year,
        "month": dates.dt.month,
        "day": dates.dt.day,
        "weekday": dates.dt.weekday,
    }
    number = hours if name == "hour" else numbers[name]().cast(pl.Float64)
    if not wave:
        return number
    angle = number * (2 * math.pi / _PERIODS[name])
    return angle.sin() if wave == "sin" else angle.cos()
