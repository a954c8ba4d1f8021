"""The learning curves of the configurations of a sweep: the median of their trials, and a band around it."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnrun.plots import figure, style
from nnrun.plots.scale import is_logarithmic, roomy_scale
from nnrun.plots.scaled_axis import axis_name, make_logarithmic, short_ticks
from nnrun.plots.style import LIGHT, Array, Theme

_LONGEST_NAME = 30
# A loss beyond so many times the greatest that one begins with which learns is that of a training that diverges.
_DIVERGED = 10
_DEEPEST = 1e-12  # of the top of the scale
_LEAST_DECIMAL, _MOST_DECIMAL = 1e-3, 1e5
_YELLOW = 6  # of the theme's colours the one that no line on white should have


@figure.picture
def draw_bands(
    epochs: Array,
    bands: Array,
    names: Sequence[str],
    heading: str,
    measure: str,
    note: str,
    title: str,
    *,
    x: str = "epoch",
    theme: Theme = LIGHT,
) -> Figure:
    """A line and a band for each configuration, the names at the right in the order in which the lines end.

    The scale is logarithmic where the greatest number is over 50 times the least. It ends at ten times the greatest
    number that a configuration which learns has at its first epoch: what diverges leaves the picture. A band is not
    drawn where one of its ends is not finite.

    Args:
        epochs: ascending, shape (epochs,), or what takes the place of epochs.
        bands: lower end, middle and upper end of each configuration at these epochs, shape (configurations, 3, epochs);
            what is not finite is not drawn.
        names: of the configurations.
        heading: the settings in the names, such as `learning_rate, units`.
        measure: what the numbers are.
        note: what the bands are, and which configurations are shown.
        title: the title of the picture.
        x: what the epochs are called; anything else has a logarithmic axis where its numbers span decades.
        theme: the colours.
    """
    page = figure.titled(title)
    axes = page.subplots()
    bands = figure.drawable(bands)
    for point, (low, middle, high) in enumerate(bands):
        color = theme.color_of(point if point < _YELLOW else point + 1)
        if not np.array_equal(low, high, equal_nan=True):
            axes.fill_between(epochs, low, high, color=color, alpha=0.16, linewidth=0)
        figure.draw_line(axes, epochs, middle, color=color, label=style.one_line(names[point], _LONGEST_NAME))
    _scale(axes, epochs, bands)
    _name_lines(axes, bands, heading)
    wide = x != "epoch" and is_logarithmic(epochs)
    if wide:
        make_logarithmic(axes, "x", epochs)
    figure.name_axes(axes, axis_name(x, logarithmic=wide), axis_name(measure, logarithmic=axes.get_yscale() == "log"))
    axes.set_title(style.one_line(note), color=theme.faint_ink)
    return page


def _scale(axes: Axes, epochs: Array, bands: Array) -> None:
    axes.set_xlim((epochs[0], epochs[-1]) if len(epochs) > 1 else (0, 2))
    figure.round_ticks(axes.xaxis, 8, whole=True)
    finite = bands[np.isfinite(bands)]
    if not finite.size:
        return
    first, end = bands[:, 1, 0], bands[:, 1, -1]  # (points,) each
    learning = first[end <= first]
    most = _DIVERGED * learning.max() if learning.size and learning.max() > 0 else np.inf
    shown = finite[finite <= most]
    if not shown.size:
        shown = finite
    least = _DEEPEST * shown.max()
    drawn = roomy_scale(np.where((shown >= 0) & (shown < least), least, shown))
    if drawn.logarithmic:
        make_logarithmic(axes, "y", np.array([drawn.low, drawn.high]))
    elif not _LEAST_DECIMAL <= max(abs(drawn.low), abs(drawn.high)) < _MOST_DECIMAL:
        axes.yaxis.set_major_formatter(short_ticks)  # matplotlib's has the power of ten above the axis
    axes.set_ylim(drawn.low, drawn.high)


def _name_lines(axes: Axes, bands: Array, heading: str) -> None:
    """A legend at the right, from the line that ends highest to the one that ends lowest."""
    handles, labels = axes.get_legend_handles_labels()
    if len(handles) < 2:
        return
    ends = np.where(np.isfinite(bands[:, 1, -1]), bands[:, 1, -1], np.inf)
    order = np.argsort(-ends, kind="stable")
    legend = axes.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        title=textwrap.fill(heading, _LONGEST_NAME, max_lines=3, placeholder=" …"),
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        alignment="left",
    )
    page = axes.figure
    width = legend.get_window_extent().width
    page.subplots_adjust(right=1 - (width + 24) / page.bbox.width)
