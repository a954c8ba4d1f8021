"""Predictions over true values, and the residuals."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnrun.number_text import short
from nnrun.plots import figure
from nnrun.plots.style import LIGHT, Array, Theme


@figure.picture
def draw_residuals(true: Array, predicted: Array, target: str, title: str, *, theme: Theme = LIGHT) -> Figure:
    """Predictions over true values, with the diagonal of perfect predictions; beside them the residuals.

    The residual is predicted − true, drawn over the predicted value: a fan or a bow shows noise that grows or a
    curvature that the network has not learned. The title holds R² = 1 − Σ(true − predicted)² / Σ(true − mean)² and
    the RMSE, the root of the mean of the squared residuals.

    Args:
        true: the targets, any shape.
        predicted: the predictions for them, same shape.
        target: the target's name.
        title: the title of the picture.
        theme: the colours.
    """
    x, y = figure.drawable(true).ravel(), figure.drawable(predicted).ravel()  # (values,) each
    page = figure.titled(title)
    page.subplots_adjust(wspace=0.28)
    left, right = page.subplots(1, 2)
    figure.name_axes(left, f"true {target}", f"predicted {target}")
    _draw_points(left, x, y, theme)
    ends = min(left.get_xlim()[0], left.get_ylim()[0]), max(left.get_xlim()[1], left.get_ylim()[1])
    room = 0.02 * (ends[1] - ends[0])
    ends = ends[0] - room, ends[1] + room
    left.plot(ends, ends, color=theme.faint_ink, linewidth=1.0, linestyle="dashed")
    left.set(xlim=ends, ylim=ends)
    figure.name_axes(right, f"predicted {target}", "predicted − true")
    _draw_points(right, y, y - x, theme)
    right.axhline(0.0, color=theme.faint_ink, linewidth=1.0, linestyle="dashed")
    left.set_title(_fit_quality(x, y))
    return page


def _draw_points(axes: Axes, x: Array, y: Array, theme: Theme) -> None:
    figure.draw_points(axes, x, y, np.full(x.size, theme.training), marker="o", alpha=0.6, linewidths=0)
    for axis in (axes.xaxis, axes.yaxis):
        figure.round_ticks(axis)


def _fit_quality(true: Array, predicted: Array) -> str:
    """R² and the RMSE; without R² where all true values are the same."""
    finite = np.isfinite(true) & np.isfinite(predicted)
    true, predicted = true[finite], predicted[finite]
    if not true.size:
        return ""
    with np.errstate(over="ignore", invalid="ignore"):
        squares, spread = np.square(predicted - true), np.square(true - true.mean()).sum()
        size = f"RMSE {short(np.sqrt(squares.mean()))}"
        return f"R² {1 - squares.sum() / spread:.4f}, {size}".replace("-", "−") if 0 < spread < np.inf else size
