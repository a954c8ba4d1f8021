"""A CSV file as columns of numbers or words, read in one pass, without NumPy.

UTF-8 with or without a byte order mark; quotes as in RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180); the first line
names the columns. Spaces around a cell or name do not count, nor do lines without any filled cell.
"""

from __future__ import annotations

import csv
import math
import stat
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from nnrun.errors import ExperimentError, Problem, nearest, shown

MAX_BYTES = 256 * 2**20
MAX_WORDS = 1_000  # different cells of a column that are told apart

DELIMITERS = (",", ";", "\t", "|")

_CHUNK = 2**12  # cells that are held as texts at a time
_FIRST_LINES = 20
_MOST_SHOWN = 8  # names of a header that is none
# Ways to write that a value is missing, in small letters; as are the numbers that are not finite.
_MISSING = frozenset({"", "?", "-", "na", "n/a", "#n/a", "nan", "nil", "none", "null", "missing", "inf", "infinity"})
_HOW_TO_FILL = "Fill those cells, remove those lines, or leave the column out by naming the others in inputs."
_OTHER_WAYS = {
    "input": "Leave the column out by naming the others in inputs.",
    "target": "A target is a number, or one of a few words.",
}
_POINT = "Write numbers with a decimal point."
_SYNTAX_HINTS = {
    "unexpected end of data": "A quote is not closed. Within quotes a quote is written twice.",
    "field larger than field limit": "A quote is not closed. Within quotes a quote is written twice.",
    "expected after": "A quote stands at the beginning and the end of a cell; within quotes it is written twice.",
}


@dataclass(frozen=True)
class Stray:
    """A text among the cells of a column that is no finite number.

    Args:
        line: the first line that has it.
        count: how many rows have it.
    """

    line: int
    count: int


@dataclass(frozen=True, eq=False)
class CsvColumn:
    """The cells of one column, row by row.

    Args:
        name: the column's name.
        numbers: the cells as numbers; None where one of them is no finite number.
        words: the different cells in sorted order where they are no numbers and at most 1,000; else empty.
        codes: the position of each cell in `words`, where there are such.
        strays: the different cells that are no finite numbers, an empty one among them; more than 1,000 only in part.
    """

    name: str
    numbers: array[float] | None
    words: tuple[str, ...]
    codes: array[int]
    strays: Mapping[str, Stray]

    def __len__(self) -> int:
        return len(self.codes if self.numbers is None else self.numbers)

    @property
    def gap(self) -> tuple[str, Stray] | None:
        """The first cell that is missing: an empty one, or among numbers a sign for a missing number."""
        missing = [word for word in self.strays if _is_missing(word)]
        only_missing = len(missing) == len(self.strays)
        return next(((w, self.strays[w]) for w in missing if w == "" or only_missing), None)


