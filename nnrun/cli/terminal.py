"""What a terminal can show: plain text or more, and tables and paragraphs of its width."""

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
    """Whether a stream takes only plain text: it is closed or no capable terminal, or NO_COLOR or CI is set."""
    return (
        stream is None
        or not stream.isatty()
        or bool({"NO_COLOR", "CI"} & set(os.environ))
        or os.environ.get("TERM") == "dumb"
    )


def terminal_width() -> int | None:
    """The columns of the terminal; None if the output is a file or a pipe, which takes lines of any length."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return None


def table(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """The lines of a table; its cells wrap if the rows would be wider than `width`.

    Args:
        rows: the rows, each with the same number of cells.
        width: the maximum length of a line, or None for any length.
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
    """The lines of a text; those after the first have an indent."""
    if width is None:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _column_widths(rows: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """The columns as wide as their longest cells; if that is too wide, the widest columns shrink first."""
    widths = [max(1, *(len(cell) for cell in column)) for column in zip(*rows, strict=True)]
    while width is not None and sum(widths) + _GAP * (len(widths) - 1) > width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths
