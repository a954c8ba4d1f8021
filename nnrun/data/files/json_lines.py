"""The rows of a file of JSON lines: an object a line (https://jsonlines.org), in UTF-8."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from nnrun.data.files.byte_source import ByteSource
from nnrun.errors import ExperimentError, Problem, shown

if TYPE_CHECKING:  # a file that no experiment names loads no polars
    import polars as pl

_OBJECT = msgspec.json.Decoder(dict[str, Any])
_MARK = b"\xef\xbb\xbf"  # of UTF-8
_BLOCK = 2**21  # bytes that are read at a time
_LONGEST = 2**26  # bytes of a line
_HINT = 'Each line is an object in JSON, such as {"size": 3, "price": 0.5}'
_MOST_SHOWN = 60  # bytes of a line
_NESTED = {list: "a list", dict: "an object"}


@dataclass(frozen=True, eq=False)
class JsonBlock:
    """Some rows of a file.

    Args:
        name: the file's name, for messages.
        content: their lines.
        first_line: the line of the file that the first of them is, from 1.
        rows: the objects; a blank line has none.
    """

    name: str
    content: bytes
    first_line: int
    rows: list[dict[str, Any]]

    def line_of(self, row: int) -> int:
        """The line of a row."""
        return self._lines[row]

    @cached_property
    def _lines(self) -> list[int]:
        return [line for line, _ in _written(self.content, self.first_line)]

    def cells(self, column: str, *, is_text: bool) -> pl.Series:
        """The cells of a column.

        Args:
            column: its name.
            is_text: whether numbers and truth values are written as texts.

        Returns:
            String where one cell is a text, without blanks around it, else Float64; null where a cell is missing.

        Raises:
            ExperimentError: a value is a list or an object, or a number too large; with its line.
        """
        import polars as pl

        values = [row.get(column) for row in self.rows]
        kinds = set(map(type, values))
        for kind, what in _NESTED.items():
            if kind in kinds:
                line = self.line_of(next(i for i, value in enumerate(values) if type(value) is kind))
                message = f'Line {line} of {self.name} has {what} in the column "{column}".'
                hint = "A cell is a number or a text: write a key per number, or save arrays as an npz file."
                raise ExperimentError(Problem(message, hint=hint))
        if str in kinds or is_text:
            return pl.Series(column, list(map(_as_text, values)), pl.String)
        if kinds <= {float, type(None)}:
            return pl.Series(column, values, pl.Float64)
        return pl.Series(column, [self._number(column, row, value) for row, value in enumerate(values)], pl.Float64)

    def _number(self, column: str, row: int, value: Any) -> float | None:
        try:
            return None if value is None else float(value)
        except OverflowError:
            line = self.line_of(row)
            message = f'Line {line} of {self.name} has a number that is too large in the column "{column}".'
            raise ExperimentError(message) from None


def read_json_lines(source: ByteSource) -> Iterator[JsonBlock]:
    """The rows of a file, some at a time.

    Args:
        source: the bytes of the file; it is closed at the end.

    Raises:
        ExperimentError: a line is no object in JSON, or the file cannot be read; with the line.
    """
    with closing(source):
        line, rest = 1, source.read(len(_MARK)).removeprefix(_MARK)
        while chunk := source.read(_BLOCK):
            content = rest + chunk
            end = content.rfind(b"\n") + 1
            rest = content[end:]
            if end:
                yield _parsed(source.name, content[:end], line)
                line += content.count(b"\n", 0, end)
            if len(rest) > _LONGEST:
                message = f"Line {line} of {source.name} has more than {_LONGEST >> 20} MB."
                raise ExperimentError(Problem(message, hint=_HINT))
        yield _parsed(source.name, rest, line)


def _parsed(name: str, content: bytes, first_line: int) -> JsonBlock:
    rows = _decoded_lines(content)
    if rows is None:
        rows = [_object(name, line, text) for line, text in _written(content, first_line)]
    if content.count(b":") > sum(map(len, rows)):
        _refuse_repeated_keys(name, content, first_line, rows)
    return JsonBlock(name, content, first_line, rows)


def _decoded_lines(content: bytes) -> list[dict[str, Any]] | None:
    """The objects at once; None where they are to be read line by line, as one is none or a line is blank."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        rows = _OBJECT.decode_lines(content)
        if len(rows) == content.rstrip(b"\n").count(b"\n") + 1:  # it takes several objects in a line, too
            return rows
    return None


def _refuse_repeated_keys(name: str, content: bytes, first_line: int, rows: list[dict[str, Any]]) -> None:
    """Refuses an object with a key twice, of which msgspec takes the last one."""
    are_alike = all(row.keys() == rows[0].keys() for row in rows)  # as most are, which is faster to count
    known = dict.fromkeys(rows[0], len(rows)) if are_alike else Counter(key for row in rows for key in row)
    suspects = [written for key, count in known.items() if content.count(written := msgspec.json.encode(key)) > count]
    for line, text in _written(content, first_line) if suspects else ():
        if any(text.count(written) > 1 for written in suspects):
            keys = Counter(key for key, _ in json.loads(text, object_pairs_hook=list, parse_int=str))
            repeated = next((key for key in keys if keys[key] > 1), None)
            if repeated is not None:
                message = f"Line {line} of {name} has the key {shown(repeated)} {keys[repeated]} times."
                raise ExperimentError(Problem(message, hint="An object has each key once."))


def _written(content: bytes, first_line: int) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank."""
    for line, text in enumerate(content.split(b"\n"), first_line):
        if text and not text.isspace():
            yield line, text


def _object(name: str, line: int, text: bytes) -> dict[str, Any]:
    try:
        text.decode()  # msgspec tells it in one way or the other, depending on its version
        return _OBJECT.decode(text)
    except UnicodeDecodeError as error:
        message = f"Line {line} of {name} is not text in UTF-8."
        raise ExperimentError(Problem(message, hint="Save the file as UTF-8.")) from error
    except (msgspec.DecodeError, RecursionError) as error:
        reason = str(error).split(" - ")[0].rstrip(".")
        received = shown(text[:_MOST_SHOWN].decode(errors="replace").strip())
        message = f"Line {line} of {name} is no object in JSON: {reason}. Received: {received}"
        raise ExperimentError(Problem(message, hint=_HINT)) from error


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    return str(value).lower() if isinstance(value, bool) else str(value)
