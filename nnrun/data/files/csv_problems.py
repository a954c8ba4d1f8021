"""What keeps the columns of a CSV file from being used, as messages."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.data.files.csv_column import MAX_CATEGORIES, CsvColumn, Stray, is_missing, is_number
from nnrun.errors import Problem, shown

_HOW_TO_FILL = "Fill those cells, remove those lines, or leave the column out by naming the others in inputs."
_OTHER_WAYS = {
    "input": "Leave the column out by naming the others in inputs.",
    "target": "A target is a number or one of at most 1,000 categories.",
}
_POINT = "Write numbers with a decimal point."


def find_header_problems(names: Sequence[str], file: str) -> list[Problem]:
    """The names that a header repeats.

    Args:
        names: the names of the columns.
        file: the file's name.
    """
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return [Problem(f'The column "{name}" is repeated in the header of {file}.') for name in repeated]


def find_problem(column: CsvColumn, role: str, most_categories: int) -> Problem | None:
    """What keeps a column from being used, if anything does.

    Args:
        column: the column.
        role: what it is used as, `input` or `target`.
        most_categories: the most categories of a text column in that role.
    """
    if column.gap:
        return _missing(column, role, *column.gap)
    if column.numbers is not None or 0 < len(column.categories) <= most_categories:
        return None
    count = f"{len(column.categories):,}" if column.categories else f"more than {MAX_CATEGORIES:,}"
    first, stray = next(iter(column.strays.items()))
    message = (
        f'The column "{column.name}" has {count} different texts; {role}s have at most {most_categories:,} categories. '
        f"The first, in line {stray.line}, is {shown(first)}."
    )
    decimal = is_number(first.replace(",", "."))
    return Problem(message, hint=_POINT if decimal else _OTHER_WAYS[role])


def find_decimal_comma(column: CsvColumn) -> Problem | None:
    """A message for a column whose texts are all numbers with a decimal comma, if they are."""
    texts = [text for text in column.strays if not is_missing(text)]
    if not texts or column.numbers is not None or not all(is_number(text.replace(",", ".")) for text in texts):
        return None
    line, first = column.strays[texts[0]].line, shown(texts[0])
    message = f'The column "{column.name}" has numbers with a comma. The first, in line {line}, is {first}.'
    return Problem(message, hint=_POINT)


def _missing(column: CsvColumn, role: str, text: str, stray: Stray) -> Problem:
    others = f", {stray.count:,} such lines in all" if stray.count > 1 else ""
    hint = "Fill those cells, or remove those lines." if role == "target" else _HOW_TO_FILL
    if not text:
        return Problem(f'Line {stray.line} has no value in the column "{column.name}"{others}.', hint=hint)
    message = f'Line {stray.line} has no finite number in the column "{column.name}"{others}. Received: {shown(text)}'
    return Problem(message, hint=hint)
