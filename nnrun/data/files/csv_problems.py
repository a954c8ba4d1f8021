"""What keeps the columns of a CSV file from being used, as messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nnrun.data.files.csv_column import MAX_CATEGORIES, CsvColumn, Stray, is_missing, is_number
from nnrun.errors import Problem, shown

_OTHER_WAYS = {
    "input": "Leave the column out by naming the others in inputs.",
    "target": "A target is a number or one of at most 1,000 categories.",
}
_POINT = "Write numbers with a decimal point, without separators of thousands."
HOW_TO_NAME = "If the first line holds data, put a line with a name for every column above it, such as: x1,x2,y"
_MOST_SHOWN = 40  # characters of a cell
_FEW_NUMBERS = 10  # that may be the names of categories


def clipped(text: str) -> str:
    """At most 40 characters of a cell or name."""
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def find_header_problems(names: Sequence[str], file: str) -> list[Problem]:
    """The names that a header repeats.

    Args:
        names: the names of the columns.
        file: the file's name.
    """
    counts = Counter(names)
    repeated = [clipped(name) for name in counts if counts[name] > 1]
    return [Problem(f'The column "{name}" is repeated in the header of {file}.', hint=HOW_TO_NAME) for name in repeated]


def find_name_among_cells(column: CsvColumn, file: str) -> Problem | None:
    """A message for a column whose name is also one of its cells, if it is: the first line holds data."""
    if column.name not in column.strays:
        return None
    line = column.strays[column.name].line
    message = f"The first line of {file} must name the columns. {_cell(column.name)} is also a cell of its column"
    return Problem(f"{message}, in line {line}.", hint=f"{HOW_TO_NAME}. If the header is repeated, remove line {line}.")


def find_problem(column: CsvColumn, role: str, most_categories: int) -> Problem | None:
    """What keeps a column from being used, if anything does.

    Args:
        column: the column.
        role: what it is used as, `input` or `target`.
        most_categories: the most categories of a text column in that role.
    """
    if column.gap:
        return _missing(column, role, *column.gap)
    if column.numbers is not None:
        return None
    mostly_numbers = find_comma(column) or find_stray(column, role)
    if mostly_numbers or 0 < len(column.categories) <= most_categories:
        return mostly_numbers
    count = f"{len(column.categories):,}" if column.categories else f"more than {MAX_CATEGORIES:,}"
    first, stray = next(iter(column.strays.items()))
    message = (
        f'The column "{column.name}" has {count} different texts; {role}s have at most {most_categories:,} categories. '
        f"The first, in line {stray.line}, is {_cell(first)}."
    )
    return Problem(message, hint=_POINT if _has_comma(first) else _OTHER_WAYS[role])


def find_comma(column: CsvColumn) -> Problem | None:
    """A message for a column whose texts are all numbers with a comma, if they are."""
    texts = [text for text in column.strays if not is_missing(text)]
    if not texts or column.numbers is not None or not all(map(_has_comma, texts)):
        return None
    line, first = column.strays[texts[0]].line, _cell(texts[0])
    message = f'The column "{clipped(column.name)}" has numbers with a comma. The first, in line {line}, is {first}.'
    return Problem(message, hint=_POINT)


def _has_comma(text: str) -> bool:
    """Whether a text would be a number without its decimal comma or its separators of thousands."""
    return "," in text and is_number(text.replace(",", "").replace(".", ""))


def find_stray(column: CsvColumn, role: str) -> Problem | None:
    """A message for texts in at most a fifth of the rows, where the other cells are numbers and name no categories.

    A few different whole numbers that repeat may be such names, as 4, 6, 8 and "rotary" are.
    """
    if column.numbers is not None or column.gap:
        return None
    strays = sum(stray.count for stray in column.strays.values())
    numbers = [text for text in column.categories if text not in column.strays]
    rows = len(column) - strays
    are_names = numbers and len(numbers) <= min(_FEW_NUMBERS, rows - 1) and all(float(n).is_integer() for n in numbers)
    if strays * 4 > rows or are_names or len(column.strays) > MAX_CATEGORIES:
        return None
    text, stray = next(iter(column.strays.items()))
    message = (
        f'The column "{clipped(column.name)}" has numbers in {rows:,} of {len(column):,} rows. '
        f"Line {stray.line} has no number in it. Received: {_cell(text)}"
    )
    return Problem(message, hint=f"{_how_to_fill(role)} Numbers that name categories need a letter, as in c1.")


def _how_to_fill(role: str) -> str:
    if role == "target":
        return "Fill those cells, or remove those lines."
    return "Fill those cells, remove those lines, or leave the column out by naming the others in inputs."


def _cell(text: str) -> str:
    return shown(clipped(text))


def _missing(column: CsvColumn, role: str, text: str, stray: Stray) -> Problem:
    others = f", {stray.count:,} such lines in all" if stray.count > 1 else ""
    hint = _how_to_fill(role)
    if not text:
        return Problem(f'Line {stray.line} has no value in the column "{column.name}"{others}.', hint=hint)
    message = f'Line {stray.line} has no finite number in the column "{column.name}"{others}. Received: {_cell(text)}'
    return Problem(message, hint=hint)
