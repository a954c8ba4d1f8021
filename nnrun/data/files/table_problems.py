"""What keeps the columns of a file of rows from being used, as messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from nnrun.data.files.cell_text import is_missing, is_number
from nnrun.data.files.table_column import MAX_CATEGORIES, MAX_INPUT_CATEGORIES, Stray, TableColumn
from nnrun.errors import Problem, shown

# What a column is used as; a key only splits the rows.
Role = Literal["input", "target", "key"]
_LEAVE_OUT = "Leave the column out by naming the others in inputs"
_OTHER_WAYS: Mapping[Role, str] = {
    "input": f"{_LEAVE_OUT}.",
    "target": "A target is a number or one of at most 1,000 categories.",
    "key": "Split the rows in another way.",
}
POINT = "Write numbers with a decimal point, without separators of thousands."
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


def find_name_among_cells(column: TableColumn, file: str) -> Problem | None:
    """A message for a column whose name is also one of its cells, if it is: the first line holds data."""
    if column.name not in column.strays:
        return None
    line = column.strays[column.name].line
    message = f"The first line of {file} must name the columns. {_cell(column.name)} is also a cell of its column"
    return Problem(f"{message}, in line {line}.", hint=f"{HOW_TO_NAME}. If the header is repeated, remove line {line}.")


def find_problem(column: TableColumn, role: Role, most_categories: int, *, may_miss: bool = False) -> Problem | None:
    """What keeps a column from being used, if anything does.

    Args:
        column: the column.
        role: what it is used as.
        most_categories: the most categories of a text column in that role.
        may_miss: whether a cell of it may be missing.
    """
    if column.gap and not (may_miss and column.gap[0] == ""):
        return _missing(column, role, *column.gap, may_miss=may_miss)
    if column.gap and column.gap[1].count == len(column):
        return Problem(f'The column "{clipped(column.name)}" has no value in any row.', hint=_OTHER_WAYS[role])
    if column.numbers is not None:
        return None
    mostly_numbers = find_comma(column) or _find_point(column) or find_stray(column, role)
    if mostly_numbers or 0 < len(column.categories) <= most_categories:
        return mostly_numbers
    return _too_many(column, role, most_categories)


def _too_many(column: TableColumn, role: Role, most_categories: int) -> Problem:
    count = (
        f"{len(column.categories):,}" if column.categories else f"more than {max(most_categories, MAX_CATEGORIES):,}"
    )
    message = (
        f'The column "{column.name}" has {count} different texts; {role}s have at most {most_categories:,} categories.'
    )
    found = next(((text, stray) for text, stray in column.strays.items() if text), None)
    if found is None:
        return Problem(message, hint="All of them are numbers: write them as numbers, without quotes.")
    first, stray = found
    is_wide = most_categories == MAX_INPUT_CATEGORIES
    hint = POINT if has_comma(first) else how_to_bound(column.name) if is_wide else _OTHER_WAYS[role]
    return Problem(f"{message} The first, in {stray.within}, is {_cell(first)}.", hint=hint)


def how_to_bound(column: str) -> str:
    """The remedy for an input of too many texts."""
    steps = f"data: {{prepare: {{columns: {{{clipped(column)}: {{words: hash}}}}}}}}"
    return f"{_LEAVE_OUT}, or encode many texts as a few numbers: {steps}"


def find_comma(column: TableColumn) -> Problem | None:
    """A message for a column whose texts are all numbers with a comma, if they are."""
    texts = [text for text in column.strays if not is_missing(text)]
    if not texts or column.numbers is not None or not all(map(has_comma, texts)):
        return None
    place, first = column.strays[texts[0]].within, _cell(texts[0])
    message = f'The column "{clipped(column.name)}" has numbers with a comma. The first, in {place}, is {first}.'
    hint = f'{POINT} Or add to the arguments: decimal: ","' if _are_decimals(texts) else POINT
    return Problem(message, hint=hint)


def _find_point(column: TableColumn) -> Problem | None:
    """A message for a number with a point in a file of decimal commas, if there is one."""
    text = next((text for text in column.strays if is_number(text)), None)
    if text is None:
        return None
    message = f'The column "{clipped(column.name)}" has numbers with a point, and the file decimal commas.'
    first = f"The first, in {column.strays[text].within}, is {_cell(text)}."
    hint = "Write every number with a decimal comma, without separators of thousands, or leave out decimal."
    return Problem(f"{message} {first}", hint=hint)


def _are_decimals(texts: Sequence[str]) -> bool:
    """Whether numbers with a comma have it before a fraction, as three digits behind every one leave open."""
    parts = [text.split(",") for text in texts]
    return all(len(part) == 2 and "." not in part[0] for part in parts) and any(len(part[1]) != 3 for part in parts)


def has_comma(text: str) -> bool:
    """Whether a text would be a number without its decimal comma or its separators of thousands."""
    return "," in text and is_number(text.replace(",", "").replace(".", ""))


def find_stray(column: TableColumn, role: Role) -> Problem | None:
    """A message for texts in at most a fifth of the rows, where the other cells are numbers and name no categories.

    A few different whole numbers that repeat may be such names, as 4, 6, 8 and "rotary" are.
    """
    if column.numbers is not None or (column.gap and column.gap[0]):
        return None
    odd = {text: stray for text, stray in column.strays.items() if text}
    strays = sum(stray.count for stray in odd.values())
    numbers = [text for text in column.categories if text not in column.strays]
    missing = column.strays[""].count if "" in column.strays else 0
    rows = len(column) - strays - missing
    are_names = numbers and len(numbers) <= min(_FEW_NUMBERS, rows - 1) and all(map(_is_whole, numbers))
    if not odd or strays * 4 > rows or are_names or len(odd) > MAX_CATEGORIES:
        return None
    text, stray = next(iter(odd.items()))
    message = (
        f'The column "{clipped(column.name)}" has numbers in {rows:,} of {len(column):,} rows. '
        f"{stray.where} has no number in it. Received: {_cell(text)}"
    )
    return Problem(message, hint=f"{_how_to_fill(role, stray)} Numbers that name categories need a letter, as in c1.")


def _is_whole(text: str) -> bool:
    return is_number(text) and float(text).is_integer()


def _how_to_fill(role: Role, stray: Stray) -> str:
    if role != "input":
        return f"Fill those cells, or remove those {stray.unit}s."
    return f"Fill those cells, remove those {stray.unit}s, or leave the column out by naming the others in inputs."


def _cell(text: str) -> str:
    return shown(clipped(text))


def _missing(column: TableColumn, role: Role, text: str, stray: Stray, *, may_miss: bool) -> Problem:
    others = f", {stray.count:,} such {stray.unit}s in all" if stray.count > 1 else ""
    hint = _how_to_fill(role, stray)
    if may_miss and text:
        hint = f"If {_cell(text)} stands for a missing value, add to the arguments: missing: [{_cell(text)}]"
    if not text:
        return Problem(f'{stray.where} has no value in the column "{column.name}"{others}.', hint=hint)
    message = f'{stray.where} has no finite number in the column "{column.name}"{others}. Received: {_cell(text)}'
    return Problem(message, hint=hint)
