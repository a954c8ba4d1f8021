"""The history of a training as charts: one per metric, training and validation together."""

from collections.abc import Mapping, Sequence

import numpy as np

from nnrun.plots.log_rule import may_span_decades
from nnrun.report.page.chart import Chart, ChartLine, chart

_NOT_DRAWN = ("epoch", "seconds")
_RATE = "learning_rate"
_VALIDATION = "val_"


def curves(metrics: Mapping[str, Sequence[float]]) -> list[Chart]:
    """A chart for each loss and metric, and for a learning rate that changes.

    Args:
        metrics: the columns of a `metrics.csv`.
    """
    names = [name for name in metrics if name not in _NOT_DRAWN and not name.startswith(_VALIDATION)]
    return [drawn for name in names if (drawn := _curve(name, metrics))]


def _curve(name: str, metrics: Mapping[str, Sequence[float]]) -> Chart | None:
    lines = [
        ChartLine(label, label, np.arange(1, len(metrics[column]) + 1), np.array(metrics[column], np.float64))
        for column, label in ((name, "training"), (_VALIDATION + name, "validation"))
        if column in metrics
    ]
    if not any(np.isfinite(line.y).any() for line in lines) or (name == _RATE and len(np.unique(lines[0].y)) == 1):
        return None
    return chart(name.replace("_", " "), lines, "epoch", decades=may_span_decades(name))
