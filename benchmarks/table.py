"""Tables as text for the terminal or as Markdown for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

FORMATS = ("text", "markdown")


@dataclass
class Table:
    """A table with a line of text above it.

    Args:
        title: what the table shows.
        header: the names of the columns; the first column is aligned left, the others right.
        rows: the cells.
    """

    title: str
    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def render(self, style: str) -> str:
        """The table in one of `FORMATS`."""
        return self._markdown() if style == "markdown" else self._text()

    def _markdown(self) -> str:
        rule = [" --- ", *(" ---: " for _ in self.header[1:])]
        lines = [f"| {' | '.join(cells)} |" for cells in (self.header, *self.rows)]
        return "\n".join([self.title, "", lines[0], f"|{'|'.join(rule)}|", *lines[1:], ""])

    def _text(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.header, *self.rows, strict=True)]

        def line(cells: Sequence[str]) -> str:
            first, *others = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
            return "  ".join([cells[0].ljust(len(first)), *others])

        rule = ["-" * width for width in widths]
        return "\n".join([self.title, "", *map(line, (self.header, rule, *self.rows)), ""])


def milliseconds(seconds: float | None) -> str:
    """Three digits of a time, in milliseconds."""
    return "–" if seconds is None else _three_digits(1000 * seconds)


def ratio(value: float | None) -> str:
    """Three digits of a ratio."""
    return "–" if value is None else _three_digits(value)


def at_least(value: float | None, bound: float) -> str:
    """The target of a ratio, and whether it is missed."""
    return "–" if value is None else f"≥ {bound:,g}{'' if value >= bound else ' (missed)'}"


def at_most(value: float | None, bound: float) -> str:
    """The target of a ratio, and whether it is missed."""
    return "–" if value is None else f"≤ {bound:g}{'' if value <= bound else ' (missed)'}"


def _three_digits(value: float) -> str:
    """1,234 · 123 · 12.3 · 1.23 · 0.0123."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"
