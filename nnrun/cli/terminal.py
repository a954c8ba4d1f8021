"""What a terminal can show: plain text or more, and tables and paragraphs of its width."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TextIO

GAP = 2
# Behind what joins the names of a path, such as those of layers.0.kernel_initializer; not within a number.
_JOINTS = r"(?<=[\w./][-._/])(?=[^\W\d_])"

# Values of CI and FORCE_COLOR that mean no, as build servers and users write them.
_NO = ("", "0", "false", "no")


def is_ci() -> bool:
    """Whether a build server runs the command: CI is set, and not to a word for no."""
    return _is_on("CI")


def is_plain(stream: TextIO | None) -> bool:
    """Whether a stream takes only lines, none that moves: it is no capable terminal, or for CI, or without colors."""
    return stream is None or not stream.isatty() or is_ci() or _is_without_color() or os.environ.get("TERM") == "dumb"


def is_styled(stream: TextIO | None) -> bool:
    """Whether text on a stream has colors and styles: on a capable terminal, or wherever FORCE_COLOR wants them.

    NO_COLOR, of whatever value that is not empty (https://no-color.org), counts before FORCE_COLOR.
    """
    return not is_plain(stream) or (stream is not None and _is_on("FORCE_COLOR") and not _is_without_color())


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "").lower() not in _NO


def _is_without_color() -> bool:
    return os.environ.get("NO_COLOR", "") != ""


def terminal_width(stream: TextIO | None = None) -> int | None:
    """The columns of the terminal; None if the output is a file or a pipe, which takes lines of any length.

    Args:
        stream: where the output goes; by default standard output.
    """
    stream = stream or sys.stdout
    if "COLUMNS" in os.environ:
        import shutil

        return shutil.get_terminal_size().columns
    try:
        return os.get_terminal_size(stream.fileno()).columns or None if stream.isatty() else None
    except (OSError, ValueError):  # a stream that is closed, or has no file
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
        cells = [_wrapped(cell, room) or [""] for cell, room in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = (f"{part:<{room + GAP}}" for part, room in zip(parts, widths, strict=True))
            lines.append("".join(padded).rstrip())
    return lines


def paragraph(text: str, width: int | None, indent: str = "") -> list[str]:
    """The lines of a text; those after the first have an indent."""
    if width is None:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _wrapped(cell: str, room: int) -> list[str]:
    """The lines of a cell, all with its indent; words that are too long are broken at their joints."""
    text = cell.lstrip()
    indent = cell[: len(cell) - len(text)][: room - 1]
    left = room - len(indent)
    broken = re.sub(rf"\S{{{left + 1},}}", lambda word: " ".join(_pieces(word[0], left)), text)
    return [indent + line for line in textwrap.wrap(broken, left, break_on_hyphens=False)]


def _pieces(word: str, room: int) -> Iterator[str]:
    """A word broken before the value of a setting, which is never broken if it fits, then between names."""
    for part in re.split("(?<==)", word, maxsplit=1):
        rest = part
        while len(rest) > room:
            end = max((joint.start() for joint in re.finditer(_JOINTS, rest[: room + 1])), default=room)
            yield rest[:end]
            rest = rest[end:]
        yield rest


def _longest_part(cell: str, pattern: str) -> int:
    """The length of the longest part of a cell, the first one with its indent, which a line break would drop."""
    text = cell.lstrip()
    first, *others = re.split(pattern, text)
    return max(len(cell) - len(text) + len(first), *map(len, others), 0)


def _column_widths(rows: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """The columns as wide as their longest cells; if that is too wide, the widest shrink first, words last."""
    columns = list(zip(*rows, strict=True))
    widths = [max(1, *map(len, column)) for column in columns]
    if width is None:
        return widths
    room = width - GAP * (len(widths) - 1)
    # Neither whole words nor, before they are broken, settings and their names.
    for pattern in (r"\s", r"\s|(?<==)", rf"\s|(?<==)|{_JOINTS}", "(?s:.)"):
        least = [max(1, *(_longest_part(cell, pattern) for cell in column)) for column in columns]
        while sum(widths) > room and (free := [i for i, size in enumerate(widths) if size > least[i]]):
            widths[max(free, key=lambda i: widths[i])] -= 1
    return widths
