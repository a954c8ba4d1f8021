"""Two settings of a sweep as a table of colours."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnrun.number_text import short
from nnrun.plots import figure, style
from nnrun.plots.scale import scale_of
from nnrun.plots.scaled_axis import SHADES, color_bar
from nnrun.plots.style import LIGHT, Array, Theme

# Text on a cell; no colours of a theme, because those change with the page's.
_ON_DARK, _ON_BRIGHT = "#fefefe", "#101010"
_LEAST_WIDTH, _LEAST_HEIGHT = 34, 16  # of a cell with text, pixels
_LIGHTNESS = np.array([0.299, 0.587, 0.114])  # of red, green and blue
_WIDE = 60  # of a cell with three digits, pixels
_LONGEST_NAME = 16


@figure.picture
def draw_heat(
    medians: Array,
    counts: Array,
    x_names: Sequence[str],
    y_names: Sequence[str],
    x: str,
    y: str,
    measure: str,
    missing: str,
    title: str,
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """A cell per pair of values with the median of its trials; how many they are where that differs.

    Args:
        medians: a row per value of y, the first one lowest, a column per value of x; infinite where most trials never
            reached their target, not a number where none has one.
        counts: how many trials each cell has, of the same shape.
        x_names: the values of x.
        y_names: the values of y.
        x: the setting from left to right.
        y: the setting from below to above.
        measure: what the numbers are.
        missing: what stands in a cell whose median is infinite, as `never`.
        title: the title of the picture.
        theme: the colours.
    """
    page = figure.titled(title)
    axes = page.subplots()
    scale = scale_of(medians)
    colors = colormaps[theme.values].resampled(SHADES)
    shares = scale.share(medians)  # (y, x)
    shown = np.ma.masked_invalid(shares)
    axes.pcolormesh(shown, cmap=colors, vmin=0, vmax=1, edgecolors=theme.paper, linewidth=1.5)
    axes.set(xlim=(0, medians.shape[1]), ylim=(0, medians.shape[0]))
    axes.grid(False)
    axes.spines[:].set_visible(False)
    _name_cells(axes, x_names, y_names, x, y)
    color_bar(axes, scale, colors, measure)
    usual = int(np.bincount(counts[counts > 0]).argmax()) if (counts > 0).any() else 0
    _write_cells(axes, medians, counts, usual, colors(shares)[..., :3], theme, missing)
    axes.set_title(f"median of {usual} trials" if usual > 1 else "one trial each", color=theme.faint_ink)
    return page


def _name_cells(axes: Axes, x_names: Sequence[str], y_names: Sequence[str], x: str, y: str) -> None:
    below = [style.one_line(name, _LONGEST_NAME) for name in x_names]
    axes.set_yticks(np.arange(0.5, len(y_names)), [style.one_line(name, _LONGEST_NAME) for name in y_names])
    widest = max(name.get_window_extent().width for name in axes.get_yticklabels())
    page = axes.figure
    page.subplots_adjust(left=(widest + 52) / page.bbox.width)
    axes.set_xticks(np.arange(0.5, len(x_names)), below)
    wide = max(name.get_window_extent().width for name in axes.get_xticklabels())
    turned = wide + 8 > 0.88 * axes.bbox.width / len(x_names)
    if turned:
        axes.set_xticks(np.arange(0.5, len(x_names)), below, rotation=40, ha="right", rotation_mode="anchor")
        lowest = max(name.get_window_extent().height for name in axes.get_xticklabels())
        page.subplots_adjust(bottom=(lowest + 40) / page.bbox.height)
    figure.name_axes(axes, x, y)
    axes.yaxis.set_label_coords(-(widest + 24) / axes.bbox.width, 0.5)
    if turned:
        axes.xaxis.set_label_coords(0.5, -(lowest + 20) / axes.bbox.height)


def _write_cells(
    axes: Axes, medians: Array, counts: Array, usual: int, colors: Array, theme: Theme, missing: str
) -> None:
    """The median of each cell; below it how many trials it has where that is not the usual number."""
    rows, columns = medians.shape
    width, height = axes.bbox.width / columns, axes.bbox.height / rows
    written = width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT
    for row, column in np.ndindex(rows, columns):
        median, count = float(medians[row, column]), int(counts[row, column])
        if np.isfinite(median):
            text = short(median, 3 if width > _WIDE else 2)
            ink = _ON_DARK if colors[row, column] @ _LIGHTNESS < 0.55 else _ON_BRIGHT
        else:
            _mark_empty(axes, column, row, theme)
            text, ink = (missing if np.isinf(median) else "failed") if count else "–", theme.warning
            ink = ink if count else theme.faint_ink
        if written:
            few = f"\nn = {count}" if count not in (0, usual) and height >= 2 * _LEAST_HEIGHT else ""
            size = min(9.0, 1.15 * width / max(len(text), 5))
            axes.text(column + 0.5, row + 0.5, text + few, color=ink, fontsize=size, ha="center", va="center")


def _mark_empty(axes: Axes, column: int, row: int, theme: Theme) -> None:
    """A cell without a colour: a frame with a diagonal, so that it is no colour of the scale."""
    from matplotlib.patches import Rectangle

    corner = (column + 0.04, row + 0.05)
    axes.add_patch(Rectangle(corner, 0.92, 0.9, facecolor=theme.empty, edgecolor=theme.grid, linewidth=1, hatch="///"))
