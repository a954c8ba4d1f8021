"""The rows of a block that have a filled cell, and their cells without the blanks around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from nnrun.data.files.cell_frame import CellFrame
from nnrun.data.files.cell_text import as_numbers
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.text_codes import TextCodes

if TYPE_CHECKING:
    import polars as pl


def filled_rows(
    frame: CellFrame,
    positions: Sequence[int],
    form: CsvForm,
    codes: Mapping[int, TextCodes],
    file: str = "",
) -> tuple[Mapping[int, pl.Series], Callable[[int], int], int]:
    """The cells of some columns, without blanks around them and without the rows of empty cells.

    Args:
        frame: the rows of a block.
        positions: the columns.
        form: how the file is written; a number that stands for a missing value does so in whatever form it is written.
        codes: what gives the texts of columns their codes.
        file: the file of the rows, where there are several.

    Returns:
        The cells by the position of their column, null where one is missing, coded ones Int32; the line of each; how
        many they are.
    """
    plain = _stripped(frame.cells, [i for i in positions if i not in codes], form.missing)
    plain = _without_signs(plain, form) if form.missing else plain
    coded = {i: texts.code(frame.cells[str(i)], frame.line_of, file) for i, texts in codes.items()}
    cells = {i: coded[i] if i in coded else plain[i] for i in positions}
    empty = _empty_rows(frame, cells)
    if empty is None:
        return cells, frame.line_of, frame.cells.height
    rows = (~empty).arg_true()
    filled = {i: own.gather(rows) for i, own in cells.items()}
    return filled, lambda row: frame.line_of(rows[row]), len(rows)


def _stripped(frame: pl.DataFrame, positions: Sequence[int], missing: frozenset[str]) -> dict[int, pl.Series]:
    """The cells of some columns without blanks around them, null where one is empty or stands for a missing value."""
    import polars as pl

    chosen = frame.select([str(i) for i in positions]).with_columns(pl.col(pl.Categorical).cast(pl.String))
    stripped = chosen.with_columns(pl.col(pl.String).str.strip_chars())
    texts = stripped.select(pl.col(pl.String))
    lengths = texts.select(pl.all().str.len_bytes().min()).row(0) if texts.width else ()
    gaps = [name for name, least in zip(texts.columns, lengths, strict=True) if missing or least == 0]
    if gaps:
        filled = [pl.when(~pl.col(name).is_in(["", *missing])).then(pl.col(name)).alias(name) for name in gaps]
        stripped = stripped.with_columns(filled)
    return {i: stripped[str(i)] for i in positions}


def _without_signs(cells: Mapping[int, pl.Series], form: CsvForm) -> dict[int, pl.Series]:
    """The cells, null where one is a number that stands for a missing value: polars may have read it as a number."""
    import polars as pl

    signs = as_numbers(pl.Series(sorted(form.missing), dtype=pl.String), form.decimal).drop_nulls()
    found = {}
    for i, own in cells.items():
        numbers = own if own.dtype == pl.Float64 else as_numbers(own, form.decimal)
        is_sign = numbers.is_in(signs.implode()) | (numbers.is_nan() & signs.is_nan().any())
        found[i] = pl.select(pl.when(~is_sign.fill_null(False)).then(own)).to_series()
    return found if len(signs) else dict(cells)


def _empty_rows(frame: CellFrame, cells: Mapping[int, pl.Series]) -> pl.Series | None:
    """Which rows have no filled cell at all, if one has none; a declared sign for a missing value fills its cell."""
    empty: pl.Series | None = None
    for own in cells.values():
        gaps = own.is_null()
        empty = gaps if empty is None else empty & gaps
        if not empty.any():
            return None
    for column in _stripped(frame.cells, range(frame.cells.width), frozenset()).values():
        gaps = column.is_null()
        empty = gaps if empty is None else empty & gaps
        if not empty.any():
            return None
    return empty
