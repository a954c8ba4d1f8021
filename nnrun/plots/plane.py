"""Two settings of a random search as a plane with a dot per configuration."""

import numpy as np
from matplotlib.figure import Figure

from nnrun.plots import figure, style
from nnrun.plots.scale import chosen_by_decades, scale_of
from nnrun.plots.scaled_axis import axis_name, color_bar, make_logarithmic, rated
from nnrun.plots.style import LIGHT, Array, Theme


@figure.picture
def draw_plane(
    x_values: Array,
    y_values: Array,
    values: Array,
    x: str,
    y: str,
    measure: str,
    missing: str,
    title: str,
    *,
    largest: bool = False,
    theme: Theme = LIGHT,
) -> Figure:
    """A dot per configuration, coloured by its number; a cross where it has none.

    Args:
        x_values: one setting of each configuration, shape (configurations,).
        y_values: the other one, same shape.
        values: the median of each configuration, same shape; what is not finite is a cross.
        x: the name of the setting from left to right.
        y: the name of the other one.
        measure: what the numbers are.
        missing: the label of the crosses, such as `never or failed`.
        title: the title of the picture.
        largest: whether the largest number is the best, or the least.
        theme: the colours.
    """
    page = figure.titled(title)
    axes = page.subplots()
    logarithmic = [chosen_by_decades(numbers) for numbers in (x_values, y_values)]
    if logarithmic[0]:
        make_logarithmic(axes, "x", x_values)
    if logarithmic[1]:
        make_logarithmic(axes, "y", y_values)
    scale, colors = scale_of(values), rated(theme, largest=largest)
    known = np.isfinite(values)
    worst_first = np.argsort(values[known] if largest else -values[known], kind="stable")
    dots = colors(scale.share(values[known][worst_first]))
    x_known, y_known = x_values[known][worst_first], y_values[known][worst_first]
    axes.scatter(x_known, y_known, 60, dots, zorder=3, clip_on=False, linewidths=0)
    if not known.all():
        x_lost, y_lost, label = x_values[~known], y_values[~known], style.one_line(missing)
        axes.scatter(x_lost, y_lost, 40, theme.warning, marker="x", label=label, clip_on=False)
        figure.legend_above(axes)
    if known.any():
        color_bar(axes, scale, colors, measure)
    names = [axis_name(name, logarithmic=log) for name, log in zip((x, y), logarithmic, strict=True)]
    figure.name_axes(axes, *names)
    return page
