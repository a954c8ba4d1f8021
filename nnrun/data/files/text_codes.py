"""The texts of a column as codes, in the order in which they first occur."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from nnrun.data.files.cell_text import are_finite, as_numbers
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.table_column import MAX_CATEGORIES, Stray

if TYPE_CHECKING:
    import polars as pl

_UNSEEN, _MISSING = -2, -1


class TextCodes:
    """The codes of the texts of a column that is read block by block.

    polars gives every text that it reads into cells of the type `kind` a code of its own, whatever blanks are around it
    and whichever of its threads comes first. These codes are looked up in a table.

    Args:
        form: how the file is written.
        unit: what is counted in messages, `line` or `row`.

    Attributes:
        kind: the type.
        texts: the code of each text.
    """

    def __init__(self, form: CsvForm, unit: str = "line") -> None:
        import polars as pl

        self._form = form
        self._unit = unit
        self.kind = pl.Categorical(pl.Categories.random())
        self._kept = pl.Series([], dtype=self.kind)  # polars forgets the texts that no series has
        self.texts: dict[str, int] = {}
        self._table = pl.Series([], dtype=pl.Int32)  # the code for each of polars'
        self._strays: dict[int, Stray] = {}

    def code(self, cells: pl.Series, line_of: Callable[[int], int], file: str = "") -> pl.Series:
        """The codes of cells, Int32; null where one is missing.

        Args:
            cells: texts, of the type `kind` or String; null where a cell is empty.
            line_of: the line of each, by its position.
            file: the file of these lines, where there are several.
        """
        import polars as pl

        own = cells.cast(self.kind).to_physical()
        top = own.max()
        if not isinstance(top, int):
            return own.cast(pl.Int32)  # all are missing
        if top >= len(self._table):
            self._table = self._table.append(pl.repeat(_UNSEEN, top + 1 - len(self._table), dtype=pl.Int32, eager=True))
        codes = self._table.gather(own)
        if codes.min() == _UNSEEN:
            self._learn(cells, own, (codes == _UNSEEN).arg_true(), line_of, file)
            codes = self._table.gather(own)
        if codes.min() == _MISSING:
            codes = pl.select(pl.when(codes >= 0).then(codes)).to_series()
        return codes

    def _learn(
        self, cells: pl.Series, own: pl.Series, rows: pl.Series, line_of: Callable[[int], int], file: str
    ) -> None:
        """Adds the texts of some rows to the table."""
        import polars as pl

        first = rows.gather(own.gather(rows).arg_unique().sort())
        texts = cells.gather(first).cast(pl.String).str.strip_chars()
        are_numbers = are_finite(as_numbers(texts, self._form.decimal))
        found = []
        for row, text, is_number in zip(first, texts, are_numbers, strict=True):
            if not text or text in self._form.missing:
                found.append(_MISSING)
                continue
            code = self.texts.setdefault(text, len(self.texts))
            found.append(code)
            if not is_number and code not in self._strays and len(self._strays) <= MAX_CATEGORIES:
                self._strays[code] = Stray(line_of(row), 0, file, self._unit)
        self._table = self._table.scatter(own.gather(first), pl.Series(found, dtype=pl.Int32))

    def strays(self, counts: Mapping[int, int]) -> dict[str, Stray]:
        """The texts that are no finite numbers, but at most 1,001 of them.

        Args:
            counts: how often each code occurs.
        """
        texts = [*self.texts]
        return {texts[code]: replace(stray, count=counts.get(code, 0)) for code, stray in self._strays.items()}
