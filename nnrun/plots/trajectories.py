"""Weight trajectories: the value of every weight after each epoch, a panel per variable."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from nnrun.number_text import short
from nnrun.plots import figure
from nnrun.plots.style import LIGHT, Array, Theme
from nnrun.plots.thinning import thin_line, thin_rows

_MOST_PANELS = 6
_MOST_LINES = 200
_MOST_LAST_VALUES = 4
_POINTS = 12_000  # of all lines of a panel
_MARGIN = 24  # pixels


@figure.picture
def draw_trajectories(trace: Mapping[str, Array], title: str, *, theme: Theme = LIGHT) -> Figure:
    """Every weight as a line over the epochs, a panel per variable.

    Of more than six variables, those of one layer share a panel, and the first six layers are drawn; of more than 200
    weights in a panel, 200 spread over all of them are drawn; title and headings show how many.

    Args:
        trace: the values of each variable by `layer/variable`, from the initial ones on; shape (epochs + 1, …).
        title: the title of the picture.
        theme: the colours.
    """
    groups = _groups(trace)
    shown = list(groups.items())[:_MOST_PANELS]
    page = figure.titled(
        title if len(shown) == len(groups) else f"{title} (first {len(shown)} of {len(groups)} layers)"
    )
    columns = 1 if len(shown) <= 2 else 2 if len(shown) <= 4 else 3
    rows = max(math.ceil(len(shown) / columns), 1)
    page.subplots_adjust(wspace=0.3, hspace=0.15 * rows)
    panels = page.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    panels[0].set_xlim(0, max([1, *(len(values) - 1 for values in trace.values())]))
    figure.round_ticks(panels[0].xaxis, 8 // columns, whole=True)
    for number, axes in enumerate(panels):
        lowest = number + columns >= len(shown)
        axes.tick_params(labelbottom=lowest)
        axes.set_visible(number < len(shown))
        figure.name_axes(axes, "epoch" if lowest else "", "")
    for axes, (heading, weights) in zip(panels, shown, strict=False):
        _draw_group(axes, heading, weights, theme)
    return page


def _groups(trace: Mapping[str, Array]) -> dict[str, list[Array]]:
    """By heading, the values over the epochs of each weight; shape (epochs + 1,) each."""
    groups: dict[str, list[Array]] = {}
    for name, values in trace.items():
        layer = name.rpartition("/")[0]
        heading = layer if layer and len(trace) > _MOST_PANELS else name
        weights = values.reshape(len(values), math.prod(values.shape[1:])).T  # (weights, epochs + 1)
        groups.setdefault(heading, []).extend(weights)
    return groups


def _draw_group(axes: Axes, heading: str, weights: list[Array], theme: Theme) -> None:
    lines = [figure.drawable(weights[number]) for number in thin_rows(len(weights), _MOST_LINES)]
    if len(lines) < len(weights):
        heading = f"{heading} ({len(lines)} of {len(weights):,})"
    colors = [theme.color_of(number % 8) for number in range(len(lines))]
    limit = max(_POINTS // max(len(lines), 1), 50)
    paths = [np.column_stack(thin_line(np.arange(len(line)), line, limit)) for line in lines]  # (points, 2) each
    axes.add_collection(LineCollection(paths, colors=colors, linewidths=1.0, alpha=1.0 if len(lines) <= 16 else 0.5))
    axes.autoscale_view(scalex=False)
    figure.round_ticks(axes.yaxis, 5)
    axes.yaxis.set_offset_position("right")  # At the left is the heading.
    title = axes.set_title(heading)
    figure.fit(title, axes.bbox.width + _MARGIN)
    if 0 < len(lines) <= _MOST_LAST_VALUES and 1e-3 < np.abs(np.nan_to_num(lines)).max() < 1e5:
        legend = _last_values(axes, [line[-1] for line in lines], colors)
        if legend.get_window_extent().x0 < title.get_window_extent().x1:
            legend.remove()


def _last_values(axes: Axes, values: list[float], colors: list[str]) -> Legend:
    """Where each line ends, in its colour, above the axes at the right."""
    for number, (value, color) in enumerate(zip(values, colors, strict=True)):
        axes.plot([], [], color=color, label=f"{'' if number else 'last '}{short(value)}".replace("-", "−"))
    marks = {"handlelength": 0, "handletextpad": 0, "labelcolor": "linecolor"}
    return axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(values), **marks)
