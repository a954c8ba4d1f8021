"""What keeps the columns of a CSV file from being used, in words."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.data.files.csv_column import MAX_WORDS, CsvColumn, Stray, is_missing, is_number
from nnrun.errors import Problem, shown

_HOW_TO_FILL = "Fill those cells, remove those lines, or leave the column out by naming the others in inputs."
_OTHER_WAYS = {
    "input": "Leave the column out by naming the others in inputs.",
    "target": "A target is a number, or one of a few words.",
}
_POINT = "Write numbers with a decimal point."


def find_header_problems(names: Sequence[str], file: str) -> list[Problem]:
    """The names that a header repeats.

    Args:
        names: the names of the columns.
        file: the file's name.
    """
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return [Problem(f'The column "{name}" is there twice in the header of {file}.') for name in repeated]


def find_problem(column: CsvColumn, role: str, most_words: int) -> Problem | None:
    """What keeps a column from being used, if anything does.

    Args:
        column: the column.
        role: what it is used as, `input` or `target`.
        most_words: how many different words it may have in that role.
    """
    if column.gap:
        return _missing(column, role, *column.gap)
    if column.numbers is not None or 0 < len(column.words) <= most_words:
        return None
    count = f"{len(column.words):,}" if column.words else f"more than {MAX_WORDS:,}"
    first, stray = next(iter(column.strays.items()))
    message = (
        f'The column "{column.name}" has {count} different words; {role}s have at most {most_words:,}. '
        f"The first, in line {stray.line}, is {shown(first)}."
    )
    decimal = is_number(first.replace(",", "."))
    return Problem(message, hint=_POINT if decimal else _OTHER_WAYS[role])


def find_decimal_comma(column: CsvColumn) -> Problem | None:
    """That all words of a column are numbers written with a comma, if they are."""
    words = [word for word in column.strays if not is_missing(word)]
    if not words or column.numbers is not None or not all(is_number(word.replace(",", ".")) for word in words):
        return None
    line, first = column.strays[words[0]].line, shown(words[0])
    message = f'The column "{column.name}" has numbers with a comma. The first, in line {line}, is {first}.'
    return Problem(message, hint=_POINT)


def _missing(column: CsvColumn, role: str, word: str, stray: Stray) -> Problem:
    others = f", {stray.count:,} such lines in all" if stray.count > 1 else ""
    hint = "Fill those cells, or remove those lines." if role == "target" else _HOW_TO_FILL
    if not word:
        return Problem(f'Line {stray.line} has no value in the column "{column.name}"{others}.', hint=hint)
    message = f'Line {stray.line} has no finite number in the column "{column.name}"{others}. Received: {shown(word)}'
    return Problem(message, hint=hint)
