"""A map of two settings: a pixel per pair of values, coloured by what came of its trials."""

import io

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import Colormap, ListedColormap, to_rgb
from matplotlib.figure import Figure

from nnrun.number_text import short
from nnrun.plots import figure, style
from nnrun.plots.log_rule import spans_decades
from nnrun.plots.scale import Scale, chosen_by_decades
from nnrun.plots.scaled_axis import axis_name, color_bar
from nnrun.plots.style import LIGHT, Array, Theme

# What a pixel without a number stands for: its trials diverged, never reached their target, or there are none.
DIVERGED, NEVER, NOTHING = 1, 2, 3
_SHADES = 250  # with the colours of the pixels without a number, as many as a palette of bytes has room for
_TAILS = 0.01  # of the numbers, at each end, have the colours of the ends
_FENCE = 1.5  # interquartile ranges beyond the quartiles, where the colours end at the latest
_LIGHTER = 0.8  # of the greys, so that black is left for what diverged
_EVEN = 1e-3  # relative difference of steps that are equally long


@figure.picture
def draw_map(
    values: Array,
    states: Array,
    x_values: Array,
    y_values: Array,
    x: str,
    y: str,
    measure: str,
    note: str,
    title: str,
    *,
    pixels: bool = False,
    theme: Theme = LIGHT,
) -> Figure | bytes:
    """A pixel per pair of values; those of diverged trials have a colour of their own.

    The colours are those of `robust_scale`. An axis is logarithmic where its values are spaced so.

    Args:
        values: the numbers, a row per value of y, ascending; (y, x). What is not finite has a state.
        states: 0 for a number, else `DIVERGED`, `NEVER` or `NOTHING`; (y, x).
        x_values: the values of x, ascending; (x,).
        y_values: the values of y, ascending; (y,).
        x: the setting from left to right.
        y: the setting from below to above.
        measure: what the numbers are.
        note: of how many trials they are.
        title: the title of the picture.
        pixels: whether the picture is nothing but its pixels, one for each pair, as a PNG; else it has axes.
        theme: the colours.
    """
    scale, colors = robust_scale(values[states == 0]), _colors(theme)
    codes, palette = _codes(scale.share(values), states), _palette(colors, theme)
    if pixels:
        return _png(codes, palette)
    page = figure.titled(title, height=6.6)
    axes = page.subplots()
    axes.imshow(palette[codes], origin="lower", extent=(0, len(x_values), 0, len(y_values)), aspect="auto")
    axes.grid(False)
    logarithmic = [_name_values(*side) for side in ((axes.xaxis, x_values), (axes.yaxis, y_values))]
    if (states == 0).any():
        color_bar(axes, scale, colors, measure)
    _explain(axes, states, theme)
    axes.set_title(style.one_line(note), color=theme.faint_ink)
    names = [axis_name(name, logarithmic=log) for name, log in zip((x, y), logarithmic, strict=True)]
    figure.name_axes(axes, *names)
    return page


def robust_scale(values: Array) -> Scale:
    """The scale of most of some finite numbers, logarithmic where these span decades.

    It goes from the 1st to the 99th percentile, and no farther than 1.5 interquartile ranges beyond the quartiles
    (J. W. Tukey: Exploratory Data Analysis, inner fences).
    """
    if not values.size:
        return Scale(0.0, 1.0)
    positive = values[values > 0]
    if positive.size and values.min() >= 0 and spans_decades(*_percentiles(positive)):
        low, high = np.exp(_ends(np.log(positive)))
        return Scale(float(low), float(high), logarithmic=True)
    return Scale(*_ends(values))


def _percentiles(values: Array) -> tuple[float, float]:
    low, high = np.quantile(values, (_TAILS, 1 - _TAILS))
    return float(low), float(high)


def _ends(values: Array) -> tuple[float, float]:
    low, high = _percentiles(values)
    first, third = (float(quartile) for quartile in np.quantile(values, (0.25, 0.75)))
    room = _FENCE * (third - first)
    return (max(low, first - room), min(high, third + room)) if room else (low, high)


def is_geometric(values: Array) -> bool:
    """Whether ascending values are on a logarithmic axis: evenly spaced there, or unevenly and close to the least."""
    if len(values) < 3 or values[0] <= 0 or _is_even(values):
        return False
    return _is_even(np.log(values)) or chosen_by_decades(values)


def _is_even(values: Array) -> bool:
    steps = np.diff(values)
    return bool(np.ptp(steps) <= _EVEN * steps.mean())


def _colors(theme: Theme) -> Colormap:
    most = _LIGHTER if theme.values == "Greys" else 1.0
    return ListedColormap(colormaps[theme.values](np.linspace(0, most, _SHADES)))


def _special(theme: Theme) -> dict[int, tuple[str, str]]:
    """The label and the colour of each state."""
    return {
        DIVERGED: ("diverged", theme.warning),
        NEVER: ("never", theme.color_of(3)),
        NOTHING: ("not trained", theme.empty),
    }


def _codes(shares: Array, states: Array) -> Array:
    """The number of each pixel's colour, uint8, (y, x)."""
    shades = np.minimum(np.nan_to_num(shares) * _SHADES, _SHADES - 1)
    return np.asarray(np.where(states > 0, _SHADES - 1 + states, shades), np.uint8)


def _palette(colors: Colormap, theme: Theme) -> Array:
    """The colours by their numbers in bytes, uint8, (colors, 3)."""
    special = [to_rgb(color) for _, color in _special(theme).values()]
    return np.asarray(np.rint(255 * np.concatenate([colors(np.arange(_SHADES))[:, :3], special])), np.uint8)


def _png(codes: Array, palette: Array) -> bytes:
    from PIL import Image

    image = Image.fromarray(codes[::-1].copy())
    image.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


def _name_values(axis: Axis, values: Array) -> bool:
    """Writes round numbers beside the pixels; whether they are on a logarithmic scale."""
    logarithmic = is_geometric(values)
    ticks = Scale(float(values[0]), float(values[-1]), logarithmic).ticks()
    marks, places = (np.log(numbers) if logarithmic else numbers for numbers in (np.array(ticks), values))
    axis.set_ticks(np.interp(marks, places, np.arange(len(values)) + 0.5), [short(tick) for tick in ticks])
    return logarithmic


def _explain(axes: Axes, states: Array, theme: Theme) -> None:
    """A legend of the colours of pixels without a number."""
    found = [state for state in _special(theme) if (states == state).any()]
    for state in found:
        label, color = _special(theme)[state]
        axes.scatter([], [], 60, color, marker="s", label=label, edgecolors=theme.frame, linewidths=0.5)
    if found:
        figure.legend_above(axes)
