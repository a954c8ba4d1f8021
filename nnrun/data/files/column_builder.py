"""Collects the cells of a column: as numbers while all are numbers, as texts otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nnrun.data.files.cell_frame import CellKind
from nnrun.data.files.cell_store import CellStore
from nnrun.data.files.cell_text import all_finite, are_finite, as_numbers
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.table_column import MAX_CATEGORIES, MAX_TEXTS, Stray, TableColumn
from nnrun.data.files.text_codes import TextCodes

if TYPE_CHECKING:
    import polars as pl

    from nnrun.data.files.stored_cells import CellFile

_FEW = 100  # cells that tell whether a column may hold class labels


class ColumnBuilder:
    """Collects the cells of one column, block by block.

    Args:
        name: the column's name.
        form: how the file is written.
        is_text: whether a cell of the column is known to be a text; None before the first block.
        precise: whether numbers stay of 64 bits.
        many: whether up to 1,000,000 different texts are kept; 1,000 by default.
        room: about how many rows there will be, if they are many.
        file: takes the cells where they are too many for the memory.
        unit: what is counted in messages, `line` or `row`.

    Attributes:
        begins_anew: whether a cell is no number after a block of numbers, or a number is not finite, so that the column
            is to be read as texts.
        has_too_many: whether there were more different texts than are kept.
    """

    def __init__(
        self,
        name: str,
        form: CsvForm,
        is_text: bool | None = None,
        *,
        precise: bool = False,
        many: bool = False,
        room: int | None = None,
        file: CellFile | None = None,
        unit: str = "line",
    ) -> None:
        self.name = name
        self.form = form
        self.is_text = is_text
        self.precise = precise
        self.most = MAX_TEXTS if many else MAX_CATEGORIES
        self.unit = unit
        self.begins_anew = False
        self.rows = 0
        self.cells = CellStore(room, file)
        self.has_too_many = False
        self._codes: TextCodes | None = None
        self._files: dict[str, int] = {}
        self.strays: dict[str, Stray] = {}
        self.extent: tuple[float, float] | None = None
        self.labels: set[float] | None = set()

    def take(self, cells: pl.Series, line_of: Callable[[int], int], file: str = "") -> None:
        """Adds cells.

        Args:
            cells: Float64, String without blanks around it, or Int32 for `codes`; null where a cell is missing.
            line_of: the line of each, by its position.
            file: the file of these lines, where there are several.
        """
        import polars as pl

        if self.begins_anew:
            return
        if not self.is_text:
            numbers = cells if cells.dtype == pl.Float64 else as_numbers(cells, self.form.decimal)
            is_text = _has_texts(cells, numbers)
            self.begins_anew = is_text and (self.is_text is False or cells.dtype == pl.Float64)
            self.is_text = is_text
        if self.begins_anew:
            return
        self.rows += len(cells)
        self._files.setdefault(file, len(self._files))
        if self.is_text:
            self._take_texts(cells, line_of, file)
        else:
            self._take_numbers(numbers, line_of, file)

    @property
    def kind(self) -> CellKind:
        """The type that the next cells are expected to have, as far as those before tell."""
        import polars as pl

        if self.is_text is None:
            return pl.String
        texts = self.codes
        are_plain = not self.is_text and self.form.decimal == "."  # polars would read 1.234 beside decimal commas
        return texts.kind if texts else pl.Float64 if are_plain else pl.String

    @property
    def codes(self) -> TextCodes | None:
        """What gives the texts their codes; None where it takes no texts, or too many."""
        if self._codes is None and self.is_text and not (self.has_too_many or self.begins_anew):
            self._codes = TextCodes(self.form, self.unit)
        return self._codes

    def _take_numbers(self, numbers: pl.Series, line_of: Callable[[int], int], file: str) -> None:
        import polars as pl

        low, high = numbers.min(), numbers.max()
        if isinstance(low, float) and isinstance(high, float):
            before = self.extent or (low, high)
            self.extent = (min(before[0], low), max(before[1], high))
        self._note_labels(numbers)
        stored = numbers if self.precise else numbers.cast(pl.Float32)
        gaps = numbers.null_count()
        if gaps:
            self._note("", gaps, lambda: line_of(numbers.is_null().arg_max() or 0), file)
            stored = stored.fill_null(float("nan"))
        self.cells.add(stored)

    def _note_labels(self, numbers: pl.Series) -> None:
        if self.labels is None:
            return
        are_few = len(numbers) <= _FEW
        first = (numbers if are_few else numbers.head(_FEW)).to_list()
        is_whole = all(number is None or number.is_integer() for number in first)
        if not is_whole or not (are_few or (numbers.floor() == numbers).all()):
            self.labels = None
            return
        different = first if are_few else numbers.unique().to_list()
        self.labels |= {number for number in different if number is not None}
        self.labels = self.labels if len(self.labels) <= MAX_CATEGORIES else None

    def _take_texts(self, cells: pl.Series, line_of: Callable[[int], int], file: str) -> None:
        import polars as pl

        texts = self.codes
        if texts is None:
            self._note_texts(cells, line_of, file)
            return
        codes = cells if cells.dtype == pl.Int32 else texts.code(cells, line_of, file)
        gaps = codes.null_count()
        if gaps:
            self._note("", gaps, lambda: line_of(codes.is_null().arg_max() or 0), file)
            codes = codes.fill_null(-1)
        self.cells.add(codes)
        if len(texts.texts) > self.most:
            self.strays, self._codes, self.has_too_many = self._all_strays(), None, True
            self.cells.take()

    def _note_texts(self, cells: pl.Series, line_of: Callable[[int], int], file: str) -> None:
        """Counts the cells that are no numbers, and keeps none."""
        import polars as pl

        table = pl.DataFrame({"text": cells}).with_row_index("row")
        groups = table.group_by("text", maintain_order=True).agg(pl.len(), pl.col("row").first())
        odd = groups.filter(~are_finite(as_numbers(groups["text"], self.form.decimal)))
        if len(self.strays) > MAX_CATEGORIES:  # no more are noted, but for the missing ones
            odd = odd.filter(pl.col("text").is_null())
        for text, count, row in odd.iter_rows():
            self._note(text or "", count, partial(line_of, row), file)

    def _note(self, text: str, count: int, line: Callable[[], int], file: str) -> None:
        """Counts a cell that is no number."""
        before = self.strays.get(text)
        if before:
            self.strays[text] = replace(before, count=before.count + count)
        elif text == "" or len(self.strays) <= MAX_CATEGORIES:
            self.strays[text] = Stray(line(), count, file, self.unit)

    def _all_strays(self) -> dict[str, Stray]:
        """The cells that are no numbers in their order."""
        found = self.strays
        if self._codes is not None:
            found = found | self._codes.strays(self.cells.count())
        return dict(sorted(found.items(), key=lambda item: (self._files[item[1].file], item[1].line)))

    def finish(self) -> TableColumn:
        """The column of all cells taken."""
        import polars as pl

        stored, texts = self.cells.stored, self._codes.texts if self._codes else {}
        if not self.is_text:
            labels = None if self.labels is None else frozenset(self.labels)
            numbers = self.cells.take()
            numbers = pl.Series([], dtype=pl.Float32) if numbers is None else numbers
            return TableColumn(self.name, numbers, (), None, self.strays, self.rows, self.extent, labels, stored)
        strays = self._all_strays()
        if not texts:
            return TableColumn(self.name, None, (), None, strays, self.rows)
        categories = tuple(sorted(texts))
        position = {text: i for i, text in enumerate(categories)}
        self.cells.rank([position[text] for text in texts])
        codes = self.cells.take()
        codes = pl.Series([], dtype=pl.Int32) if codes is None else codes
        return TableColumn(self.name, None, categories, codes, strays, self.rows, stored=stored)


def _has_texts(cells: pl.Series, numbers: pl.Series) -> bool:
    """Whether a cell is neither missing nor a finite number."""
    return not (all_finite(numbers) or (are_finite(numbers) | cells.is_null()).all())