class CsvReader:
    """An open CSV file whose header is read; `columns` reads the rest.

    Args:
        path: the file, for what is said about it.
        stream: its text, line ends untouched.
        delimiter: what stands between two cells.
    """

    def __init__(self, path: Path, stream: TextIO, delimiter: str) -> None:
        self.path = path
        self.delimiter = delimiter
        # A blank that separates cells cannot also be skipped before them.
        self._reader = csv.reader(stream, delimiter=delimiter, strict=True, skipinitialspace=delimiter != " ")
        self.header = self._read_header()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that have one."""
        return tuple(name for name in self.header if name)

    def columns(self, names: Sequence[str]) -> dict[str, CsvColumn]:
        """The cells of the named columns; no other cell is looked at.

        Raises:
            ExperimentError: a row has more or fewer cells than the header, the text is no CSV or no UTF-8, or there are
                no rows.
        """
        builders = {name: _ColumnBuilder(name) for name in names}
        positions = [self.header.index(name) for name in builders]
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

    def rows(self) -> Iterator[tuple[int, list[str]]]:
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
                raise _not_utf8(self.path) from error
            if any(row):
                yield line, row

    def _whole_rows(self, ragged: list[tuple[int, int]]) -> Iterator[tuple[int, list[str]]]:
        """The rows with as many cells as the header; the line and the cells of every other one go to `ragged`."""
        width = len(self.header)
        for line, row in self.rows():
            if len(row) == width:
                yield line, row
            else:
                ragged.append((line, len(row)))

    def _refuse(self, ragged: Sequence[tuple[int, int]], whole: int) -> None:
        if ragged:
            line, cells = ragged[0]
            others = f", {len(ragged):,} such lines in all" if len(ragged) > 1 else ""
            received = f"Received: {cells} in line {line} of {self.path.name}{others}"
            message = f"A row must have {len(self.header)} cells, as many as the header. {received}"
            raise ExperimentError(Problem(message, hint=f"A cell that holds {shown(self.delimiter)} needs quotes."))
        if not whole:
            raise ExperimentError(f"The file {self.path.name} has a header and no rows.")

    def _read_header(self) -> tuple[str, ...]:
        first = next(self.rows(), None)
        if first is None:
            raise ExperimentError(Problem(f"The file {self.path.name} is empty.", hint="Its first line names columns."))
        names = tuple(cell.strip() for cell in first[1])
        if _is_data(names):
            received = ", ".join(names[:_MOST_SHOWN]) + ", …" * (len(names) > _MOST_SHOWN)
            message = f"The first line of {self.path.name} must name the columns. Received: {received}"
            raise ExperimentError(Problem(message, hint="Put a line with a name for every column above it."))
        others = [mark for mark in DELIMITERS if mark in names[0]]
        if len(names) == 1:
            hint = f"Perhaps the cells are separated otherwise: delimiter: {shown(others[0])}" if others else None
            raise ExperimentError(Problem(f"A CSV file has two columns or more. Received: {names[0]}", hint=hint))
        return names

    def _not_csv(self, line: int, error: csv.Error) -> ExperimentError:
        message = f"The row that begins in line {line} of {self.path.name} is not CSV: {error}."
        hints = [hint for words, hint in _SYNTAX_HINTS.items() if words in str(error)]
        return ExperimentError(Problem(message, hint=hints[0] if hints else None))


@contextmanager
def open_csv(path: Path, delimiter: str = ",") -> Iterator[CsvReader]:
    """Opens a CSV file and reads its header.

    Args:
        path: the file.
        delimiter: the character between two cells.

    Raises:
        ExperimentError: there is no such file, it cannot be read or is larger than 256 MB, or has no header.
    """
    with _open(path) as stream:
        yield CsvReader(path, stream, delimiter)


def find_header_problems(reader: CsvReader) -> list[Problem]:
    """What keeps the columns from being named."""
    names = reader.names
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return [Problem(f'The column "{name}" is there twice in the header of {reader.path.name}.') for name in repeated]


def guess_delimiter(path: Path) -> str:
    """The delimiter that gives the first rows of a file equally many cells, and the most; a comma if none does better.

    Raises:
        ExperimentError: as for `open_csv`.
    """
    with _open(path) as stream:
        try:
            lines = list(islice(stream, _FIRST_LINES))
        except UnicodeDecodeError as error:
            raise _not_utf8(path) from error

    def fitness(delimiter: str) -> tuple[bool, int]:
        widths = _widths(lines, delimiter)
        return widths[0] > 1 and len(set(widths)) == 1, widths[0]

    return max(DELIMITERS, key=fitness)


def _widths(lines: Sequence[str], delimiter: str) -> list[int]:
    """How many cells each row has, the first at least; a row that may go on below the lines is left out."""
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return [0]
    return (widths[:-1] if len(lines) == _FIRST_LINES else widths) or [0]


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
    """That all words of a column are numbers written with a comma, if so it is."""
    words = [word for word in column.strays if not _is_missing(word)]
    if not words or column.numbers is not None or not all(is_number(word.replace(",", ".")) for word in words):
        return None
    line, first = column.strays[words[0]].line, shown(words[0])
    message = f'The column "{column.name}" has numbers with a comma. The first, in line {line}, is {first}.'
    return Problem(message, hint=_POINT)


def is_number(text: str) -> bool:
    """Whether the text is a finite decimal number."""
    return _as_numbers([text]) is not None


def _missing(column: CsvColumn, role: str, word: str, stray: Stray) -> Problem:
    others = f", {stray.count:,} such lines in all" if stray.count > 1 else ""
    hint = "Fill those cells, or remove those lines." if role == "target" else _HOW_TO_FILL
    if not word:
        return Problem(f'Line {stray.line} has no value in the column "{column.name}"{others}.', hint=hint)
    message = f'Line {stray.line} has no finite number in the column "{column.name}"{others}. Received: {shown(word)}'
    return Problem(message, hint=hint)


def _is_missing(word: str) -> bool:
    return word.casefold().lstrip("+-") in _MISSING or _overflows(word)


def _overflows(word: str) -> bool:
    """Whether the text is a number too large to be finite."""
    try:
        return word.isascii() and math.isinf(float(word))
    except ValueError:
        return False


def _is_data(names: Sequence[str]) -> bool:
    """Whether a first line holds cells rather than names; columns may be named 0, 1, 2, … or 1, 2, 3, …"""
    named = [name for name in names if name]
    counted = (list(map(str, range(start, start + len(named)))) for start in (0, 1))
    return all(map(is_number, named)) and named not in counted


def _open(path: Path) -> TextIO:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ExperimentError(f"The path of a CSV file leads to a folder. Received: {path}")
        if not stat.S_ISREG(status.st_mode):
            raise ExperimentError(f"A CSV file must be a plain file. Received: {path}")
        if status.st_size > MAX_BYTES:
            size = f"{status.st_size / 2**20:,.0f} MB"
            raise ExperimentError(f"A CSV file has at most {MAX_BYTES >> 20} MB. Received: {size} in {path.name}")
        return path.open(encoding="utf-8-sig", newline="")
    except (FileNotFoundError, NotADirectoryError) as error:
        name = _alike(path)
        hint = f'Did you mean "{name}"?' if name else None
        raise ExperimentError(Problem(f"There is no file {path}.", hint=hint)) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ExperimentError(f"Cannot read {path}: {reason}.") from error


def _alike(path: Path) -> str | None:
    """The file beside it that is probably meant: of the same suffix, or of the same name with another one."""
    stem, suffix = path.stem.casefold(), path.suffix.casefold()
    beside = [(name, Path(name)) for name in _neighbours(path)]
    names = [name for name, other in beside if suffix == other.suffix.casefold() or stem == other.stem.casefold()]
    close = nearest(path.stem, [Path(name).stem for name in names])
    alike = [name for name in names if Path(name).stem == close]
    return nearest(path.name, alike) or next(iter(alike), None)


def _neighbours(path: Path) -> list[str]:
    try:
        return [other.name for other in path.parent.iterdir() if other.is_file()]
    except OSError:
        return []


def _not_utf8(path: Path) -> ExperimentError:
    """Names the line and the byte, which the stream's own error counts from somewhere within the file."""
    data = path.read_bytes()
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"Line {line} of {path.name} is not text in UTF-8. Received: the byte 0x{data[error.start]:02X}"
        return ExperimentError(Problem(message, hint='Save the file as UTF-8; spreadsheets call it "CSV UTF-8".'))
    return ExperimentError(f"The file {path.name} changed while it was read.")


