"""A CSV file as columns of numbers or texts, read in one pass, without NumPy.

UTF-8 with or without a byte order mark; quotes as in RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180); the first line
names the columns. Spaces around a cell or name do not count, nor do lines without any filled cell.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from nnrun.data.files.csv_column import ColumnBuilder, CsvColumn, is_number
from nnrun.data.files.csv_problems import HOW_TO_NAME, clipped
from nnrun.errors import ExperimentError, Problem, shown

DELIMITERS = (",", ";", "\t", "|")

_CHUNK = 2**12  # cells that are held as texts at a time
_FIRST_LINES = 20
_MOST_SHOWN = 8  # names of a header that is none
_MANY = 10  # numbers that rise or fall from column to column by chance in one header of millions
_SYNTAX_HINTS = {
    "unexpected end of data": "A quote is not closed. Within quotes a quote is written twice.",
    "field larger than field limit": "A quote is not closed. Within quotes a quote is written twice.",
    "expected after": "A quote stands at the beginning and the end of a cell; within quotes it is written twice.",
}


class CsvReader:
    """The text of a CSV file; its header is read, and `columns` reads the rest.

    Args:
        name: the file's name, for messages.
        content: the file's bytes.
        delimiter: the character between two cells.

    Raises:
        ExperimentError: there is no header, or the text is no CSV or no UTF-8.
    """

    def __init__(self, name: str, content: bytes, delimiter: str) -> None:
        self.name = name
        self.content = content
        self.delimiter = delimiter
        # A blank that separates cells cannot also be skipped before them; `_rows` makes several of them one.
        skips = delimiter != " "
        self._reader = csv.reader(_text(content), delimiter=delimiter, strict=True, skipinitialspace=skips)
        self.header = self._read_header()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that have one."""
        return tuple(name for name in self.header if name)

    def columns(self, names: Sequence[str]) -> dict[str, CsvColumn]:
        """The cells of the named columns; no other cell is checked.

        Raises:
            ExperimentError: a row has more or fewer cells than the header, the text is no CSV or no UTF-8, or there are
                no rows.
        """
        builders = {name: ColumnBuilder(name) for name in names}
        first = {name: position for position, name in reversed(list(enumerate(self.header)))}
        positions = [first[name] for name in builders]
        ragged: list[tuple[int, int]] = []
        whole, count = self._whole_rows(ragged), 0
        while chunk := list(islice(whole, max(1, _CHUNK // len(self.header)))):
            count += len(chunk)
            lines, rows = zip(*chunk, strict=True)
            by_column = list(zip(*rows, strict=True))
            for builder, position in zip(builders.values(), positions, strict=True):
                builder.take(by_column[position], lines)
        self._refuse(ragged, count)
        return {name: builder.finish() for name, builder in builders.items()}

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows with a filled cell, each with the line in which it begins."""
        while True:
            line = self._reader.line_num + 1
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise self._not_csv(line, error) from error
            except UnicodeDecodeError as error:
                raise _not_utf8(self.name, self.content) from error
            if self.delimiter == " ":
                row = list(filter(None, row))
            if any(row):
                yield line, row

    def _whole_rows(self, ragged: list[tuple[int, int]]) -> Iterator[tuple[int, list[str]]]:
        """The rows with as many cells as the header; the line and the cells of every other one go to `ragged`."""
        width = len(self.header)
        for line, row in self._rows():
            if len(row) == width:
                yield line, row
            else:
                ragged.append((line, len(row)))

    def _refuse(self, ragged: Sequence[tuple[int, int]], whole: int) -> None:
        if ragged:
            line, cells = ragged[0]
            others = f", {len(ragged):,} such lines in all" if len(ragged) > 1 else ""
            received = f"Received: {cells} in line {line} of {self.name}{others}"
            message = f"A row must have {len(self.header)} cells, as many as the header. {received}"
            raise ExperimentError(Problem(message, hint=f"A cell that holds {shown(self.delimiter)} needs quotes."))
        if not whole:
            raise ExperimentError(f"The file {self.name} has a header and no rows.")

    def _read_header(self) -> tuple[str, ...]:
        first = next(self._rows(), None)
        if first is None:
            raise ExperimentError(Problem(f"The file {self.name} is empty.", hint="Its first line names columns."))
        names = tuple(cell.strip() for cell in first[1])
        if _is_data(names):
            received = ", ".join(map(clipped, names[:_MOST_SHOWN])) + ", …" * (len(names) > _MOST_SHOWN)
            message = f"The first line of {self.name} must name the columns. Received: {received}"
            raise ExperimentError(Problem(message, hint=HOW_TO_NAME))
        others = [mark for mark in (*DELIMITERS, " ") if mark in names[0]]
        if len(names) == 1:
            runs = "; runs of blanks count as one" if others == [" "] else ""
            named = f"delimiter: {shown(others[0])}{runs}" if others else ""
            hint = f"If the file has another delimiter, write it: {named}" if named else None
            message = f"A CSV file has two columns or more. Received: {clipped(names[0])}"
            raise ExperimentError(Problem(message, hint=hint))
        return names

    def _not_csv(self, line: int, error: csv.Error) -> ExperimentError:
        message = f"The row that begins in line {line} of {self.name} is not CSV: {error}."
        hints = [hint for words, hint in _SYNTAX_HINTS.items() if words in str(error)]
        return ExperimentError(Problem(message, hint=hints[0] if hints else None))


def guess_delimiter(name: str, content: bytes) -> str:
    """The delimiter that gives the first rows of a file equally many cells, and the most; a comma if none does better.

    Blanks are the delimiter only where no other can be.

    Raises:
        ExperimentError: the text is no UTF-8.
    """
    try:
        lines = list(islice(_text(content), _FIRST_LINES))
    except UnicodeDecodeError as error:
        raise _not_utf8(name, content) from error

    def fitness(delimiter: str) -> tuple[bool, int]:
        widths = _widths(lines, delimiter)
        return widths[0] > 1 and len(set(widths)) == 1, widths[0]

    best = max(DELIMITERS, key=fitness)
    return " " if not fitness(best)[0] and fitness(" ")[0] else best


def _widths(lines: Sequence[str], delimiter: str) -> list[int]:
    """How many cells each row has, the first at least; a row that may continue below the lines is left out."""
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        widths = [len(list(filter(None, row)) if delimiter == " " else row) for row in rows]
    except csv.Error:
        return [0]
    return (widths[:-1] if len(lines) == _FIRST_LINES else widths) or [0]


def _is_data(names: Sequence[str]) -> bool:
    """Whether a first line holds cells rather than names: numbers among its names that do not count or measure."""
    numbers = [float(name) for name in names if name and is_number(name)]
    return bool(numbers) and not _is_scale(numbers)


def _is_scale(numbers: Sequence[float]) -> bool:
    """Whether numbers may name columns: counted from 0 or 1, years, evenly spaced, or many that rise or fall."""
    if any(numbers == list(range(start, start + len(numbers))) for start in (0, 1)):
        return True
    steps = [after - before for before, after in pairwise(numbers)]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        return False
    are_years = all(number.is_integer() and 1800 <= number <= 2100 for number in numbers)
    evenly = len(numbers) > 2 and all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)
    return are_years or evenly or len(numbers) >= _MANY


def _text(content: bytes) -> io.TextIOWrapper:
    """The text with its line ends as they are."""
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")


def _not_utf8(name: str, content: bytes) -> ExperimentError:
    """Names the line and the byte, which the stream's own error counts from somewhere within the file."""
    wrong = 0
    try:
        content.decode()
    except UnicodeDecodeError as error:
        wrong = error.start
    line = content.count(b"\n", 0, wrong) + 1
    message = f"Line {line} of {name} is not text in UTF-8. Received: the byte 0x{content[wrong]:02X}"
    return ExperimentError(Problem(message, hint='Save the file as UTF-8; spreadsheets call it "CSV UTF-8".'))
