"""The place of a cell in the text of a CSV file."""

from __future__ import annotations

import io
import re
from itertools import islice

from nnrun.data.files.byte_source import ByteSource
from nnrun.data.files.csv_blocks import count_lines, read_blocks
from nnrun.data.files.csv_form import CsvForm
from nnrun.errors import Place


def cell_place(source: str, text: str, form: CsvForm, line: int, position: int = 0) -> Place:
    """The place of a cell.

    Args:
        source: the file as the user named it.
        text: the line in which its row begins.
        form: how the file is written.
        line: the number of that line, from 1.
        position: the position of the cell in its row, from 0; the row's beginning where the row has no such cell there,
            as after a cell of several lines.
    """
    if form.delimiter == " ":
        starts = [match.start() for match in re.finditer(r"\S+", text)]
    else:
        starts = _starts(text, re.escape(form.delimiter), re.escape(form.quote))
    start = starts[position] if position < len(starts) else 0
    blanks = len(text[start:]) - len(text[start:].lstrip())
    return Place(source, line, start + blanks + 1, text)


def line_text(source: ByteSource, form: CsvForm, line: int) -> str:
    """A line of a file without its end; empty where there is no such line."""
    for block in read_blocks(source, form):
        within = line - block.first_line
        if within < count_lines(block.content) or not block.content.endswith(b"\n"):
            lines = io.TextIOWrapper(io.BytesIO(block.content), encoding="utf-8", newline="")
            return next(islice(lines, within, None), "").rstrip("\r\n")
    return ""


def _starts(text: str, mark: str, quote: str) -> list[int]:
    """Where the cells of a line begin."""
    quoted = rf"\s*{quote}(?:[^{quote}]|{quote}{quote})*{quote}[^{mark}]*|" if quote else ""
    cell = re.compile(rf"{quoted}[^{mark}]*")
    starts, end = [0], 0
    while (match := cell.match(text, end)) and match.end() < len(text):
        end = match.end() + 1
        starts.append(end)
    return starts
