"""Which runs and which of their fields a list shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.experiment.metric_direction import larger_is_better
from nnrun.store.collection import newest_runs, read_runs
from nnrun.store.differences import differing_paths, settings_of
from nnrun.store.query import parse_query
from nnrun.store.stored_run import StoredRun

STARTED = "started"
AGE = "age"

_MOST_METRICS = 4
_MOST_SETTINGS = 4
_FACTS = ("name", "status", AGE, "epochs")
# Settings that follow from others, or say nothing of what was trained.
_INCIDENTAL = ("predict", "expect", "callbacks", "metrics")


@dataclass(frozen=True)
class Selection:
    """Which runs of a folder are listed, and in which order.

    Args:
        where: a condition on their fields; None for all runs.
        sort: the field, `age` or `started` to sort by: a metric with its best value first, anything else with its
            smallest value first; None for the newest run first.
        last: how many of the newest runs; None for all.
        status: one of these states; empty for any.
        tags: all of these tags.
    """

    where: str | None = None
    sort: str | None = None
    last: int | None = None
    status: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListedRun:
    """A run with its fields, read once."""

    run: StoredRun
    fields: dict[str, Any]


def select_runs(runs_dir: Path, selection: Selection) -> tuple[list[ListedRun], int]:
    """The selected runs in their order, and how many older ones were left out because of `last`.

    Raises:
        ExperimentError: the condition is not valid, or no run has the field to sort by.
        StorageError: the folder cannot be read.
    """
    if selection == Selection(last=selection.last):
        newest, older = newest_runs(runs_dir, selection.last)
        return [ListedRun(run, run.fields()) for run in newest], older
    runs = read_runs(runs_dir)
    found = [ListedRun(run, run.fields()) for run in runs]
    known = dict.fromkeys(name for row in found for name in row.fields)
    found = [row for row in found if _has_tags(row.run, selection.tags)]
    if selection.status:
        found = [row for row in found if row.fields["status"] in selection.status]
    if selection.where is not None and known:
        query = parse_query(selection.where, known)
        found = [row for row in found if query.holds(row.fields)]
    newest_rows = found[: selection.last]
    return _sorted(newest_rows, selection.sort, list(known)), len(found) - len(newest_rows)


def _has_tags(run: StoredRun, tags: Sequence[str]) -> bool:
    return all(tag in run.annotations.tags for tag in tags)


def _sorted(rows: list[ListedRun], name: str | None, known: Sequence[str]) -> list[ListedRun]:
    if name is None or not known:
        return rows
    if name in (AGE, STARTED):
        return rows if name == AGE else rows[::-1]  # the newest is the first already
    if name not in known:
        hint = did_you_mean(name, [*known, AGE, STARTED]) or "nnrun show RUN lists the metrics and settings of a run."
        raise ExperimentError(Problem(f'No run has "{name}" to sort by.', hint=hint))
    metrics = {metric for row in rows if row.run.summary for metric in row.run.summary.final_metrics}
    descending = name.removeprefix("best.") in metrics and larger_is_better(name)
    with_value = [row for row in rows if row.fields.get(name) is not None]
    without = [row for row in rows if row.fields.get(name) is None]
    return [*sorted(with_value, key=lambda row: _order(row.fields[name]), reverse=descending), *without]


def _order(value: Any) -> tuple[int, float, str]:
    """Numbers before texts."""
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value))


def default_columns(rows: Sequence[ListedRun]) -> list[str]:
    """The columns of a list: facts, the metrics that the runs share, the settings in which they differ.

    Args:
        rows: the shown runs.
    """
    finished = [row for row in rows if row.run.summary and row.run.summary.final_metrics]
    facts = [name for name in _FACTS if name in ("name", AGE) or any(row.fields.get(name) is not None for row in rows)]
    tags = ["tags"] if any(row.fields["tags"] for row in rows) else []
    return [*facts, *tags, *shared_metrics(finished)[:_MOST_METRICS], *differing_settings(finished)[:_MOST_SETTINGS]]


def all_columns(rows: Sequence[ListedRun]) -> list[str]:
    """Every field that one of the runs has, and when it started."""
    return [*dict.fromkeys(("name", "status", STARTED, *(name for row in rows for name in row.fields)))]


def known_columns(columns: Sequence[str], rows: Sequence[ListedRun]) -> list[str]:
    """The columns by their names, each of which one of the runs has.

    Raises:
        ExperimentError: none of the runs has one of them.
    """
    known = [*all_columns(rows), AGE]
    for column in columns:
        if rows and column not in known:
            hint = did_you_mean(column, known) or "nnrun show RUN lists the metrics and settings of a run."
            raise ExperimentError(Problem(f'No run has "{column}" to show.', hint=hint))
    return list(columns)


def shared_metrics(rows: Sequence[ListedRun]) -> list[str]:
    """The final metrics that all of the runs have, those of the validation set first where there is one."""
    names = [list(row.run.summary.final_metrics) for row in rows if row.run.summary]
    shared = [name for name in (names[0] if names else ()) if all(name in other for other in names)]
    return sorted(shared, key=lambda name: not name.startswith("val_"))


def differing_settings(rows: Sequence[ListedRun]) -> list[str]:
    """The fields of the settings that all runs have and in which they differ, but those that are only a consequence."""
    runs = [row.run for row in rows]
    settings = [settings_of(run) for run in runs]
    return [
        runs[0].field_of(path)
        for path in differing_paths(runs)
        if path.partition(".")[0] not in ("epochs", *_INCIDENTAL) and all(path in other for other in settings)
    ]


def value_of(row: ListedRun, column: str, now: datetime) -> Any:
    """The value of a column; None where the run does not have it.

    Args:
        row: the run.
        column: the name of a field, `age` in words, or `started`.
        now: the current time, with its offset from UTC.
    """
    if row.run.summary is not None and column in (AGE, STARTED):
        started = row.run.summary.started
        return age_in_words((now - started).total_seconds()) if column == AGE else started.isoformat()
    return row.fields.get(column)


def age_in_words(seconds: float) -> str:
    """A duration by its largest unit, such as `3 min`.

    Args:
        seconds: at least 0.
    """
    for size, unit in ((86400 * 365, "y"), (86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"
