"""Run folders made by hand, so that reports are tested without TensorFlow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from experiments import written
from nnrun.experiment.text.dump import dump
from nnrun.runs.arrays import write_arrays
from nnrun.runs.finding import Finding
from nnrun.runs.metrics_file import MetricsFile
from nnrun.runs.predictions_file import predictions_csv
from nnrun.runs.record import GitState, RunRecord, write_record
from nnrun.runs.verdict import Verdict

BILINEAR = """# One neuron.
name: bilinear
data:
  generator:
    function: {samples: 50, x: "linspace(0, 2)", y: "maximum(0, 2 * (x - 1))"}
layers:
  - Dense: {units: 1, name: neuron}
  - Activation: {activation: relu}
optimizer: sgd
loss: mse
epochs: 400
"""
EPOCHS = 400
START = datetime(2026, 11, 23, 14, 22, 33, tzinfo=UTC)
# The smallest picture there is: one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


def make_run_folder(
    folder: Path,
    experiment: str = BILINEAR,
    header: tuple[str, ...] = ("x", "y"),
    rows: tuple[tuple[Any, ...], ...] = ((0.0, 0.0), (1.5, 1.0123456789)),
    **changes: Any,
) -> Path:
    """Makes the folder of a finished run of `BILINEAR`, some facts of its record changed."""
    facts = {
        "name": "bilinear",
        "experiment_sha256": "ab" * 32,
        "status": "completed",
        "started": START,
        "finished": START + timedelta(seconds=2),
        "seconds": 2.0,
        "seed": 0,
        "command": ("nnrun", "train", "my experiments/bilinear.yaml"),
        "versions": {"keras": "3.15.1"},
        "git": GitState("0123abcd", dirty=True),
        "device": "cpu",
        "threads": 2,
        "engine": "graph",
        "parameters": 2,
        "epochs": EPOCHS,
        "kept_epoch": EPOCHS,
        "final_metrics": {"loss": 0.004, "val_loss": None},
        "best_metrics": {"epoch": 399, "loss": 0.004},
        "expectations": (
            Verdict("loss <= 0.02", 0.004, True, since=31),
            Verdict("loss <= 0.001", 0.004, False),
        ),
        "diagnosis": (Finding("plateau", "It stands still.", {"skill": 0.3}, "Begin again: --set seed=1"),),
    }
    (folder / "plots").mkdir(parents=True)
    (folder / "experiment.yaml").write_text(experiment, encoding="utf-8")
    (folder / "resolved.yaml").write_text(dump(written(BILINEAR).resolved), encoding="utf-8")
    write_record(folder, RunRecord(**(facts | changes)))
    with MetricsFile(folder / "metrics.csv") as metrics:
        loss = np.geomspace(1, 0.004, EPOCHS).tolist()
        metrics.append({"loss": loss, "val_loss": loss[::-1], "learning_rate": [0.01] * EPOCHS})
    kernel = np.linspace(0, 2, EPOCHS + 1)
    trace = {"neuron/kernel": kernel.reshape(-1, 1, 1), "neuron/bias": -kernel.reshape(-1, 1)}
    write_arrays(folder / "trace.npz", trace)
    (folder / "predictions.csv").write_text(predictions_csv(header, rows), encoding="utf-8")
    (folder / "plots" / "prediction.png").write_bytes(PIXEL)
    return folder
