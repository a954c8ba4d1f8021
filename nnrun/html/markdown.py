"""GitHub-flavoured Markdown: texts, code, tables and pictures, in which nothing of a text is taken for markup.

The rules are those of https://github.github.com/gfm/; GitHub also makes links of names after `@` and of numbers after
`#`, which an empty comment prevents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from nnrun.errors import printable

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$]")
_LINKS = re.compile(r"(?<=[@#])|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
# A list, a line, or the underline of a heading.
_BLOCK = re.compile(r"[-+=](?=[ =-]|$)|(?<=\d)[.)](?= |$)")
_TICKS = re.compile("`+")
_LONGEST_CELL = 120


def escaped(text: str) -> str:
    """A text on one line."""
    shown = _LINKS.sub("\0", _one_line(text))
    shown = _MARKUP.sub(r"\\\g<0>", shown)
    number = re.match(r"\d*", shown)
    start = number.end() if number else 0
    if _BLOCK.match(shown, start):
        shown = f"{shown[:start]}\\{shown[start:]}"
    return shown.replace("\0", "<!-- -->")


def code(text: str) -> str:
    """A text on one line as code; empty for an empty text."""
    shown = _one_line(text)
    if not shown:
        return ""
    fence = "`" * (1 + max(map(len, _TICKS.findall(shown)), default=0))
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def code_block(text: str, language: str = "") -> list[str]:
    """The lines of a text as code.

    Args:
        text: any number of lines.
        language: what its colours follow, such as `yaml`.
    """
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return [f"{fence}{language}", *(printable(line) for line in text.splitlines()), fence]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, codes: int = 0, numbers: bool = True) -> list[str]:
    """The lines of a table, long cells cut.

    Args:
        header: the names of its columns.
        rows: its rows.
        codes: how many columns, from the left, hold code.
        numbers: whether the columns after the first hold numbers, which are aligned on the right.
    """
    aligned = ["---", *("---:" if numbers else "---" for _ in header[1:])]
    lines = [[escaped(_cut(text)) for text in header], aligned]
    for row in rows:
        cells = [_cut(cell) for cell in row]
        # Within a table, a bar in code needs a backslash too.
        lines.append([code(cell).replace("|", "\\|") for cell in cells[:codes]] + [*map(escaped, cells[codes:])])
    return [f"| {' | '.join(line)} |" for line in lines]


def picture(caption: str, address: str) -> str:
    """A picture.

    Args:
        caption: what it shows.
        address: its path relative to the page.
    """
    return f"![{escaped(caption)}]({quote(address)})"


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
