"""Parallel coordinates of a sweep: an axis for each setting, and a line through them for every configuration."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from nnrun.number_text import short
from nnrun.plots import figure, style
from nnrun.plots.scale import Scale, scale_of
from nnrun.plots.scaled_axis import OFFSET, rated
from nnrun.plots.style import LIGHT, Array, Theme

_MOST_TICKS = 8
_TICK_LENGTH = 14
_LETTER = 7.5  # pixels of one
_MARGINS = (0.05, 0.95)  # where the lowest and the highest value of an axis lie
_NEVER = 1.02  # and where those lie that never came to a number


@figure.picture
def draw_parallel(
    settings: Sequence[Mapping[str, Any]],
    values: Array,
    measure: str,
    missing: str,
    title: str,
    note: str = "",
    *,
    largest: bool = False,
    theme: Theme = LIGHT,
) -> Figure:
    """A line per configuration from setting to setting, at the right its number; the best are drawn last and strongest.

    Args:
        settings: of each setting `name`, `values` of shape (configurations,), and `labels`: where the setting is no
            number, the texts that the values are the numbers of, else None.
        values: the median of each configuration, shape (configurations,); what is not finite has no number.
        measure: what the numbers are.
        missing: what is written of a configuration without a number, as `never`.
        title: the title of the picture.
        note: which configurations are shown.
        largest: whether the largest number is the best, or the least.
        theme: the colours.
    """
    page = figure.titled(title)
    page.subplots_adjust(left=0.07, right=0.9, top=0.77, bottom=0.09)
    axes = page.subplots()
    axes.set(xlim=(0, len(settings)), ylim=(0, 1), xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    scales = [scale_of(np.asarray(setting["values"], float), chosen=True) for setting in settings]
    heights = [_height(scale, np.asarray(s["values"], float)) for scale, s in zip(scales, settings, strict=True)]
    result = scale_of(values)
    ends = np.where(np.isfinite(values), _height(result, values), _NEVER)  # (points,)
    _draw_lines(axes, np.stack([*heights, ends], axis=1), result.share(values), theme, largest=largest)
    for place, (setting, scale) in enumerate(zip(settings, scales, strict=True)):
        _draw_axis(axes, place, str(setting["name"]), _ticks(setting, scale), scale, theme)
    ticks = [(tick, short(tick)) for tick in result.ticks(_MOST_TICKS)] if np.isfinite(values).any() else []
    _draw_axis(axes, len(settings), measure, ticks, result, theme, last=True)
    if not np.isfinite(values).all():
        at = (len(settings), _NEVER)
        axes.annotate(style.one_line(missing), at, (6, 0), va="center", color=theme.warning, **OFFSET)
    axes.annotate(style.one_line(note), (0, 0), (0, -10), textcoords="offset points", va="top", color=theme.faint_ink)
    return page


def _height(scale: Scale, values: Array) -> Array:
    low, high = _MARGINS
    return np.asarray(low + (high - low) * scale.share(values))


def _draw_lines(axes: Axes, heights: Array, shares: Array, theme: Theme, *, largest: bool) -> None:
    """The lines of shape (points, axes), those without a number first, the best last."""
    order = np.argsort(np.where(np.isnan(shares), -np.inf, shares if largest else -shares), kind="stable")
    ranks = np.linspace(0, 1, len(order)) if len(order) > 1 else np.ones(1)  # 1 for the best
    places = np.arange(heights.shape[1], dtype=float)
    lines = [np.stack([places, heights[point]], axis=1) for point in order]  # (axes, 2) each
    found = rated(theme, largest=largest)(shares[order])  # (points, 4)
    colors = [
        theme.grid if np.isnan(shares[point]) else tuple(color) for point, color in zip(order, found, strict=True)
    ]
    drawn = LineCollection(lines, colors=colors, linewidths=0.8 + 1.6 * ranks**4, alpha=0.85, clip_on=False)
    axes.add_collection(drawn)


def _ticks(setting: Mapping[str, Any], scale: Scale) -> list[tuple[float, str]]:
    labels = setting["labels"]
    if labels is not None:
        every = -(-len(labels) // (2 * _MOST_TICKS))
        return [(float(i), str(labels[i])) for i in range(0, len(labels), every)]
    present = np.unique(np.asarray(setting["values"], float))
    chosen = present.tolist() if len(present) <= _MOST_TICKS else scale.ticks(_MOST_TICKS)
    return [(float(value), short(value)) for value in chosen]


def _draw_axis(
    axes: Axes,
    place: int,
    name: str,
    ticks: Sequence[tuple[float, str]],
    scale: Scale,
    theme: Theme,
    *,
    last: bool = False,
) -> None:
    axes.plot([place, place], [0, 1], color=theme.frame, linewidth=1, zorder=3, clip_on=False)
    behind = {"boxstyle": "square,pad=0.12", "facecolor": theme.paper, "edgecolor": "none", "alpha": 0.75}
    for value, text in ticks:
        at, tick = (place, float(_height(scale, np.asarray(value)))), style.one_line(text, _TICK_LENGTH)
        bbox = None if last else behind
        axes.annotate(tick, at, (6, 0), va="center", color=theme.ink, fontsize=8, bbox=bbox, zorder=4, **OFFSET)
    length = int(axes.bbox.width / max(axes.get_xlim()[1], 4) / _LETTER)
    broken = textwrap.fill(style.one_line(name).replace("_", "_ "), length, max_lines=3, placeholder="…")
    words = broken.replace("_ ", "_")
    words = f"{words}\n(log scale)" if scale.logarithmic else words
    axes.annotate(words, (place, 1), (0, 14), ha="center", va="bottom", zorder=4, fontsize=9, **OFFSET)
