"""How a CSV file is written, guessed from its first rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from nnrun.data.files.cell_text import is_missing, is_missing_sign, is_number, is_too_large
from nnrun.data.files.csv_delimiter import guess_delimiter
from nnrun.data.files.csv_header import is_scale
from nnrun.data.files.dates import are_dates

_LINES, _ROWS = 20, 2_000  # that decide on comments, and on all else
_COMMA = re.compile(r"[+-]?\d+(,\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_FEW = 0.5  # the largest share of the cells of a column of numbers that may be missing


@dataclass(frozen=True)
class GuessedForm:
    """How a CSV file is written.

    Args:
        delimiter: the character between two cells.
        decimal: the character between the whole part of a number and its fraction.
        encoding: the encoding of the text, by Python's name.
        comment: what a line begins with that holds no cells; empty where there are none.
        columns: the names of the columns, where the first line holds cells.
        missing: the texts that stand for a missing value, beside the empty one.
        dates: the columns that hold dates.
    """

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    comment: str = ""
    columns: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """The arguments of the generator `csv` that say so, without those that are its defaults."""
        usual = GuessedForm()
        found: dict[str, Any] = {name: value for name, value in vars(self).items() if value != getattr(usual, name)}
        found |= {name: list(found[name]) for name in ("columns", "missing") if name in found}
        return found | ({"dates": dict.fromkeys(self.dates, "number")} if self.dates else {})


def guess_form(content: bytes) -> GuessedForm:
    """How a file is written.

    Args:
        content: its first bytes, at least those of some rows.
    """
    encoding = _encoding(content)
    lines = io.StringIO(codecs.decode(content, encoding, "replace").removeprefix("\ufeff"), newline="").readlines()
    comment = "#" if _has_comments(lines) else ""
    lines = [line for line in lines if not (comment and line.startswith(comment))]
    delimiter = guess_delimiter("".join(lines).encode())
    rows = list(islice(_rows(lines, delimiter), _ROWS + 1))
    if not rows:
        return GuessedForm(delimiter, encoding=encoding, comment=comment)
    width = len(rows[0])
    decimal = "," if delimiter != "," and _has_decimal_comma(rows, width) else "."
    whole = [[_point(cell) if decimal == "," else cell for cell in row] for row in rows if len(row) == width]
    names = () if _is_header(whole) else (*(f"x{i}" for i in range(1, width)), "y")
    cells = list(zip(*(whole if names else whole[1:]), strict=True))
    missing = list(dict.fromkeys(text for column in cells for text in _missing(column)))
    known = dict(zip(names or whole[0], cells, strict=False))
    filled = {name: [cell for cell in column if cell not in missing] for name, column in known.items()}
    dates = [name for name, column in filled.items() if name and are_dates(column)]
    return GuessedForm(delimiter, decimal, encoding, comment, names, tuple(missing), tuple(dates))


def _rows(lines: Sequence[str], delimiter: str) -> Iterable[list[str]]:
    """The rows with a filled cell, up to the first that is no CSV."""
    found = []
    try:
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != " "):
            cells = [cell.strip() for cell in row]
            cells = [cell for cell in cells if cell] if delimiter == " " else cells
            if any(cells):
                found.append(cells)
    except csv.Error:
        return found
    return found


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(content)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _has_comments(lines: Sequence[str]) -> bool:
    """Whether the first lines begin with # and have another number of cells than the rows below them."""
    marked = [line for line in lines[:_LINES] if line.startswith("#")]
    plain = [line for line in lines[:_LINES] if line.strip() and not line.startswith("#")]
    if not marked or not plain or not lines[0].startswith("#"):
        return False
    delimiter = guess_delimiter("".join(plain).encode())
    return len(marked) > 1 or marked[0].count(delimiter) != plain[0].count(delimiter)


def _has_decimal_comma(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the cells of a column are numbers with a decimal comma, and no column has numbers with a point."""
    columns = [
        [c for c in column if not is_missing(c)]
        for column in zip(*(r for r in rows[1:] if len(r) == width), strict=True)
    ]
    commas = [any("," in c for c in column) and all(map(_COMMA.fullmatch, column)) for column in columns]
    points = [any("." in c for c in column) and all(map(is_number, column)) for column in columns]
    return any(commas) and not any(points)


def _point(cell: str) -> str:
    return cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: it has no number that is none of a scale, and no cell of its column."""
    first, others = rows[0], list(zip(*rows[1:], strict=True))
    numbers = [float(name) for name in first if name and is_number(name)]
    if numbers:
        return is_scale(numbers)
    pairs = list(zip(first, others, strict=False))
    if any(name and sum(map(is_number, column)) > _FEW * len(column) for name, column in pairs):
        return True
    return not any(name and name in column for name, column in pairs)


def _missing(column: Sequence[str]) -> list[str]:
    """The signs for a missing value in a column, but the empty one: any among numbers, the plain ones among texts."""
    counts = Counter(column)
    others = [text for text in counts if not is_number(text)]
    gaps = [text for text in others if is_missing(text) and not is_too_large(text)]
    numbers = sum(count for text, count in counts.items() if is_number(text))
    if numbers >= _FEW * len(column) and len(gaps) == len(others):
        return [text for text in gaps if text]
    return [text for text in gaps if is_missing_sign(text)]
