"""A histogram of each column of the data."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme

MOST_PANELS = 12
_MOST_BARS = 30
_TEXT = 44  # pixels of a text below its bar, at least
_MOST_CLASSES = 8  # that have colours
_WIDTH = 0.8  # of a text's bar


@figure.picture
def draw_data_columns(
    columns: Sequence[Mapping[str, Any]],
    labels: Array,
    classes: Sequence[str],
    total: int,
    title: str,
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """A panel per column: a histogram of numbers, or the rows of each text; the classes on top of each other.

    Args:
        columns: at most 12, each with `name`, `values` of shape (rows,), not a number where one is missing, and
            `texts`, the names of the values 0, 1, …, where they are texts.
        labels: the class of each row, shape (rows,); empty where there are none, or more than eight.
        classes: the names of the classes.
        total: how many columns there are in all.
        title: the title of the picture.
        theme: the colours.
    """
    shown = columns[:MOST_PANELS]
    page = figure.titled(title if len(shown) == total else f"{title} (the first {len(shown)} of {total:,} columns)")
    across = 1 if len(shown) <= 1 else 2 if len(shown) <= 4 else 3 if len(shown) <= 9 else 4
    down = max(math.ceil(len(shown) / across), 1)
    page.subplots_adjust(wspace=0.3, hspace=0.12 + 0.17 * down, left=0.1, bottom=0.08, top=0.84)
    colored = classes if len(labels) and len(classes) <= _MOST_CLASSES else ()
    panels = page.subplots(down, across, squeeze=False).ravel()
    for number, (axes, column) in enumerate(zip(panels, shown, strict=False)):
        figure.name_axes(axes, "", "rows" if number % across == 0 else "")
        groups = [labels == label for label in range(len(colored))] or [np.ones(len(column["values"]), bool)]
        _draw_column(axes, column, groups, theme)
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    _write_classes(page, panels, colored, across, theme)
    return page


def _write_classes(page: Figure, panels: Array, classes: Sequence[str], across: int, theme: Theme) -> None:
    if classes:
        for number, name in enumerate(classes):
            panels[across - 1].bar([0], [0], color=theme.color_of(number), label=style.label_of(name, "class"))
        handles, names = panels[across - 1].get_legend_handles_labels()
        page.legend(handles, names, ncols=len(names), loc="upper right", bbox_to_anchor=(0.98, 0.95))


def _draw_column(axes: Axes, column: Mapping[str, Any], groups: Sequence[Array], theme: Theme) -> None:
    values = figure.drawable(column["values"])  # (rows,)
    known = ~np.isnan(values)
    axes.grid(False, axis="x")
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    missing = int((~known).sum())
    gaps = f", {missing:,} missing" if missing else ""
    figure.fit(axes.set_title(f"{column['name']}{gaps}"), axes.bbox.width)
    if column.get("texts"):
        _draw_texts(axes, values, [group & known for group in groups], column["texts"], theme)
    elif known.any():
        edges = np.histogram_bin_edges(values[known], min(_MOST_BARS, max(5, math.ceil(math.sqrt(known.sum())))))
        bottom = np.zeros(len(edges) - 1)  # (bars,)
        for number, group in enumerate(groups):
            counts = np.histogram(values[group & known], edges)[0]  # (bars,)
            axes.stairs(bottom + counts, edges, baseline=bottom, fill=True, color=theme.color_of(number))
            bottom += counts
        axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.08 * max(bottom.max(), 1)))
        axes.tick_params(bottom=True)
        figure.round_ticks(axes.xaxis, 4)


def _draw_texts(axes: Axes, values: Array, groups: Sequence[Array], texts: Sequence[str], theme: Theme) -> None:
    """A bar per text, the most frequent at the left."""
    counts = np.stack([np.bincount(values[group].astype(int), minlength=len(texts)) for group in groups])
    most = max(3, int(axes.bbox.width / _TEXT))
    order = np.argsort(-counts.sum(axis=0), kind="stable")[:most]  # (shown,)
    bottom = np.zeros(len(order))
    for number, row in enumerate(counts[:, order]):
        axes.bar(range(len(order)), row, _WIDTH, bottom=bottom, color=theme.color_of(number))
        bottom += row
    letters = max(3, int(axes.bbox.width / len(order) / 6))
    axes.set_xticks(range(len(order)), [style.one_line(texts[i], letters) for i in order], fontsize=8)
    if len(order) < len(texts):
        axes.set_xlabel(f"and {len(texts) - len(order):,} more", fontsize=8)
