"""The tables of a sweep: `trials.csv`, a row per trial, and how tables are written and read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nnrun.store.atomic import write_text
from nnrun.store.failure import storage_errors
from nnrun.sweep.outcome import Outcome
from nnrun.sweep.plan import Plan
from nnrun.sweep.trial import written

TABLE = "trials.csv"
SUMMARY = "summary.csv"
REACHED = "reached"
OBJECTIVE = "objective"


def write_trials(folder: Path, plan: Plan, outcomes: Mapping[int, Outcome]) -> None:
    """Writes `trials.csv`: a row for every finished trial, in their order.

    Raises:
        StorageError: the file could not be written.
    """
    finals = list(dict.fromkeys(name for o in outcomes.values() for name in o.final or ()))
    bests = list(dict.fromkeys(name for o in outcomes.values() for name in o.best or ()))
    header = ["index", *plan.columns, "status", "epochs", *([REACHED] if plan.reach else [])]
    header += [OBJECTIVE] if plan.search else []
    header += [*(f"final_{name}" for name in finals), *(f"best_{name}" for name in bests)]
    rows = []
    for trial in plan.trials:
        outcome = outcomes.get(trial.index)
        if outcome is None:
            continue
        row: list[Any] = [trial.index, *(written(trial.settings[path]) for path in plan.columns)]
        row += [outcome.status, outcome.epochs, *([outcome.reached] if plan.reach else [])]
        row += [outcome.objective] if plan.search else []
        row += [(outcome.final or {}).get(name) for name in finals]
        row += [_whole(name, (outcome.best or {}).get(name)) for name in bests]
        rows.append([*row, outcome.seconds, outcome.folder, outcome.reason])
    write_table(folder / TABLE, [*header, "seconds", "folder", "reason"], rows)


def _whole(name: str, value: float | None) -> float | int | None:
    """The best epoch is a whole number, which JSON does not know of."""
    return int(value) if name == "epoch" and value is not None else value


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes a table as CSV; numbers so that they read back as they are, None as an empty cell.

    Raises:
        StorageError: the file could not be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table as texts by column; of two columns of one name, as the setting `epochs` and how many there
    were, the first.

    Raises:
        StorageError: the file cannot be read.
    """
    with storage_errors("read", path):
        text = path.read_text(encoding="utf-8")
    header, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    places = {name: header.index(name) for name in header}
    return [{name: row[place] for name, place in places.items()} for row in rows if len(row) == len(header)]
