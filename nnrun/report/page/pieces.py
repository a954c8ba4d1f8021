"""The pieces that the parts of every report are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from nnrun.html.frame import escaped
from nnrun.report.page.yaml_colors import colored_yaml

# The most characters of a cell.
_MOST_CHARACTERS = 120


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


def lead(name: str, status: str, facts: Sequence[str], reason: str | None = None) -> str:
    """The name at the top of a page, and how what it tells of ended.

    Args:
        name: of the experiment.
        status: completed, failed, interrupted or running.
        facts: what stands beside the status; empty ones are left out.
        reason: why it ended so.
    """
    look = {"completed": "good", "failed": "bad", "interrupted": "bad"}.get(status, "faint")
    told = escaped(" · ".join(filter(None, facts)))
    why = f'<p class="lead"><bdi>{escaped(reason)}</bdi></p>' if reason else ""
    return (
        f"<h1><bdi>{escaped(name)}</bdi></h1>\n"
        f'<p class="lead"><span class="{look}">{escaped(status)}</span> · {told}</p>\n'
        f"{why}"
    )


def section(title: str, *content: str) -> str:
    """A titled part; empty without content."""
    inner = "\n".join(filter(None, content))
    return f"<section>\n<h2>{escaped(title)}</h2>\n{inner}\n</section>" if inner else ""


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]], look: str = "numbers") -> str:
    """A table of texts, wide ones with a scroll bar of their own."""
    head = f"<thead><tr>{''.join(map(_head, header))}</tr></thead>" if header else ""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="wide"><table class="{look}">{head}<tbody>{body}</tbody></table></div>'


def _head(text: str) -> str:
    return f"<th><bdi>{escaped(short(text))}</bdi></th>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f'<td><a href="{escaped(quote(cell.address))}"><bdi>{escaped(short(cell.text))}</bdi></a></td>'
    return f"<td><bdi>{escaped(short(cell))}</bdi></td>"


def short(text: str) -> str:
    """A text cut to what has room in a cell."""
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def asked_file(text: str) -> str:
    """An experiment file, highlighted; empty where there is none."""
    return f"<pre>{colored_yaml(text)}</pre>" if text else ""


def facts_table(facts: Mapping[str, object]) -> str:
    """A line for each fact that is known."""
    rows = [(name, str(value)) for name, value in facts.items() if value not in (None, "")]
    return table((), rows, "facts")


def code(text: str) -> str:
    """A text of lines in the letters of programs."""
    rows = "".join(f'<span class="row">{escaped(line)}\n</span>' for line in text.splitlines())
    return f"<pre>{rows}</pre>"


def plain(cell: str, digits: int = 6) -> str:
    """A number with at most so many digits, a whole number and any other text as they are."""
    try:
        return cell if cell.lstrip("-").isdecimal() else f"{float(cell):.{digits}g}"
    except ValueError:
        return cell


def number(value: float | None) -> str:
    """A number with at most six digits."""
    return "–" if value is None else f"{value:.6g}"


def moment(when: datetime) -> str:
    """A moment to the second."""
    return when.isoformat(" ", "seconds")
