"""What a terminal has room for: whether more than plain text, tables and paragraphs as wide as it is."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from typing import TextIO

_GAP = 2


def is_plain(stream: TextIO | None) -> bool:
    """Whether a stream takes plain text alone: it is closed, no terminal, or a dumb one, or NO_COLOR or CI says so."""
    return (
        stream is None
        or not stream.isatty()
        or bool({"NO_COLOR", "CI"} & set(os.environ))
        or os.environ.get("TERM") == "dumb"
    )


def terminal_width() -> int | None:
    """The columns of the terminal; None where the output is a file or a pipe, which takes lines of any length."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return None


def table(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """The lines of a table; its cells wrap where the rows would be wider than `width`.

    Args:
        rows: the rows, each with the same number of cells.
        width: the most columns of the terminal that a line takes, or None for any number.
    """
    widths = _column_widths(rows, width)
    lines = []
    for row in rows:
        cells = [textwrap.wrap(cell, room) or [""] for cell, room in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = (f"{part:<{room + _GAP}}" for part, room in zip(parts, widths, strict=True))
            lines.append("".join(padded).rstrip())
    return lines


def paragraph(text: str, width: int | None, indent: str = "") -> list[str]:
    """The lines of a text, those after the first with an indent."""
    if width is None:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _column_widths(rows: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """The columns as wide as their longest cells; if that is too much, the widest give way first."""
    widths = [max(1, *(len(cell) for cell in column)) for column in zip(*rows, strict=True)]
    while width is not None and sum(widths) + _GAP * (len(widths) - 1) > width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths
