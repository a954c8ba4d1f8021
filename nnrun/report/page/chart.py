"""A chart as inline SVG: lines over a common x, coloured by the page's style, readable in print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.html.frame import escaped
from nnrun.plots.thinning import thin_line
from nnrun.report.page.ticks import ChartAxis, fitting

WIDTH, HEIGHT = 480, 258
LEFT, RIGHT, TOP, BOTTOM = 76, 456, 12, 216
MOST_POINTS = 300


@dataclass(frozen=True, eq=False)
class ChartLine:
    """One line of a chart.

    Args:
        label: what it is.
        look: its class in the style: `training`, `validation`, `unit0`, ….
        x: (points,), ascending.
        y: (points,); what is not finite is left out.
    """

    label: str
    look: str
    x: Array
    y: Array


def chart(
    title: str,
    lines: Sequence[ChartLine],
    x_name: str,
    *,
    decades: bool = False,
    points: str = "",
    within: tuple[ChartAxis, ChartAxis] | None = None,
) -> str:
    """A figure of lines with its caption.

    Args:
        title: what the y axis shows.
        lines: at least one, with at least one finite number among all.
        x_name: what the x axis shows.
        decades: whether the y axis may become logarithmic.
        points: SVG to draw below the lines.
        within: the axes; by default those on which the lines just have room, and a mark for an epoch.
    """
    x_axis, y_axis = within or axes(lines, decades=decades)
    log = " (log scale)" if y_axis.logarithmic else ""
    keys = " ".join(f'<span class="key {line.look}">{escaped(line.label)}</span>' for line in lines)
    parts = [
        f'<figure class="chart"><figcaption><bdi>{escaped(title)}</bdi>{log} {keys}</figcaption>',
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escaped(title)}">',
        *_grid(x_axis, y_axis),
        f'<text class="name" x="{RIGHT}" y="{HEIGHT - 2}" text-anchor="end">{escaped(x_name)}</text>',
        points,
        *(f'<polyline class="{line.look}" points="{path(line, x_axis, y_axis)}"/>' for line in lines),
        "" if within else f'<line class="at" y1="{TOP}" y2="{BOTTOM}" visibility="hidden"/>',
        "</svg></figure>",
    ]
    return "\n".join(filter(None, parts))


def axes(lines: Sequence[ChartLine], *, decades: bool = False) -> tuple[ChartAxis, ChartAxis]:
    """The x and y axes on which all lines have room."""
    x = np.concatenate([line.x for line in lines]).astype(np.float64)
    y = np.concatenate([line.y for line in lines]).astype(np.float64)
    low, high = float(x.min()), float(x.max())
    across = ChartAxis(low, high, LEFT, RIGHT) if high > low else ChartAxis(low - 1, high + 1, LEFT, RIGHT)
    return across, fitting(y[np.isfinite(y)], BOTTOM, TOP, decades=decades)


def path(line: ChartLine, x_axis: ChartAxis, y_axis: ChartAxis) -> str:
    """The points of a line, thinned, as SVG has them."""
    x, y = thin_line(np.asarray(line.x, np.float64), np.asarray(line.y, np.float64), MOST_POINTS)
    places = zip(x_axis.place(x), y_axis.place(y), strict=True)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in places)


def _grid(x_axis: ChartAxis, y_axis: ChartAxis) -> list[str]:
    parts = []
    for tick in y_axis.ticks():
        at = float(y_axis.place(np.asarray(tick)))
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{_short(tick)}</text>')
    for tick in x_axis.ticks():
        at = float(x_axis.place(np.asarray(tick)))
        parts.append(f'<text x="{at:.1f}" y="{BOTTOM + 17}" text-anchor="middle">{_short(tick)}</text>')
    return parts


def _short(tick: float) -> str:
    return f"{tick:g}".replace("e+", "e").replace("-", "−")
