"""The tables of a sweep: `trials.csv`, a row per trial, and how tables are written and read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from nnrun.errors import Problem, StorageError
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs import layout
from nnrun.runs.atomic import replace_with
from nnrun.runs.csv_cells import from_cell, to_cell
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.plan.trial import written
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.table.column_names import EXPECTATIONS, OBJECTIVE, REACHED, epochs_column

MOST_BYTES = 2**30

# A row of a table: text by column.
Row = Mapping[str, str]


def write_trials(folder: Path, plan: SweepPlan, outcomes: Mapping[int, TrialOutcome]) -> None:
    """Writes `trials.csv`: a row for every finished trial, in their order.

    Raises:
        StorageError: the file could not be written.
    """
    settings = {}
    for index in outcomes:
        position = plan.trials.position(index)
        if position is not None:  # of a resumed search only the trials that have been drawn again
            values = plan.trials.settings(position)
            settings[index] = [written(values[path]) for path in plan.columns]
    drawn = {index: outcomes[index] for index in settings}
    rated = plan.tracker is not None
    write_outcomes(folder, plan.columns, settings, drawn, reaching=plan.reach is not None, rated=rated)


def write_outcomes(
    folder: Path,
    columns: Sequence[str],
    settings: Mapping[int, Sequence[str]],
    unordered: Mapping[int, TrialOutcome],
    *,
    reaching: bool,
    rated: bool = False,
) -> None:
    """Writes `trials.csv` of trials whose settings are known as text.

    Args:
        folder: the sweep's folder.
        columns: the settings in which the trials differ.
        settings: the text of each column, by the trial's index.
        unordered: the outcomes of the finished trials, by index.
        reaching: whether the trials had a target.
        rated: whether they have an objective.

    Raises:
        StorageError: the file could not be written.
    """
    outcomes = dict(sorted(unordered.items()))  # the columns are in the order of the trials, whichever ended first
    finals = list(dict.fromkeys(name for o in outcomes.values() for name in o.final or ()))
    bests = list(dict.fromkeys(name for o in outcomes.values() for name in o.best or ()))
    expecting = any(outcome.expectations for outcome in outcomes.values())
    header = ["index", *columns, "status", epochs_column(columns), *([REACHED] if reaching else [])]
    header += [EXPECTATIONS] if expecting else []
    header += [OBJECTIVE] if rated else []
    header += [*(f"final_{name}" for name in finals), *(f"best_{name}" for name in bests)]
    rows = []
    for index, outcome in outcomes.items():
        row: list[Any] = [index, *settings[index]]
        row += [outcome.status, outcome.epochs, *([outcome.reached] if reaching else [])]
        row += [outcome.expectations] if expecting else []
        row += [outcome.objective] if rated else []
        row += [(outcome.final or {}).get(name) for name in finals]
        row += [_whole(name, (outcome.best or {}).get(name)) for name in bests]
        rows.append([*row, outcome.seconds, outcome.folder, outcome.reason])
    write_table(folder / layout.TRIALS_TABLE, [*header, "seconds", "folder", "reason"], rows)


def _whole(name: str, value: float | None) -> float | int | None:
    """The best epoch as an integer, which JSON does not distinguish."""
    return int(value) if name == "epoch" and value is not None else value


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes a table as CSV; numbers so that they read back as they are, None as an empty cell.

    Raises:
        StorageError: the file could not be written.
    """

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerows(map(to_cell, row) for row in chain([header], rows))

    replace_with(path, write)


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table as texts by column.

    Raises:
        StorageError: the file cannot be read, or is not a table.
    """
    with storage_errors("read", path):
        data = read_regular(path, MOST_BYTES, path.parent)
    try:
        table = [[from_cell(cell) for cell in row] for row in csv.reader(io.StringIO(data.decode("utf-8")))]
        header, *rows = table or [[]]
        for number, row in enumerate(rows, 1):
            if len(row) != len(header):
                raise ValueError(f"row {number} has {len(row)} cells, and the header has {len(header)}")
        return [dict(zip(header, row, strict=True)) for row in rows]
    except (ValueError, csv.Error) as error:
        raise StorageError(Problem(f"{path} is not a table of a sweep: {error}.")) from error
