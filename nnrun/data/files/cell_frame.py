"""The cells of a block of a CSV file, by polars where the text has no surprises, else by Python's csv module."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nnrun.data.files.csv_blocks import Block
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.second_look import SecondLook

if TYPE_CHECKING:
    import polars as pl

# Float64, String, or that of `TextCodes`.
CellKind: TypeAlias = "pl.DataType | type[pl.DataType]"

_BLANK_LINES = re.compile(rb"(?:\r?\n){2,}")


@dataclass(frozen=True, eq=False)
class CellFrame:
    """The rows of a block.

    Args:
        cells: a column named 0, 1, … for each cell of a row: Float64, or String or Categorical as the cell is written.
        line_of: the line in which a row begins, from its position.
        ragged: the line and the number of cells of each row that has more or fewer.
    """

    cells: pl.DataFrame
    line_of: Callable[[int], int]
    ragged: Sequence[tuple[int, int]] = ()


def read_cells(name: str, block: Block, form: CsvForm, kinds: Sequence[CellKind]) -> CellFrame:
    """The rows of a block; those without any filled cell may be among them.

    Args:
        name: the file's name, for messages.
        block: whole rows.
        form: how the file is written.
        kinds: for each cell of a row the type that is expected.

    Raises:
        ExperimentError: the text is no CSV.
    """
    return _parsed(name, block, form, kinds) or _looked_at(name, block, form, len(kinds))


def _parsed(name: str, block: Block, form: CsvForm, kinds: Sequence[CellKind]) -> CellFrame | None:
    """The rows by polars; None where it might read the text otherwise than Python's csv module."""
    if len(form.delimiter.encode()) != 1 or form.delimiter == " " or len(form.quote.encode()) > 1:
        return None
    content, quote = block.content, form.quote.encode()
    if b"\r" in content and content.count(b"\r") != content.count(b"\r\n"):
        return None
    is_quoted = bool(quote) and quote in content
    has_comments = bool(form.comment) and form.comment.encode() in content
    cells = None if has_comments else _by_polars(content, form, is_quoted, kinds)
    if cells is None and not is_quoted:
        content = _without_comments(content, form.comment)
        cells = _by_polars(content, form, is_quoted, kinds)
    if cells is None:
        return None
    if content is block.content and not is_quoted:
        return CellFrame(cells, lambda row: block.first_line + row)
    lines: list[int] = []

    def line_of(row: int) -> int:
        if not lines:
            rows = SecondLook(name, block.content, form, block.first_line).rows(blank=True)
            lines.extend(line for line, _ in rows)
        return lines[row]

    return CellFrame(cells, line_of)


def _without_comments(content: bytes, comment: str) -> bytes:
    """The text without comments and blank lines."""
    if comment:
        content = re.sub(rb"(?m)^[ \t]*%s.*\n?" % re.escape(comment.encode()), b"", content)
    return _BLANK_LINES.sub(b"\n", content).lstrip(b"\r\n")


def _by_polars(content: bytes, form: CsvForm, is_quoted: bool, kinds: Sequence[CellKind]) -> pl.DataFrame | None:
    """The rows; None where one has not as many cells as the others, or a quote does not stand as it should."""
    import polars as pl

    outside = _outside(content, form.quote.encode(), form.delimiter.encode()) if is_quoted else content
    if outside is None:
        return None
    quote = form.quote if is_quoted else None
    texts: Sequence[CellKind] = [pl.String] * len(kinds)
    for tried in [kinds, texts] if kinds != texts else [texts]:
        schema = {str(i): kind for i, kind in enumerate(tried)}
        try:
            cells = pl.read_csv(content, has_header=False, schema=schema, separator=form.delimiter, quote_char=quote)
        except pl.exceptions.PolarsError:
            continue
        # polars refuses a row of too many cells, and fills one of too few up.
        is_filled = not cells.to_series(-1).null_count()
        delimiters = cells.height * (len(kinds) - 1)
        return cells if is_filled or outside.count(form.delimiter.encode()) == delimiters else None
    return None


def _outside(content: bytes, quote: bytes, delimiter: bytes) -> bytes | None:
    """What is outside of quotes; None where one stands elsewhere than at the ends of a cell, or doubled within it."""
    parts = content.split(quote)
    if len(parts) % 2 == 0:
        return None
    outside = parts[::2]
    before, after = (delimiter, b"\n", b""), (delimiter, b"\n", b"\r", b"")
    if not all(part[:1] in after for part in outside[1:]) or not all(part[-1:] in before for part in outside[:-1]):
        return None
    return b"".join(outside)


def _looked_at(name: str, block: Block, form: CsvForm, width: int) -> CellFrame:
    """The rows by Python's csv module."""
    import polars as pl

    lines: list[int] = []
    rows: list[list[str]] = []
    ragged: list[tuple[int, int]] = []
    for line, row in SecondLook(name, block.content, form, block.first_line).rows():
        if len(row) == width:
            lines.append(line)
            rows.append(row)
        else:
            ragged.append((line, len(row)))
    columns = zip(*rows, strict=True) if rows else [()] * width
    frame = pl.DataFrame([pl.Series(str(i), cells, pl.String) for i, cells in enumerate(columns)])
    return CellFrame(frame, lines.__getitem__, ragged)
