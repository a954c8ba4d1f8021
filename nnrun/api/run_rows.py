"""`nnrun.runs`: the runs of a folder as rows for a data frame."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from nnrun.api.refused_arguments import refuse_count, refuse_unknown
from nnrun.api.stored import AnyPath, folder_of_runs
from nnrun.errors import ExperimentError, Problem
from nnrun.store.states import STATES


def runs(
    where: str | None = None,
    *,
    sort: str | None = None,
    last: int | None = None,
    status: str | Sequence[str] = (),
    tags: str | Sequence[str] = (),
    runs_dir: AnyPath | None = None,
) -> list[dict[str, Any]]:
    """The runs of a folder, a flat mapping each, as `pandas.DataFrame` and others take them.

    Args:
        where: a condition, such as `"val_loss < 0.1 and optimizer.learning_rate == 0.01"`.
        sort: a metric, whose best value comes first, or another column; by default the newest run comes first.
        last: how many of the newest runs; by default all.
        status: a state such as `completed`, or several; any by default.
        tags: a tag that they must have, or several.
        runs_dir: the folder of all runs; by default `NNRUN_RUNS_DIR`, else `runs`.

    Returns:
        A row per run with the same columns: `name`, `status`, `started`, `path`, facts, settings and final metrics by
        their names, best metrics as `best.METRIC`; None where a run does not have one.

    Raises:
        ExperimentError: the condition is not valid, or no run has the column to sort by.
        UsageError: there is no such state, or `last` is no number of runs.
        StorageError: the folder cannot be read.
    """
    from nnrun.store.listing import STARTED, Selection, all_columns, select_runs

    refuse_count("last", last, 0)
    selection = Selection(where, sort, last, _states(status), _several(tags))
    with _named_condition():
        found, _ = select_runs(folder_of_runs(runs_dir), selection)
    columns = all_columns(found)
    rows = [{column: row.fields.get(column) for column in columns} for row in found]
    for row, run in zip(rows, found, strict=True):
        row |= {STARTED: run.run.summary and run.run.summary.started, "path": str(run.run.folder)}
    return rows


@contextmanager
def _named_condition() -> Iterator[None]:
    """Lets the errors inside the block name the argument `where` in place of the option."""
    from nnrun.store.query import OPTION

    try:
        yield
    except ExperimentError as error:
        raise type(error)(*(_with_argument(problem, OPTION) for problem in error.problems)) from None


def _with_argument(problem: Problem, option: str) -> Problem:
    place, hint = problem.place, problem.hint
    if place is not None and place.source == option:
        place = replace(place, source="where")
    return replace(problem, place=place, hint=hint and re.sub(rf"{option} '([^']*)'", r'where="\1"', hint))


def _states(status: str | Sequence[str]) -> tuple[str, ...]:
    states = _several(status)
    for state in states:
        refuse_unknown("status", state, STATES)
    return states


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
