"""Sweep folders written by the real writers, so that pictures and reports of sweeps are tested without TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from nnrun.runs.metrics_file import MetricsFile
from nnrun.runs.record import GitState
from nnrun.sweep.plan.plan import plan_sweep, request_sweep
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.configurations import read_configurations, write_summary
from nnrun.sweep.results.outcome import TrialOutcome, first_epoch
from nnrun.sweep.results.tables import write_trials
from nnrun.sweep.sweep_record import SweepRecord, write_sweep

EPOCHS = 60
XOR = """
name: xor
data: {generator: {table: {columns: [a, b, c], rows: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], target: c}}}
layers: [{Dense: {units: 4, activation: relu}}, {Dense: {units: 1, activation: sigmoid}}]
optimizer: {Adam: {learning_rate: 0.01}}
loss: mse
epochs: 60
"""


def falling(trial: Trial) -> list[float]:
    """A loss that falls as fast as the trial's number says, with noise of its seed."""
    rng = np.random.default_rng(trial.experiment.seed)
    speed = 0.05 + 0.01 * (trial.index % 7)
    return list(np.exp(-speed * np.arange(EPOCHS)) * rng.uniform(0.9, 1.1, EPOCHS))


def make_sweep_folder(
    folder: Path,
    *grids: str,
    sweep: str = "",
    losses: Callable[[Trial], list[float]] = falling,
    experiment: str = XOR,
    unfinished: int = 0,
    measure: str = "loss",
) -> Path:
    """Makes the folder of a sweep that has ended.

    Args:
        folder: the folder.
        grids: as `--grid` takes them.
        sweep: the section `sweep:` of the file.
        losses: the loss of a trial at its epochs; one that ends with a loss that is not finite has failed there.
        experiment: the experiment file without its sweep.
        unfinished: how many trials were not trained.
        measure: the column of the losses.
    """
    (folder / "trials").mkdir(parents=True)
    file = folder / "experiment.yaml"
    file.write_text(experiment + sweep, encoding="utf-8")
    plan = plan_sweep(request_sweep(file, (), grids))
    outcomes = {}
    for trial in plan.trials[: len(plan.trials) - unfinished]:
        values = losses(trial)
        path = folder / "trials" / trial.name
        path.mkdir()
        fine = not values or bool(np.isfinite(values[-1]))
        kept = values if fine else values[:-1]
        columns = dict.fromkeys(dict.fromkeys(("loss", measure)), kept)
        if values:
            with MetricsFile(path / "metrics.csv") as metrics:
                metrics.append({**columns, "seconds": [0.1] * len(kept)})
        outcomes[trial.index] = TrialOutcome(
            index=trial.index,
            status="completed" if fine else "failed",
            folder=f"trials/{trial.name}",
            reason=None if fine else f"Training diverged: loss became nan in epoch {len(values)}.",
            epochs=len(kept),
            reached=first_epoch(plan.reach, columns) if plan.reach and fine else None,
            final=dict.fromkeys(columns, kept[-1]) if fine and kept else None,
            seconds=0.5,
        )
    write_trials(folder, plan, outcomes)
    write_summary(folder / "summary.csv", read_configurations(folder, plan.columns))
    failed = any(outcome.status == "failed" for outcome in outcomes.values())
    record = SweepRecord(
        name=plan.name,
        status="interrupted" if unfinished else "failed" if failed else "completed",
        started="2026-11-23T14:22:33+00:00",
        finished="2026-11-23T14:22:43+00:00",
        file="experiments/xor.yaml",
        base=str(folder),
        overrides=("optimizer=adam",) if "optimizer" not in str(plan.columns) else (),
        grids=grids,
        columns=plan.columns,
        reach=str(plan.reach) if plan.reach else None,
        trials=len(plan.trials),
        keep="all",
        threads=1,
        device="auto",
        command=("nnrun", "sweep", "experiments/xor.yaml", *(part for grid in grids for part in ("--grid", grid))),
        versions={"keras": "3.15.1"},
        git=GitState("0123abcd", dirty=True),
    )
    write_sweep(folder, record)
    return folder
