"""What stands in the cells of a report's tables: texts, links, and numbers as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nnrun.number_text import short


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere.

    Args:
        text: the text.
        address: a path relative to the page.
    """

    text: str
    address: str


Cell = str | Link


@dataclass(frozen=True)
class PageTable:
    """A table with what is to be said below it."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def plain(cell: str, digits: int = 6) -> str:
    """A number with at most so many digits, a whole number and any other text as they are."""
    try:
        return cell if cell.lstrip("-").isdecimal() else short(float(cell), digits)
    except ValueError:
        return cell


def number(value: float | None) -> str:
    """A number with at most six digits; a dash where there is none."""
    return "–" if value is None else short(value, 6)


def moment(when: datetime | None) -> str:
    """A moment to the second; empty where there is none."""
    return when.isoformat(" ", "seconds") if when else ""
