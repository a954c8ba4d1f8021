"""Columns over the order of the rows, or sequences over their steps."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme

MOST_LINES = 6


@figure.picture
def draw_data_series(
    lines: Sequence[Array],
    names: Sequence[str],
    x: str,
    title: str,
    starts: Sequence[float] = (),
    parts: Sequence[str] = (),
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """A panel per line, one below the other.

    Args:
        lines: the heights of each line, shape (points,) each; at most six are drawn.
        names: the name of each.
        x: what the points are numbered by, from 1.
        title: the title of the picture.
        starts: where the parts begin, for a vertical line at each but the first.
        parts: the names of the parts.
        theme: the colours.
    """
    shown = lines[:MOST_LINES]
    page = figure.titled(title if len(shown) == len(lines) else f"{title} (the first {len(shown)} of {len(lines):,})")
    page.subplots_adjust(hspace=0.25, left=0.12)
    panels = page.subplots(len(shown), 1, squeeze=False, sharex=True).ravel()
    for number, (axes, line, name) in enumerate(zip(panels, shown, names, strict=False)):
        lowest = number == len(shown) - 1
        y = figure.drawable(line)
        figure.draw_line(axes, 1.0 + np.arange(len(y)), y, color=theme.color_of(number))
        axes.margins(x=0.01)
        figure.name_axes(axes, x if lowest else "", style.one_line(name, 24))
        figure.round_ticks(axes.yaxis, 4 if len(shown) > 2 else 6)
        figure.round_ticks(axes.xaxis, whole=True)
        for start in starts[1:]:
            axes.axvline(start, color=theme.faint_ink, linewidth=1.0, linestyle="dashed")
    top = panels[0]
    for start, name in zip(starts, parts, strict=False):
        place = (start, 1.02)
        top.annotate(name, place, xycoords=("data", "axes fraction"), fontsize=8, color=theme.faint_ink, va="bottom")
    return page
