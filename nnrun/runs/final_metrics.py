"""The results of a run as one flat object of numbers, `metrics.json`, for DVC and scripts."""

from __future__ import annotations

import json
import math

from nnrun.runs.record import RunRecord

_BEST = "best."


def final_metrics(record: RunRecord) -> dict[str, float]:
    """The numbers of a completed run, by the names that `nnrun list` gives them; those that are not finite left out."""
    numbers: dict[str, float | None] = {
        **record.final_metrics,
        **{f"{_BEST}{name}": value for name, value in record.best_metrics.items()},
        "epochs": record.epochs,
        "kept_epoch": record.kept_epoch,
        "seconds": record.seconds,
        "parameters": record.parameters,
    }
    return {name: value for name, value in numbers.items() if value is not None and math.isfinite(value)}


def final_metrics_json(record: RunRecord) -> str:
    """The same as JSON."""
    return json.dumps(final_metrics(record), indent=2, allow_nan=False) + "\n"
