"""Per-class precision and recall."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from nnrun.number_text import short
from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme

_MOST = 24
_BAR = 0.38
_TICKS = np.linspace(0.0, 1.0, 6)


@figure.picture
def draw_classes(matrix: Array, labels: Sequence[str], title: str, *, theme: Theme = LIGHT) -> Figure:
    """A bar of precision and one of recall for every class, the worst 24 where they are more.

    Precision is the share of the samples predicted as a class that belong to it; recall is the share of the samples of
    a class that are predicted as it. Where there is no such sample a dash stands in place of the bar.

    Args:
        matrix: counts, a row per true class and a column per predicted class, shape (classes, classes).
        labels: the classes' names, one or more.
        title: the title of the picture.
        theme: the colours.
    """
    precision, recall = precision_and_recall(matrix)
    worst = np.argsort(np.nan_to_num(precision, nan=2.0) + np.nan_to_num(recall, nan=2.0), kind="stable")
    shown = np.sort(worst[:_MOST])  # (shown,)
    few = "" if len(shown) == len(labels) else f" (the worst {len(shown)} of {len(labels)} classes)"
    page = figure.titled(title + few)
    axes = page.subplots()
    places = np.arange(len(shown), dtype=float)
    for name, shares, color, side in (
        ("precision", precision[shown], theme.training, -0.5),
        ("recall", recall[shown], theme.validation, 0.5),
    ):
        axes.bar(places + side * _BAR, np.nan_to_num(shares), _BAR, color=color, label=name)
        for place, share in zip(places + side * _BAR, shares, strict=True):
            height, text = (0.0, "–") if np.isnan(share) else (share, _share_text(share) if len(shown) <= 12 else "")
            axes.annotate(text, (place, height), (0, 2), textcoords="offset points", ha="center", fontsize=8)
    axes.set(xlim=(-0.6, len(shown) - 0.4), ylim=(0.0, 1.06), yticks=_TICKS)
    axes.grid(False, axis="x")
    names = [style.one_line(labels[number], 18) for number in shown]
    axes.set_xticks(places, names)
    turned = 6.5 * max(map(len, names)) > axes.bbox.width / len(names)
    if turned:
        axes.set_xticks(places, names, rotation=40, ha="right", rotation_mode="anchor")
        lowest = max(text.get_window_extent().height for text in axes.get_xticklabels())
        page.subplots_adjust(bottom=(lowest + 24) / page.bbox.height)
    figure.name_axes(axes, "" if turned else "class", "share")
    figure.legend_above(axes)
    return page


def precision_and_recall(matrix: Array) -> tuple[Array, Array]:
    """Of each class the precision and the recall, not a number where nothing was predicted or true.

    Args:
        matrix: counts, a row per true class and a column per predicted class, shape (classes, classes).

    Returns:
        Two arrays of shape (classes,), in [0, 1].
    """
    hits = np.diagonal(matrix).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return hits / matrix.sum(axis=0), hits / matrix.sum(axis=1)


def _share_text(share: float) -> str:
    """Two decimals; 1 only where nothing is missing."""
    return short(1.0 if share == 1 else min(round(share, 2), 0.99))
