"""The results of a run as one flat object of numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from nnrun.runs.final_metrics import final_metrics_json
from nnrun.runs.record import RunRecord


def test_there_are_the_final_and_the_best_metrics_by_the_names_of_list_and_only_finite_numbers() -> None:
    record = RunRecord(
        name="xor",
        experiment_sha256="ab" * 32,
        status="completed",
        started=datetime.now(UTC),
        seed=3,
        seconds=2.5,
        parameters=65,
        epochs=400,
        kept_epoch=399,
        final_metrics={"loss": 0.25, "val_loss": None, "accuracy": float("nan")},
        best_metrics={"epoch": 399, "loss": 0.125, "accuracy": float("inf")},
    )
    assert json.loads(final_metrics_json(record)) == {
        "loss": 0.25,
        "best.epoch": 399,
        "best.loss": 0.125,
        "epochs": 400,
        "kept_epoch": 399,
        "seconds": 2.5,
        "parameters": 65,
    }
