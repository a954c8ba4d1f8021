"""The text of a CSV file as blocks of whole rows, in UTF-8, so that no file is held as a whole."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from nnrun.data.files.byte_source import ByteSource
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.second_look import SecondLook
from nnrun.errors import ExperimentError, Problem

BLOCK = 2**21  # bytes
MOST_IN_A_LINE = 2**26  # bytes
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Block:
    """Whole rows of a file.

    Args:
        content: their lines, UTF-8.
        first_line: the line of the file that the first of them is, from 1.
    """

    content: bytes
    first_line: int


def read_blocks(source: ByteSource, form: CsvForm, size: int = BLOCK) -> Generator[Block, None, None]:
    """The blocks of a file.

    Args:
        source: the bytes of the file; it is closed at the end.
        form: how it is written.
        size: about how many bytes a block has.

    Raises:
        ExperimentError: the bytes are no text in the encoding of the form; with the line.
    """
    with closing(source):
        line, rest, quote = 1, b"", form.quote.encode()
        for chunk in _texts(source, form, size):
            content = rest + chunk
            end = _whole_rows(content, quote)
            if not end and (len(content) > 2 * size or not chunk) and b"\n" in content:
                end = _rows_by_csv(source.name, content, form, line)
            if not end and len(content) > MOST_IN_A_LINE:
                message = f"Line {line} of {source.name} has more than {MOST_IN_A_LINE >> 20} MB without an end."
                raise ExperimentError(Problem(message, hint="A CSV file has a line for each row."))
            if end:
                yield _checked(source.name, Block(content[:end], line), form)
                line += count_lines(content[:end])
            rest = content[end:]
        if rest:
            yield _checked(source.name, Block(rest, line), form)


def count_lines(content: bytes) -> int:
    """How many line ends there are: \\n, \\r\\n or \\r."""
    bare = content.count(b"\r") - content.count(b"\r\n") if b"\r" in content else 0
    return content.count(b"\n") + bare


def _whole_rows(content: bytes, quote: bytes) -> int:
    """The end of the last line after which no quote is open; 0 where there is none."""
    end = content.rfind(b"\n") + 1
    if not quote or quote not in content:
        return end
    is_open = content.count(quote, 0, end) % 2
    while is_open and end:
        before = content.rfind(b"\n", 0, end - 1) + 1
        is_open ^= content.count(quote, before, end) % 2
        end = before
    return end


def _rows_by_csv(name: str, content: bytes, form: CsvForm, line: int) -> int:
    """The end of the last row but one by Python's csv module, for quotes that stand within cells."""
    look, ends = SecondLook(name, content, form, line), [0, 0]
    try:
        for _ in look.rows():
            ends = [ends[1], look.taken]
    except ExperimentError as error:
        if any("unexpected end of data" in problem.message for problem in error.problems):
            return ends[1]  # the rest continues in the next block
        raise
    return ends[0]


def _texts(source: ByteSource, form: CsvForm, size: int) -> Iterator[bytes]:
    """The bytes of the file in UTF-8, without a byte order mark, the line ends of old Macintosh files replaced."""
    decoder = None if _is_utf8(form) else codecs.getincrementaldecoder(form.encoding)()
    ends, line = b"", 1
    while True:
        stored = source.read(size)
        content = stored
        if decoder:
            try:
                content = decoder.decode(stored, final=not stored).encode()
            except UnicodeDecodeError as error:
                raise _wrong_byte(source.name, line, error, form) from error
            line += count_lines(content)
        if not ends:
            if stored.startswith(_UTF16) and _is_utf8(form):
                hint = "Add to the arguments: encoding: utf-16"
                raise ExperimentError(Problem(f"{source.name} is text in UTF-16, not in UTF-8.", hint=hint))
            content = content.removeprefix(codecs.BOM_UTF8)
            ends = b"\r" if b"\n" not in content and b"\r" in content[:-1] else b"\n"
        yield content if ends == b"\n" else content.replace(b"\r", b"\n")
        if not stored:
            return


def _checked(name: str, block: Block, form: CsvForm) -> Block:
    """The block, refused where it is no text."""
    if b"\0" in block.content:
        before = block.content[: block.content.index(b"\0")]
        line, column = block.first_line + count_lines(before), len(before) - before.rfind(b"\n")
        hint = None if not _is_utf8(form) else "If the file is text in UTF-16, add to the arguments: encoding: utf-16"
        raise ExperimentError(Problem(f"Line {line} of {name} is not text: its byte {column} is 0.", hint=hint))
    if not block.content.isascii():
        try:
            block.content.decode()
        except UnicodeDecodeError as error:
            raise _wrong_byte(name, block.first_line, error, form) from error
    return block


def _is_utf8(form: CsvForm) -> bool:
    return codecs.lookup(form.encoding).name == "utf-8"


def _wrong_byte(name: str, first_line: int, error: UnicodeDecodeError, form: CsvForm) -> ExperimentError:
    """Names the line and the byte."""
    line = first_line + count_lines(error.object[: error.start])
    encoding = "UTF-8" if _is_utf8(form) else form.encoding
    received = f"Received: the byte 0x{error.object[error.start]:02X}"
    message = f"Line {line} of {name} is not text in {encoding}. {received}"
    hint = (
        'Save the file as UTF-8; spreadsheets call it "CSV UTF-8". Or name its encoding, such as: encoding: cp1252'
        if _is_utf8(form)
        else "Name the encoding that the file was saved in, such as: encoding: utf-8"
    )
    return ExperimentError(Problem(message, hint=hint))
