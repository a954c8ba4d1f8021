"""What keeps the columns of a file of rows from being used, as messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from nnrun.data.files.cell_text import clipped, is_missing, is_number, is_too_large
from nnrun.data.files.numerals import is_numeral, is_quantity, unit_of
from nnrun.data.files.table_column import MAX_CATEGORIES, MAX_INPUT_CATEGORIES, Stray, TableColumn
from nnrun.errors import Problem, shown

# What a column is used as; a key only splits the rows, a weight is that of a row in the loss.
Role = Literal["input", "target", "key", "weight"]
_LEAVE_OUT = "Leave the column out by naming the others in inputs"
_OTHER_WAYS: Mapping[Role, str] = {
    "input": f"{_LEAVE_OUT}.",
    "target": "A target is a number or one of at most 1,000 categories.",
    "key": "Split the rows in another way.",
    "weight": "Sample weights are numbers.",
}
POINT = "Write numbers with a decimal point, without separators of thousands."
TOO_LARGE = "Numbers of 32 bits go up to 3.4e38: write the column in a larger unit."
PLAIN = (
    "Write numbers with the digits 0 to 9, a decimal point and - for minus, without other signs. "
    "A unit may stand in the name of the column."
)
HOW_TO_NAME = (
    "If the first line holds data, name the columns in the arguments, as in columns: [x1, x2, y], "
    "or put a line with a name for every column above it"
)
_FEW_NUMBERS = 10  # that may be the names of categories
_MOST_SIGNS = 3  # different texts that may stand for missing numbers
_FIRST_LINE = 2  # of the cells, which may hold units
_TRUTH = frozenset({"true", "false", "yes", "no", "t", "f", "y", "n"})


def find_header_problems(names: Sequence[str], file: str) -> list[Problem]:
    """The names that a header repeats.

    Args:
        names: the names of the columns.
        file: the file's name.
    """
    counts = Counter(names)
    repeated = [clipped(name) for name in counts if counts[name] > 1]
    hint = f"{HOW_TO_NAME}."
    return [Problem(f'The column "{name}" is repeated in the header of {file}.', hint=hint) for name in repeated]


def find_name_among_cells(column: TableColumn, file: str) -> Problem | None:
    """A message for a column whose name is also one of its cells, if it is: the first line holds data."""
    if column.name not in column.strays:
        return None
    line = column.strays[column.name].line
    message = f"The first line of {file} must name the columns. {_cell(column.name)} is also a cell of its column"
    return Problem(f"{message}, in line {line}.", hint=f"{HOW_TO_NAME}. If the header is repeated, remove line {line}.")


def date_as_name(name: str, file: str) -> Problem:
    """A column of dates whose name is a date, too: the first line holds data."""
    message = f"The first line of {file} must name the columns. {_cell(name)} is a date, as all cells of its column."
    return Problem(message, hint=f"{HOW_TO_NAME}.")


def find_problem(
    column: TableColumn,
    role: Role,
    most_categories: int,
    *,
    may_miss: bool = False,
    has_form: bool = False,
    has_points: bool = False,
) -> Problem | None:
    """What keeps a column from being used, if anything does.

    Args:
        column: the column.
        role: what it is used as.
        most_categories: the most categories of a text column in that role.
        may_miss: whether a cell of it may be missing.
        has_form: whether arguments of the generator say how cells are written, as those of a CSV file.
        has_points: whether numbers of the file have a decimal point.
    """
    if column.gap and not (may_miss and column.gap[0] == ""):
        return _missing(column, role, *column.gap, may_miss=may_miss, has_form=has_form)
    if column.gap and column.gap[1].count == len(column):
        return Problem(f'The column "{clipped(column.name)}" has no value in any row.', hint=_OTHER_WAYS[role])
    if column.numbers is not None:
        return None
    numbers = find_numbers(column, role, has_form=has_form, has_points=has_points)
    if numbers or 0 < len(column.categories) <= most_categories:
        return numbers
    return _too_many(column, role, most_categories)


def find_numbers(
    column: TableColumn, role: Role, *, has_form: bool = False, has_points: bool = False
) -> Problem | None:
    """A message for a column of texts that are meant as numbers, all or most; arguments as of `find_problem`."""
    mixed = find_comma(column, may_be_decimal=has_form and not has_points) or _find_point(column)
    if role == "key":  # whatever its cells are, equal ones are one group
        return mixed or find_stray(column, role, has_form=has_form)
    return (
        mixed
        or _find_truth(column)
        or find_stray(column, role, has_form=has_form)
        or find_unit(column)
        or _find_quoted(column)
    )


def find_too_large(column: TableColumn) -> Problem | None:
    """A message for a number that is infinite in 32 bits, if there is one."""
    found = next(((text, stray) for text, stray in column.strays.items() if is_too_large(text)), None)
    return _missing(column, "input", *found, may_miss=False, has_form=False) if found else None


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


def find_comma(column: TableColumn, *, may_be_decimal: bool = True) -> Problem | None:
    """A message for a column whose texts are all numbers with a comma, if they are.

    Args:
        column: the column.
        may_be_decimal: whether an argument can say that the numbers of the file have decimal commas.
    """
    texts = [text for text in column.strays if not is_missing(text)]
    if not texts or column.numbers is not None or not all(map(has_comma, texts)):
        return None
    place, first = column.strays[texts[0]].within, _cell(texts[0])
    message = f'The column "{clipped(column.name)}" has numbers with a comma. The first, in {place}, is {first}.'
    hint = f'{POINT} Or add to the arguments: decimal: ","' if may_be_decimal and _are_decimals(texts) else POINT
    return Problem(message, hint=hint)


def find_unit(column: TableColumn) -> Problem | None:
    """A message for a column whose texts are all numbers in a form of their own, such as 1'200, 5 % or $5, if they are.

    A few different ones with a unit that repeat may be the names of categories, unless the other cells are numbers.
    """
    texts = [text for text in column.strays if not is_missing(text)]
    if column.numbers is not None or not texts or not all(map(is_quantity, texts)):
        return None
    if not all(map(is_numeral, texts)):
        units = {unit_of(text) for text in texts if not is_numeral(text)}
        repeat = len(texts) <= min(_FEW_NUMBERS, len(column) - 1)
        if _are_names(column) if _numbers(column) else repeat or len(units) > 1:
            return None
    place, first = column.strays[texts[0]].within, _cell(texts[0])
    message = f'The column "{clipped(column.name)}" has numbers with signs around or within them.'
    return Problem(f"{message} The first, in {place}, is {first}.", hint=PLAIN)


def _find_truth(column: TableColumn) -> Problem | None:
    """A message for a column that says the same in words and in numbers, such as true and 1, if there are both."""
    texts = {text.casefold(): text for text in column.categories}
    words, numbers = texts.keys() & _TRUTH, texts.keys() & {"0", "1"}
    if not words or not numbers or len(words) + len(numbers) < len(texts):
        return None
    both = f"{_cell(texts[min(words)])} and {_cell(min(numbers))}"
    message = f'The column "{clipped(column.name)}" has words and numbers for true and false. Received: {both}'
    return Problem(message, hint="Write 0 and 1 in every row, or the same two words.")


def _find_quoted(column: TableColumn) -> Problem | None:
    """A message for texts that are all numbers, and not those of codes; a CSV file has none."""
    fractions = [text for text in column.categories if not _is_whole(text)]
    if not fractions or any(column.strays) or not all(map(is_number, fractions)):
        return None
    message = f'The column "{clipped(column.name)}" has numbers as texts. Received: {_cell(fractions[0])}'
    return Problem(message, hint="Write them as numbers, without quotes. Those that name categories need a letter.")


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
    parts = [text.split(",") for text in texts if "." not in text]
    few = len(parts) == len(texts) and all(len(part) == 2 for part in parts)
    return few and any(len(part[1]) != 3 for part in parts)


def has_comma(text: str) -> bool:
    """Whether a text would be a number without its decimal comma or its separators of thousands."""
    return "," in text and is_number(text.replace(",", "").replace(".", ""))


def find_stray(column: TableColumn, role: Role, *, has_form: bool = False) -> Problem | None:
    """A message for a few texts among cells that are numbers and name no categories.

    They are few where they stand in a fifth of the rows, or are up to three different ones among many numbers.
    Arguments are those of `find_problem`.
    """
    if column.numbers is not None or (column.gap and column.gap[0]):
        return None
    odd = {text: stray for text, stray in column.strays.items() if text}
    if not odd or len(odd) > MAX_CATEGORIES or _are_names(column):
        return None
    strays = sum(stray.count for stray in odd.values())
    missing = column.strays[""].count if "" in column.strays else 0
    rows = len(column) - strays - missing
    numbers = len(_numbers(column))
    may_be_signs = (
        role != "key" and numbers > min(_FEW_NUMBERS, rows - 1) and len(odd) <= min(numbers // 2, _MOST_SIGNS)
    )
    if strays * 4 > rows and not may_be_signs:
        return None
    text, stray = next(iter(odd.items()))
    message = (
        f'The column "{clipped(column.name)}" has numbers in {rows:,} of {len(column):,} rows. '
        f"{stray.where} has no number in it. Received: {_cell(text)}"
    )
    hint = f"{_how_to_fill(role, stray)} Numbers that name categories need a letter, as in c1."
    may_be_unit = stray.count == 1 and stray.line <= _FIRST_LINE
    prepared = _how_to_prepare(column.name, role)
    if len(odd) == 1 and prepared and not may_be_unit and not any(map(str.isdigit, text)):
        hint += f" If it stands for a missing value, write {prepared}, and {_how_to_miss(text, has_form=has_form)}"
    return Problem(message, hint=hint)


def _numbers(column: TableColumn) -> list[str]:
    """The different numbers among the texts of a column."""
    return [text for text in column.categories if text not in column.strays]


def _are_names(column: TableColumn) -> bool:
    """Whether a few different whole numbers that repeat are names of categories, as 4, 6, 8 beside "rotary" are."""
    numbers = _numbers(column)
    rows = len(column) - sum(stray.count for stray in column.strays.values())
    return bool(numbers) and len(numbers) <= min(_FEW_NUMBERS, rows - 1) and all(map(_is_whole, numbers))


def _is_whole(text: str) -> bool:
    return is_number(text) and float(text).is_integer()


def _how_to_fill(role: Role, stray: Stray) -> str:
    if role != "input":
        return f"Fill those cells, or remove those {stray.unit}s."
    return f"Fill those cells, remove those {stray.unit}s, or leave the column out by naming the others in inputs."


def _how_to_prepare(name: str, role: Role, *, is_text: bool = False) -> str:
    """The setting that says what becomes of missing cells; empty for a role whose cells cannot be missing."""
    if role not in ("input", "target"):
        return ""
    policy = "drop" if role == "target" else "indicator" if is_text else "mean"
    return f"data: {{prepare: {{columns: {{{clipped(name)}: {{missing: {policy}}}}}}}}}"


def _how_to_miss(text: str, *, has_form: bool) -> str:
    return f"add to the arguments: missing: [{_cell(text)}]" if has_form else "write null."


def _cell(text: str) -> str:
    return shown(clipped(text))


def _missing(column: TableColumn, role: Role, text: str, stray: Stray, *, may_miss: bool, has_form: bool) -> Problem:
    others = f", {stray.count:,} such {stray.unit}s in all" if stray.count > 1 else ""
    hint = _how_to_fill(role, stray)
    if is_too_large(text):
        hint = TOO_LARGE
    elif may_miss and text:
        hint = f"If {_cell(text)} stands for a missing value, {_how_to_miss(text, has_form=has_form)}"
    if not text:
        prepared = _how_to_prepare(column.name, role, is_text=column.numbers is None)
        hint += f" Or say what becomes of them: {prepared}" if prepared and stray.count < len(column) else ""
        return Problem(f'{stray.where} has no value in the column "{column.name}"{others}.', hint=hint)
    message = f'{stray.where} has no finite number in the column "{column.name}"{others}. Received: {_cell(text)}'
    return Problem(message, hint=hint)