class _ColumnBuilder:
    """Gathers the cells of one column: as numbers while all are numbers, as words while those are few."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.numbers: array[float] | None = array("d")
        self.known: dict[str, int] = {}
        self.codes: array[int] | None = array("H")
        self.strays: dict[str, Stray] = {}

    def take(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        numbers = _as_numbers(cells)
        if numbers is None:
            self.numbers = None
            self._note_strays([cell.strip() for cell in cells], lines)
        elif self.numbers is not None:
            self.numbers.extend(numbers)
        if self.codes is not None:
            known = self.known
            self.codes.extend([known.setdefault(cell.strip(), len(known)) for cell in cells])
            if len(known) > MAX_WORDS:
                self.codes = None

    def _note_strays(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        for word, count in Counter(cells).items():
            before = self.strays.get(word)
            if before:
                self.strays[word] = Stray(before.line, before.count + count)
            elif len(self.strays) <= MAX_WORDS and not is_number(word):
                self.strays[word] = Stray(lines[cells.index(word)], count)

    def finish(self) -> CsvColumn:
        if self.numbers is not None or self.codes is None:
            return CsvColumn(self.name, self.numbers, (), array("H"), self.strays)
        words = tuple(sorted(self.known))
        position = {word: i for i, word in enumerate(words)}
        order = [position[word] for word in self.known]
        return CsvColumn(self.name, None, words, array("H", [order[code] for code in self.codes]), self.strays)


def _as_numbers(cells: Sequence[str]) -> array[float] | None:
    """The cells as numbers, or None where one is no finite decimal number; Python's `float` would take 1_0 and ٣."""
    joined = "".join(cells)
    if not joined.isascii() or "_" in joined:
        return None
    try:
        numbers = array("d", map(float, cells))
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
