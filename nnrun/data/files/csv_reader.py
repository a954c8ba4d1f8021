"""A CSV file as columns of numbers or texts, read block by block.

polars reads the blocks; Python's csv module takes a second look at what polars refuses or may read otherwise. UTF-8
with or without a byte order mark, or another encoding; quotes as in RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180);
the first line names the columns. Spaces around a cell or name do not count, nor do lines without any filled cell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.files.byte_source import ByteSource
from nnrun.data.files.cell_frame import read_cells
from nnrun.data.files.cell_store import cell_file
from nnrun.data.files.cell_text import clipped
from nnrun.data.files.column_builder import ColumnBuilder
from nnrun.data.files.csv_blocks import BLOCK, Block, count_lines, read_blocks
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.csv_header import read_header
from nnrun.data.files.dates import DateColumns
from nnrun.data.files.filled_rows import filled_rows
from nnrun.data.files.table_column import TableColumn
from nnrun.errors import ExperimentError, Problem, listed, shown

if TYPE_CHECKING:
    import polars as pl


LARGE = 2**25  # bytes


@dataclass(frozen=True)
class CsvPart:
    """One file of those that a table consists of.

    Args:
        name: its name in messages.
        open: opens its bytes from the beginning.
        size: how many bytes it has.
    """

    name: str
    open: Callable[[], ByteSource]
    size: int


@dataclass(frozen=True, eq=False)
class CsvRows:
    """Some rows of a file.

    Args:
        cells: by the name of their column, Float64, or String without blanks around; null where one is missing.
        line_of: the line of a row, from its position.
        file: the file, where there are several.
        rows: how many they are.
    """

    cells: Mapping[str, pl.Series]
    line_of: Callable[[int], int]
    file: str
    rows: int


class CsvReader:
    """A CSV file, or several with the same header; the first is read, and `columns` reads the rest.

    Args:
        parts: the files, in the order of their rows.
        form: how they are written.
        fewest: the fewest columns that they may have.
        folder: where the cells are kept on disk; None to hold them in memory.

    Attributes:
        looked_at: how many rows were read the last time.

    Raises:
        ExperimentError: there is no header, or the text is no CSV or in another encoding.
    """

    def __init__(self, parts: Sequence[CsvPart], form: CsvForm, fewest: int = 2, folder: Path | None = None) -> None:
        self.parts = parts
        self.form = form
        self.fewest = fewest
        self.folder = folder
        self.name = parts[0].name
        self.looked_at = 0
        self.dates = DateColumns(dict(form.dates))
        with closing(read_blocks(parts[0].open(), form, BLOCK)) as blocks:
            first = next(blocks, Block(b"", 1))
            self._whole = first if next(blocks, None) is None else None  # of a small file, which is opened once
        self.header, _ = self._header(parts[0], first)
        self._positions = {name: i for i, name in reversed(list(enumerate(self.header)))}
        self._line = len(first.content) / max(1, first.content.count(b"\n"))  # bytes

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that have one; those of its numbers in place of a column of dates."""
        return self.dates.names([name for name in self.header if name])

    def position(self, name: str) -> int:
        """The position in the header of the column that has a name, or that a number with this name is made of."""
        return self._positions[self.dates.column_of(name)]

    def columns(
        self,
        names: Sequence[str],
        precise: Collection[str] = (),
        many: Collection[str] = (),
        most: int | None = None,
    ) -> dict[str, TableColumn]:
        """The cells of the named columns; no other cell is checked.

        Args:
            names: some of the header.
            precise: those whose numbers have 64 bits; 32 by default, which is what networks take.
            many: those of which up to 1,000,000 different texts are kept; 1,000 by default.
            most: about how many bytes of the text are read; by default all.

        Raises:
            ExperimentError: a row has more or fewer cells than the header, the text is no CSV or in another encoding,
                or there are no rows.
        """
        found: dict[str, TableColumn] = {}
        texts, wide = set[str](), frozenset(precise)
        size = sum(part.size for part in self.parts)
        cells = cell_file(self.folder)
        room = int(1.02 * size / self._line) if size > LARGE and most is None else None
        while len(found) < len(names):
            builders = {
                name: ColumnBuilder(
                    name,
                    self.form,
                    name in texts or None,
                    precise=name in wide,
                    many=name in many,
                    room=room,
                    file=cells,
                )
                for name in names
                if name not in found
            }
            self._fill(builders, most)
            texts = {name for name, builder in builders.items() if builder.begins_anew}
            for name in [name for name in builders if name not in texts]:
                found[name] = builders.pop(name).finish()
        if not names:
            self._fill({}, most)
        return {name: found[name] for name in names}

    def _fill(self, builders: Mapping[str, ColumnBuilder], most: int | None) -> None:
        for rows in self.rows(list(builders), builders, most):
            for name, builder in builders.items():
                builder.take(rows.cells[name], rows.line_of, rows.file)

    def rows(
        self, names: Sequence[str], builders: Mapping[str, ColumnBuilder] | None = None, most: int | None = None
    ) -> Iterator[CsvRows]:
        """The rows, some at a time; errors are those of `columns`.

        Args:
            names: the columns.
            builders: what collects their cells, and knows by those before which type the next ones have; without it
                they are texts.
            most: about how many bytes of the text are read; by default all.
        """
        import polars as pl

        plain = {self.position(name): name for name in reversed(names) if name not in self.dates.parts}
        known = {position: builders[name] for position, name in plain.items()} if builders else {}
        positions = list(dict.fromkeys(map(self.position, names)))
        ragged: list[tuple[int, int, str]] = []
        whole = taken = 0
        for part in self.parts:
            for block in self._blocks(part):
                if most is not None and taken >= most:
                    break
                taken += len(block.content)
                kinds = [known[i].kind if i in known else pl.String for i in range(len(self.header))]
                rows = read_cells(part.name, block, self.form, kinds)
                ragged += [(line, cells, part.name) for line, cells in rows.ragged]
                codes = {i: builder.codes for i, builder in known.items() if builder.codes}
                file = part.name if len(self.parts) > 1 else ""
                cells, line_of, count = filled_rows(rows, positions, self.form, codes, file)
                whole += count
                if count:
                    yield CsvRows(self._named(part, names, cells, line_of), line_of, file, count)
        self.looked_at = whole
        self._refuse(ragged, whole)

    def _named(
        self, part: CsvPart, names: Sequence[str], cells: Mapping[int, pl.Series], line_of: Callable[[int], int]
    ) -> dict[str, pl.Series]:
        """The cells by the names of their columns, dates as numbers."""
        dates = [name for name in names if name in self.dates.parts]
        texts = {own: cells[self._positions[own]] for own in map(self.dates.column_of, dates)}
        made = self.dates.numbers(dates, texts, lambda row: f"Line {line_of(row)}", part.name)
        return {name: made[name] if name in made else cells[self.position(name)] for name in names}

    def _blocks(self, part: CsvPart) -> Iterator[Block]:
        """The blocks of a file without its header."""
        if self._whole and part is self.parts[0]:
            blocks: Iterator[Block] = iter(())
            block, self._whole = self._whole, None
        else:
            blocks = read_blocks(part.open(), self.form, BLOCK)
            block = next(blocks, Block(b"", 1))
        names, begin = self._header(part, block)
        if names != self.header:
            message = f"{part.name} must have the columns of {self.name}: {listed([*map(clipped, self.header)])}."
            raise ExperimentError(Problem(f"{message} Received: {listed([*map(clipped, names)])}"))
        yield Block(block.content[begin:], block.first_line + count_lines(block.content[:begin]))
        yield from blocks

    def _header(self, part: CsvPart, block: Block) -> tuple[tuple[str, ...], int]:
        return read_header(part.name, block.content, self.form, self.fewest)

    def _refuse(self, ragged: Sequence[tuple[int, int, str]], whole: int) -> None:
        if ragged:
            line, cells, file = ragged[0]
            others = f", {len(ragged):,} such lines in all" if len(ragged) > 1 else ""
            received = f"Received: {cells} in line {line} of {file}{others}"
            message = f"A row must have {len(self.header)} cells, as many as the header. {received}"
            every = not whole and len({cells for _, cells, _ in ragged}) == 1
            hint = f"A cell that holds {shown(self.form.delimiter)} needs quotes."
            raise ExperimentError(Problem(message, hint=self._how_to_name(cells) if every else hint))
        if not whole:
            raise ExperimentError(f"The file {self.name} has a header and no rows.")

    def _how_to_name(self, cells: int) -> str:
        """The remedy where every row has another number of cells than the header."""
        if self.header[-1:] == ("",) and cells == len(self.header) - 1:
            return f"Remove the {shown(self.form.delimiter)} at the end of the header."
        return (
            f"Every row has {cells} cells: name as many columns, or remove a {shown(self.form.delimiter)} at its end."
        )
