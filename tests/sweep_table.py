"""Sweeps without folders of trials, written by the real writers: made anew, or of a sweep with folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from nnrun.runs.metrics_file import read_metrics
from nnrun.sweep.results.configurations import read_configurations, write_summary
from nnrun.sweep.results.labels import as_number
from nnrun.sweep.results.tables import read_table
from nnrun.sweep.sweep_record import SweepRecord, read_sweep_record, write_sweep
from nnrun.sweep.table.block_files import write_block
from nnrun.sweep.table.outcome_block import setting_column
from nnrun.sweep.table.table_files import write_table_files
from nnrun.sweep.table.trial_block import STATUSES, TrialBlock, curve_epochs


def block_of_trials(index: Any, settings: Mapping[str, Any], loss: Any, **changes: Any) -> TrialBlock:
    """Trials of one epoch with a final loss; those whose loss is NaN have failed."""
    loss = np.asarray(loss, np.float64)
    failed, count = np.isnan(loss), len(loss)
    arrays: dict[str, Any] = {
        "index": np.asarray(index, np.int64),
        "settings": settings,
        "status": failed.astype(np.uint8),
        "epochs": np.where(failed, 0, 1).astype(np.int32),
        "reached": np.zeros(count, np.int32),
        "met": np.full(count, -1, np.int8),
        "objective": np.full(count, np.nan),
        "final": {"loss": loss},
        "best": {"loss": loss},
        "best_epoch": np.where(failed, 0, 1).astype(np.int32),
        "seconds": np.full(count, 0.5),
        "reason": np.where(failed, "Training diverged: loss became nan in epoch 1.", ""),
        "curve_epochs": curve_epochs(1),
        "curves": {"loss": loss.astype(np.float32)[:, None]},
    }
    return TrialBlock(**(arrays | changes))


def make_table_sweep(folder: Path, settings: Mapping[str, Any], loss: Any, **changes: Any) -> Path:
    """Makes the folder of a sweep over some settings, with a final loss per trial."""
    folder.mkdir()
    write_block(folder, block_of_trials(np.arange(len(loss)), settings, loss, **changes))
    (folder / "experiment.yaml").write_text("name: xor\n", encoding="utf-8")
    record = SweepRecord(
        name="xor",
        status="completed",
        started="2026-11-23T14:22:33+00:00",
        file="xor.yaml",
        base=str(folder),
        overrides=(),
        grids=(),
        columns=tuple(settings),
        reach="loss <= 0.5" if "reached" in changes else None,
        trials=len(loss),
        keep="table",
        threads=1,
        device="auto",
    )
    finish_table(folder, record)
    return folder


def finish_table(folder: Path, record: SweepRecord) -> None:
    """Writes what a sweep writes at its end."""
    reaching = record.reach is not None
    write_table_files(folder, record.columns, reaching=reaching)
    write_summary(folder / "summary.csv", read_configurations(folder, record.columns, reaching=reaching))
    write_sweep(folder, record)


def without_folders(folder: Path, target: Path, blocks: int = 3) -> Path:
    """The same sweep as one with folders of trials, as a table."""
    record, rows = read_sweep_record(folder), read_table(folder / "trials.csv")
    target.mkdir()
    for part in range(blocks):
        write_block(target, _block(folder, rows[part::blocks], record.columns))
    (target / "experiment.yaml").write_bytes((folder / "experiment.yaml").read_bytes())
    finish_table(target, replace(record, keep="table"))
    return target


def _block(folder: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> TrialBlock:
    histories = [read_metrics(folder / row["folder"] / "metrics.csv") for row in rows]
    points = curve_epochs(60)
    names = [name for name in histories[0] if name not in ("epoch", "seconds")]
    return block_of_trials(
        [int(row["index"]) for row in rows],
        {path: setting_column([_value(row[path]) for row in rows]) for path in columns},
        _numbers(rows, "final_loss"),
        status=np.array([STATUSES.index(row["status"]) for row in rows], np.uint8),
        epochs=np.array([len(history["loss"]) for history in histories], np.int32),
        reached=np.array([int(row.get("reached") or 0) for row in rows], np.int32),
        final={name: _numbers(rows, f"final_{name}") for name in names},
        best={},
        reason=np.array([row["reason"] for row in rows]),
        curve_epochs=points,
        curves={name: np.stack([_curve(history[name], points) for history in histories]) for name in names},
    )


def _value(text: str) -> int | float | str:
    number = as_number(text)
    return text if number is None else int(text) if text.lstrip("-").isdecimal() else number


def _numbers(rows: Sequence[Mapping[str, str]], column: str) -> Any:
    return np.array([float(row[column] or "nan") for row in rows])


def _curve(values: Sequence[float], points: Any) -> Any:
    whole = np.full(points[-1], np.nan, np.float32)
    whole[: len(values)] = values
    return whole[points - 1]
