"""The columns by which rows are split: their classes, their order and the parts that they name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from nnrun.errors import ExperimentError, Place, Problem, listed, shown
from nnrun.experiment.columns import Column, Columns

if TYPE_CHECKING:  # NumPy waits until rows are made
    from nnrun.data.dataset import Array, Part

PART_WORDS = {
    **dict.fromkeys(("train", "training"), "training"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    "test": "test",
}
_MONTH = re.compile(r"\d{4}-\d{2}")
# The beginnings of 2026/11/29 and 29.11.2026.
_OTHER_FORMS = re.compile(r"^(?:(\d{4})/(\d{2})/(\d{2})|(\d{2})\.(\d{2})\.(\d{4}))(?!\d)")


def find_key_column(columns: Columns, name: str) -> Column | None:
    """The column of a name, whatever it is for."""
    known = (*columns.keys, *columns.targets, *columns.inputs)
    return next((column for column in known if column.name == name), None)


def key_problem(column: Column, kind: str) -> str | None:
    """What is wrong with a column for a rule, known from the column alone; None where nothing is.

    Args:
        column: the column, as the generator makes it.
        kind: the rule's kind.
    """
    if column.shape != (1,):
        return f'The column "{column.name}" has {column.width} numbers in a row, and a split needs one.'
    if kind == "order" and column.categories and not _all_dates(column.categories):
        wrong = next(text for text in column.categories if moment_of(text) is None)
        return f'The texts of the column "{column.name}" are no dates in the form 2026-01-31. Received: {shown(wrong)}'
    if kind != "column":
        return None
    unknown = [text for text in column.categories if text.strip().lower() not in PART_WORDS]
    if unknown or not column.categories:
        received = shown(unknown[0]) if unknown else "numbers"
        return f'The column "{column.name}" must say {listed([*PART_WORDS])}. Received: {received}'
    if "training" not in named_parts(column):
        return f'The column "{column.name}" has no row for training.'
    return None


def named_parts(column: Column) -> set[str]:
    """The parts that a column of parts names."""
    return {PART_WORDS.get(text.strip().lower(), "") for text in column.categories}


def key_values(part: Part, column: Column, place: Place | None = None) -> Array:
    """The values of a column, each a number: that of a row itself, or the position of its text.

    Args:
        part: raw rows.
        column: the column.
        place: the place of the setting that names the column.

    Returns:
        (rows,); dates in the order of time.

    Raises:
        ExperimentError: a cell is missing.
    """
    import numpy as np

    name = column.name
    values = next(group[name] for group in (part.keys, part.targets, part.inputs) if name in group)[:, 0]  # (rows,)
    missing = np.flatnonzero(values < 0 if column.categories else np.isnan(values))
    if missing.size:
        message = f'The column "{name}" splits the rows and is empty in row {missing[0] + 1}.'
        raise ExperimentError(Problem(message, place, "Fill it in, or leave the row out."))
    return values


def in_order_of_time(values: Array, column: Column) -> Array:
    """Codes of dates as their ranks in time; numbers stay as they are; (rows,)."""
    import numpy as np

    if not column.categories:
        return values
    moments = [moment_of(text) or datetime.min for text in column.categories]
    ranks = np.empty(len(moments), np.int64)
    ranks[sorted(range(len(moments)), key=moments.__getitem__)] = np.arange(len(moments))
    return ranks[values]


def parts_of_rows(values: Array, column: Column) -> Array:
    """The part of every row as a text; (rows,)."""
    import numpy as np

    return np.array([PART_WORDS[text.strip().lower()] for text in column.categories])[values]


def _all_dates(texts: Sequence[str]) -> bool:
    return all(moment_of(text) is not None for text in texts)


def _in_iso(found: re.Match[str]) -> str:
    year, month, day, *others = found.groups()
    return f"{year}-{month}-{day}" if year else "-".join(others[::-1])


def moment_of(text: str) -> datetime | None:
    """The moment in UTC of a date in one of the forms of `dates` or of ISO 8601; of a month (1949-01) its first."""
    written = _OTHER_FORMS.sub(_in_iso, text.strip())
    try:
        moment = datetime.fromisoformat(f"{written}-01" if _MONTH.fullmatch(written) else written)
    except ValueError:
        return None
    offset = moment.utcoffset()
    return moment if offset is None else moment.replace(tzinfo=None) - offset
