"""What a run says of its end: the metrics of its last epochs and the training diagnostics, in lines."""

from __future__ import annotations

from pathlib import Path

from nnrun.errors import StorageError
from nnrun.number_text import short
from nnrun.runs import layout
from nnrun.runs.metrics_file import EPOCH, read_metrics
from nnrun.runs.record import read_record

_EPOCHS = 3
_NO_METRICS = (EPOCH, "seconds", "learning_rate")


def last_lines(folder: Path) -> tuple[str, ...]:
    """A line for each of the last epochs of a run and for each finding of the diagnostics.

    Args:
        folder: the run's folder; one without metrics or record has no such lines.
    """
    try:
        history = read_metrics(folder / layout.METRICS)
        findings = read_record(folder).diagnosis
    except StorageError:
        return ()
    names = [name for name in history if name not in _NO_METRICS]
    rows = list(zip(history[EPOCH], *(history[name] for name in names), strict=True))[-_EPOCHS:]
    lines = ["  ".join([f"epoch {epoch:.0f}", *_pairs(names, values)]) for epoch, *values in rows]
    return (*lines, *(f"diagnosis: {one.kind}: {one.message} {one.remedy}".rstrip() for one in findings))


def _pairs(names: list[str], values: list[float]) -> list[str]:
    return [f"{name} {short(value)}" for name, value in zip(names, values, strict=True)]
