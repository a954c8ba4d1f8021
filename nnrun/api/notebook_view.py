"""Runs and sweeps in a notebook: verdicts, curves and predictions as HTML without scripts or style sheets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.html.rendering import render_fragment
from nnrun.report.page.cells import number, plain
from nnrun.report.page.chart import curves
from nnrun.runs import layout
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.predictions_file import read_predictions
from nnrun.runs.record import RunRecord

if TYPE_CHECKING:
    from nnrun.sweep.sweep_record import SweepRecord

_MOST_CHARTS = 4
_MOST_ROWS = 10
_MOST_COLUMNS = 12


def run_html(folder: Path, record: RunRecord, status: str) -> str:
    """A run as HTML for a notebook; every text is escaped.

    Args:
        folder: its folder.
        record: its record.
        status: its status, which may be `died`.

    Raises:
        StorageError: a file that is there cannot be read.
    """
    metrics = folder / layout.METRICS
    predictions = folder / layout.PREDICTIONS
    header, rows, count = read_predictions(predictions, _MOST_ROWS) if predictions.is_file() else ((), (), 0)
    return render_fragment(
        "run_view.html",
        record=record,
        status=status,
        folder=str(folder),
        number=number,
        charts=curves(read_metrics(metrics) if metrics.is_file() else {})[:_MOST_CHARTS],
        header=header[:_MOST_COLUMNS],
        rows=[[plain(cell) for cell in row[:_MOST_COLUMNS]] for row in rows],
        more=count - len(rows),
        file=layout.PREDICTIONS,
    )


def sweep_html(folder: Path, record: SweepRecord, summary: Sequence[dict[str, Any]]) -> str:
    """A sweep as HTML for a notebook: its best trial and its configurations; every text is escaped.

    Args:
        folder: its folder.
        record: its record.
        summary: the rows of its `summary.csv`.
    """
    header = list(summary[0]) if summary else []
    rows = [["" if value is None else plain(str(value)) for value in row.values()] for row in summary[:_MOST_ROWS]]
    best = record.best
    return render_fragment(
        "sweep_view.html",
        record=record,
        folder=str(folder),
        best=best,
        objective=number(best.objective) if best else "",
        header=header[:_MOST_COLUMNS],
        rows=[row[:_MOST_COLUMNS] for row in rows],
        more=len(summary) - len(rows),
        file=layout.SUMMARY,
    )
