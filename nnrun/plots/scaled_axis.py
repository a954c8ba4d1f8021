"""Axes of matplotlib with the scales of all pictures, and the colours of numbers with the bar that explains them."""

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.ticker import LogLocator

from nnrun.number_text import short
from nnrun.plots import style
from nnrun.plots.figure import fit
from nnrun.plots.scale import Scale, is_logarithmic, is_steady, log_factors, roomy_scale
from nnrun.plots.style import Array, Theme

# So few colours that the bar that explains them is drawn as lines and no picture within the picture.
SHADES = 48
_BAR_ROOM, _TICKS_ROOM = 112, 44  # pixels; the second is part of the first
# How a text stands beside a place, so many points from it, also outside of the axes.
OFFSET: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False}


def short_ticks(value: float, position: float) -> str:
    """The text of a tick: its number as everywhere else."""
    return short(value)


def make_logarithmic(axes: Axes, side: Literal["x", "y"], values: Array) -> None:
    """Makes an axis logarithmic.

    Args:
        axes: where it belongs.
        side: which axis.
        values: what it shows, all positive.
    """
    axis = axes.xaxis if side == "x" else axes.yaxis
    axes.set(**{f"{side}scale": "log"})
    axis.set_major_locator(LogLocator(subs=log_factors(values.min(), values.max()), numticks=6))
    axis.set_major_formatter(short_ticks)
    axes.minorticks_off()


def scale_lines(axes: Axes, values: Array, *, decades: bool = True) -> bool:
    """Gives the y axis of lines its scale; returns whether it is logarithmic.

    Values that differ by no more than rounding does get a linear scale on which they do not seem to move.

    Args:
        axes: where the lines are.
        values: all values of the lines, of any shape.
        decades: whether the scale may be logarithmic.
    """
    finite = values[np.isfinite(values)]
    if decades and is_logarithmic(finite, zeros=True):
        make_logarithmic(axes, "y", finite[finite > 0])
        return True
    if finite.size and finite.any() and is_steady(finite):
        steady = roomy_scale(finite, decades=False)
        axes.set_ylim(steady.low, steady.high)
    return False


def rated(theme: Theme, *, largest: bool = False) -> Colormap:
    """Colours of lines and dots by their numbers, all of them seen on a light page and on a dark one.

    Args:
        theme: whose colours.
        largest: whether the largest number is the best, or the least.
    """
    # The ends are no colours of the theme themselves, which a page may turn into those of another.
    ends = [style.blend(theme.training, theme.validation, share) for share in (0.02, 0.98)]
    return LinearSegmentedColormap.from_list("rated", ends[::-1] if largest else ends, SHADES)


def color_bar(axes: Axes, scale: Scale, colors: Colormap, name: str) -> None:
    """Explains colours beside the axes, which become narrower.

    Args:
        axes: what has the colours.
        scale: which share of the colours a number has.
        colors: the colours.
        name: what the numbers are.
    """
    norm = (LogNorm if scale.logarithmic else Normalize)(scale.low, scale.high)
    page = axes.figure
    right = 1 - _BAR_ROOM / page.bbox.width
    page.subplots_adjust(right=right)
    place = axes.get_position()
    beside = page.add_axes((right + 12 / page.bbox.width, place.y0, 18 / page.bbox.width, place.height))
    beside.grid(False)
    bar = page.colorbar(ScalarMappable(norm, colors), cax=beside)
    if bar.solids is not None:
        bar.solids.set_edgecolor("face")  # or the page shines through between the colours
    bar.outline.set_visible(False)
    bar.minorticks_off()
    ticks = scale.ticks()
    bar.set_ticks(ticks, labels=[short(tick) for tick in ticks])
    widest = max((label.get_window_extent().width for label in beside.get_yticklabels()), default=0)
    if widest > _TICKS_ROOM:
        right -= (widest - _TICKS_ROOM) / page.bbox.width
        page.subplots_adjust(right=right)
        beside.set_position((right + 12 / page.bbox.width, place.y0, 18 / page.bbox.width, place.height))
    fit(bar.ax.set_ylabel(axis_name(name, logarithmic=scale.logarithmic)), axes.bbox.height)


def axis_name(name: str, *, logarithmic: bool) -> str:
    """What an axis shows, and whether it is logarithmic."""
    return f"{name} (log scale)" if logarithmic else name
