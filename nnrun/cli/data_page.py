"""Data as a page of text: what `nnrun data` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nnrun.cli.fitting_table import fitting_table
from nnrun.cli.terminal import paragraph
from nnrun.data.profile.data_profile import WHOLE
from nnrun.errors import listed, printable
from nnrun.number_text import is_noise, short

if TYPE_CHECKING:
    from nnrun.data.profile.column_profile import ColumnProfile
    from nnrun.data.profile.data_profile import ClassCounts, DataProfile
    from nnrun.data.profile.row_cells import RowCells

_MOST_CLASSES = 20  # in a table
_MOST_COLUMNS = 40  # in the table of columns
_NAMED = 3  # texts of a column
_NONE = "No suspicious columns or rows."


@dataclass(frozen=True)
class FirstRows:
    """The first rows of a part.

    Args:
        part: its name.
        rows: how many rows it has.
        raw: the first of them in the data's own units.
        prepared: the same as the network receives them; None where that is no other.
    """

    part: str
    rows: int
    raw: RowCells
    prepared: RowCells | None = None


@dataclass(frozen=True)
class DataPage:
    """What a page shows.

    Args:
        file: the file as the user named it.
        profile: the profile of its data.
        first: the first rows of each part.
        notes: what else is to be said, a sentence each.
    """

    file: str
    profile: DataProfile
    first: Sequence[FirstRows]
    notes: Sequence[str] = field(default=())


def data_page(page: DataPage, room: int | None) -> str:
    """The page as text, without a line end.

    Args:
        page: what it shows.
        room: how many cells wide it may be; None for any width.
    """
    profile = page.profile
    sections = [
        _title(page, room),
        _columns(profile.columns, room),
        *(_classes(one, room) for one in profile.classes),
        *(section for first in page.first for section in _first_rows(first, room)),
        _checks(profile, room),
        [line for note in page.notes for line in paragraph(printable(note), room)],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def _title(page: DataPage, room: int | None) -> list[str]:
    rows = page.profile.rows
    title = paragraph(printable(f"{page.file}: {_count(sum(rows.values()), 'row')}"), room)
    if WHOLE in rows:
        return title
    whole = max(sum(rows.values()), 1)
    parts = [(name, count, f"{count / whole:.1%}") for name, count in rows.items()]
    return [*title, "", *_table(("part", "rows", "share"), parts, room)]


def _table(
    header: Sequence[str], rows: Sequence[Sequence[object]], room: int | None, removable: Sequence[int] | None = None
) -> list[str]:
    lines, hidden = fitting_table(header, rows, room, removable, exact=True)
    if hidden:
        lines += paragraph(f"Not shown for lack of room: {listed(hidden, 6)}. --format json has all.", room)
    return lines


def _columns(columns: Sequence[ColumnProfile], room: int | None) -> list[str]:
    header = ("column", "role", "type", "range", "missing", "distinct", "mean", "std")
    rows = [_column(column) for column in columns[:_MOST_COLUMNS]]
    lines = _table(header, rows, room, [7, 6, 5, 1, 4, 3, 2])
    more = len(columns) - len(rows)
    return [*lines, *(paragraph(f"… and {_count(more, 'column')} more (--format json has all)", room) if more else ())]


def _column(column: ColumnProfile) -> tuple[object, ...]:
    kind = f"{column.kind} {'×'.join(map(str, column.shape))}" if column.shape != (1,) else column.kind
    numbers = (_mean(column), column.deviation)
    return (column.name, column.role, kind, _range(column), column.missing, column.distinct, *numbers)


def _mean(column: ColumnProfile) -> float | None:
    """The mean, 0 where it is nothing but rounding beside the deviation."""
    if column.mean is None or column.deviation is None:
        return column.mean
    return 0.0 if is_noise(column.mean, column.deviation) else column.mean


def _range(column: ColumnProfile) -> str | None:
    if column.minimum is None or column.maximum is None:
        return listed([name for name, _ in column.frequent], _NAMED) if column.frequent else None
    return f"{short(column.minimum)} … {short(column.maximum)}"


def _classes(counts: ClassCounts, room: int | None) -> list[str]:
    """The rows of each class; of many classes the largest and the smallest."""
    totals, parts = counts.totals, counts.counts
    order = sorted(range(len(totals)), key=lambda i: -totals[i]) if len(totals) > _MOST_CLASSES else range(len(totals))
    shown = (
        list(order) if len(totals) <= _MOST_CLASSES else [*order[: _MOST_CLASSES // 2], *order[-_MOST_CLASSES // 2 :]]
    )
    whole = max(sum(totals), 1)
    rows = [(counts.classes[i], *(part[i] for part in parts.values()), f"{totals[i] / whole:.1%}") for i in shown]
    lines = _table((f"{counts.target}", *parts, "share"), rows, room)
    more = len(totals) - len(shown)
    return [*lines, *([f"… and {more:,} classes between these"] if more else [])]


def _first_rows(first: FirstRows, room: int | None) -> Iterator[list[str]]:
    shown = len(first.raw.rows)
    if not shown:
        return
    count = (
        f"all {_count(first.rows, 'row')}" if shown == first.rows else f"first {shown} of {_count(first.rows, 'row')}"
    )
    yield [*paragraph(f"{first.part}, {count}", room), *_cells(first.raw, room, exact=True)]
    if first.prepared is not None:
        computed = _cells(first.prepared, room, exact=False)
        yield [*paragraph(f"{first.part}, as the network receives it", room), *computed]


def _cells(cells: RowCells, room: int | None, *, exact: bool) -> list[str]:
    lines, hidden = fitting_table(cells.header, cells.rows, room, range(cells.inputs, 0, -1), exact=exact)
    more = f"… and {_count(len(hidden), 'more column')} (--format json has all)"
    return [*lines, *(paragraph(more, room) if hidden else ())]


def _checks(profile: DataProfile, room: int | None) -> list[str]:
    facts = [f"{_count(profile.repeated, 'row')} equal to an earlier one"] if profile.repeated else []
    facts += [f"{_count(n, f'{part} row')} also in the training set" for part, n in profile.shared.items() if n]
    lines = paragraph(f"{'; '.join(facts)}.", room) if facts else []
    if not profile.suspicions:
        return [*lines, _NONE]
    lines += ["Check before training:"]
    inner = None if room is None else max(20, room - 2)
    for one in profile.suspicions:
        text = printable(f"{one.kind}: {one.message} {one.remedy}")
        lines += [f"  {line}" for line in paragraph(text, inner, indent="  ")]
    return lines


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
