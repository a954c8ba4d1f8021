"""A finished trial as its sweep has it: in a folder of its own, or as a row of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import Problem, RunError
from nnrun.experiment.sweep_section import DrawnSetting
from nnrun.experiment.text.overrides import Setting
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.record import read_record
from nnrun.runs.record_file import finite
from nnrun.runs.stored_weights import BEST as BEST_WEIGHTS
from nnrun.store.references import trial_folder
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.plan.trial import Trial, written
from nnrun.sweep.results.tables import read_table
from nnrun.sweep.sweep_record import SweepRecord
from nnrun.sweep.table.finished_rows import written_settings
from nnrun.sweep.table.trial_block import FINAL, WEIGHTS
from nnrun.sweep.table.trial_table import TrialTable


@dataclass(frozen=True, eq=False)
class StoredTrial:
    """What a sweep has of a finished trial.

    Args:
        settings: its settings as texts, by path.
        status: `completed`, `failed` or `pruned`.
        epochs: how many epochs were trained.
        final: metric by name at the epoch whose weights the model has, where it is a finite number.
        weights: the final weights by the names of `weights.npz`; none where they are not kept. Those of a table are as
            large as the largest of any trial, filled up with NaN.
    """

    settings: Mapping[str, str]
    status: str
    epochs: int
    final: Mapping[str, float]
    weights: Mapping[str, Array]


def read_trial(folder: Path, record: SweepRecord, index: int) -> StoredTrial:
    """The trial of a sweep with a number.

    Raises:
        RunError: there is none, or it is not finished.
        StorageError: a file cannot be read.
    """
    if record.shard is None and index >= record.trials:
        raise RunError(f"{folder} has no trial {index} (the first is 0, the last {record.trials - 1}).")
    found = _of_table(folder, index) if record.keep == "table" else _of_folder(folder, record, index)
    if found is None:
        hint = f"Resume the sweep: nnrun resume {folder}"
        raise RunError(Problem(f"Trial {index} of {folder} is not finished.", hint=hint))
    return found


def _of_table(folder: Path, index: int) -> StoredTrial | None:
    table = TrialTable.open(folder)
    row = int(np.searchsorted(table.index, index))
    if row == len(table) or table.index[row] != index:
        return None

    def value(name: str) -> Any:
        return table.read(name, row, row + 1)[0]

    statuses = table.texts("status")
    assert statuses is not None  # it is always one of texts
    final = {name.removeprefix(FINAL): float(value(name)) for name in table.names(FINAL)}
    return StoredTrial(
        settings=written_settings(table, [index])[index],
        status=str(statuses[value("status")]),
        epochs=int(value("epochs")),
        final={name: number for name, number in final.items() if np.isfinite(number)},
        weights={name.removeprefix(WEIGHTS): value(name) for name in table.names(WEIGHTS)},
    )


def _of_folder(folder: Path, record: SweepRecord, index: int) -> StoredTrial | None:
    path = trial_folder(folder, index)
    if path is None:
        return None
    found, rows = read_record(path), read_table(folder / layout.TRIALS_TABLE)
    row: Mapping[str, str] = next((row for row in rows if row["index"] == str(index)), {})
    final = {name: finite(number) for name, number in found.final_metrics.items()}
    stored = read_arrays(path / layout.WEIGHTS) if (path / layout.WEIGHTS).exists() else {}
    return StoredTrial(
        settings={column: row[column] for column in record.columns if column in row},
        status="failed" if found.status == "interrupted" else found.status,
        epochs=found.epochs or 0,
        final={name: number for name, number in final.items() if number is not None},
        weights={name: array for name, array in stored.items() if not name.startswith(BEST_WEIGHTS)},
    )


def planned_trial(plan: SweepPlan, index: int, settings: Mapping[str, str]) -> Trial:
    """The trial of a plan with a number; that of a search is made from the settings that it has drawn.

    Args:
        plan: the plan.
        index: the number.
        settings: the settings of the finished trial, as texts.

    Raises:
        ExperimentError: its settings make no valid experiment.
        RunError: the sweep has no such trial.
    """
    if plan.search is None:
        position = plan.trials.position(index)
        if position is None:
            raise RunError(f"The sweep has no trial {index}.")
        return plan.trials[position]
    drawn = [_drawn(part, settings[part.path]) for part in plan.search.settings.drawn]
    seeds = plan.search.settings.repetitions
    if seeds is not None:
        drawn.append(seeds[index % len(seeds)])
    return plan.search.trial(index, drawn, ())


def _drawn(part: DrawnSetting, text: str) -> Setting:
    """What a search has drawn for a setting, from its text."""
    name = part.distribution.name
    if name == "choice":
        return next(setting for setting in part.ends if written(setting.value) == text)
    value = int(text) if name == "integers" else float(text)
    return Setting(part.path, cast(Any, value), part.place, part.key)
