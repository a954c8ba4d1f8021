"""The confusion matrix: how often each true class was predicted as each class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_WITH_COUNTS = 20
_MOST_NAMES = 20


def confusion_matrix(true: Array, predicted: Array, classes: int) -> Array:
    """Counts the rows of every pair of true and predicted class.

    Args:
        true: class numbers from 0, shape (rows,).
        predicted: class numbers from 0, shape (rows,).
        classes: how many classes there are.

    Returns:
        The counts, a row per true class and a column per predicted class, shape (classes, classes).

    Raises:
        ValueError: a class number lies outside of [0, classes).
    """
    pairs = np.stack([true, predicted]).astype(int)  # (2, rows)
    if pairs.size and not 0 <= pairs.min() <= pairs.max() < classes:
        raise ValueError(f"class numbers lie in [0, {classes}); received {pairs.min()} to {pairs.max()}")
    return np.bincount(pairs[0] * classes + pairs[1], minlength=classes**2).reshape(classes, classes)


@figure.picture
def draw_confusion(matrix: Array, labels: Sequence[str], title: str, *, theme: Theme = LIGHT) -> Figure:
    """The matrix as coloured cells, the darker the larger the share of the true class.

    Up to 20 classes, each cell above zero holds its count.

    Args:
        matrix: counts, a row per true class and a column per predicted class, shape (classes, classes).
        labels: the classes' names, one or more.
        title: the title of the picture.
        theme: the colours.
    """
    from matplotlib.colors import LinearSegmentedColormap

    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)  # (true classes, predicted classes)
    classes = len(matrix)
    page = figure.titled(title)
    axes = page.subplots()
    colors = LinearSegmentedColormap.from_list("shares", [theme.empty, theme.training])
    axes.imshow(shares, cmap=colors, vmin=0, vmax=1, extent=(0, classes, classes, 0))
    axes.grid(False)
    axes.spines[:].set_visible(False)
    _write_names(axes, [style.one_line(label, 18) for label in labels])
    if classes <= _MOST_WITH_COUNTS:
        axes.vlines(range(1, classes), 0, classes, theme.paper, linewidth=2)
        axes.hlines(range(1, classes), 0, classes, theme.paper, linewidth=2)
        _write_counts(axes, matrix, shares, theme)
    hits, rows = int(np.trace(matrix)), int(matrix.sum())
    axes.set_title(f"{hits:,} of {rows:,} correct ({hits / max(rows, 1):.1%})")
    return page


def _write_names(axes: Axes, names: Sequence[str]) -> None:
    """Names left and below; where they are too wide for the columns, numbers below, and left numbers with names."""
    below = names
    if 8 * len(max(names, key=len)) > axes.bbox.width / len(names):
        below = [str(number) for number in range(len(names))]
        names = [f"{number}: {name}" for number, name in enumerate(names)]
    every = math.ceil(len(names) / _MOST_NAMES)
    axes.set_yticks(np.arange(0.5, len(names), every), names[::every])
    axes.set_xticks(np.arange(0.5, len(names), every), below[::every])
    widest = max(name.get_window_extent().width for name in axes.get_yticklabels())
    axes.figure.subplots_adjust(left=(widest + 52) / axes.figure.bbox.width)
    figure.name_axes(axes, "predicted class", "true class")
    axes.yaxis.set_label_coords(-(widest + 24) / axes.bbox.width, 0.5)


def _write_counts(axes: Axes, matrix: Array, shares: Array, theme: Theme) -> None:
    width = axes.bbox.width / len(matrix)  # pixels
    for row, column in np.argwhere(matrix > 0):
        count = f"{matrix[row, column]:,}"
        color = theme.paper if shares[row, column] > 0.5 else theme.ink
        size = min(9.0, 1.05 * width / len(count))  # points
        axes.text(column + 0.5, row + 0.5, count, color=color, fontsize=size, ha="center", va="center")
