"""`nnrun.runs`: the runs of a folder as rows for a data frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnrun.api.stored import AnyPath, folder_of_runs


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
        StorageError: the folder cannot be read.
    """
    from nnrun.store.listing import STARTED, Selection, all_columns, select_runs

    selection = Selection(where, sort, last, _several(status), _several(tags))
    found, _ = select_runs(folder_of_runs(runs_dir), selection)
    columns = all_columns(found)
    rows = [{column: row.fields.get(column) for column in columns} for row in found]
    for row, listed in zip(rows, found, strict=True):
        row |= {STARTED: listed.run.summary and listed.run.summary.started, "path": str(listed.run.folder)}
    return rows


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
