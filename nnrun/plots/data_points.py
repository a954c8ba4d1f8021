"""Data of one or two inputs as points."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgba_array
from matplotlib.figure import Figure

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme
from nnrun.plots.surface import value_range

# The marks of the first, second and third part.
_MARKS = "oD^"


@figure.picture
def draw_data_points(
    points: Array,
    values: Array,
    part: Array,
    parts: Sequence[str],
    names: Sequence[str],
    title: str,
    classes: Sequence[str] = (),
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """The rows as points in the plane of two columns, each part with marks of its own.

    Args:
        points: the two columns, shape (rows, 2).
        values: the target: numbers of classes from 0, or values; shape (rows,). Without any, the parts have colours.
        part: the number of each row's part, shape (rows,).
        parts: the names of the parts, at most three.
        names: the names of the two columns, and that of the target where `values` has values.
        title: the title of the picture.
        classes: the names of the classes; none for values.
        theme: the colours.
    """
    page = figure.titled(title)
    axes = page.subplots()
    colors = _colors(axes, figure.drawable(values).ravel(), names, classes, theme)  # (rows, 4), or none
    x, y = figure.drawable(points).T
    for number, name in enumerate(parts):
        rows = part == number
        own = to_rgba_array(theme.color_of(number)).repeat(int(rows.sum()), axis=0)
        mark, shown = _MARKS[number], colors[rows] if len(colors) else own
        edge = {"edgecolors": theme.paper if number == 0 else theme.ink} if len(colors) else {"alpha": 0.6}
        figure.draw_points(axes, x[rows], y[rows], shown, marker=mark, linewidths=0.7 if len(colors) else 0, **edge)
        faint = theme.faint_ink if len(colors) else theme.color_of(number)
        axes.scatter([], [], color=faint, marker=mark, label=name)
    for number, name in enumerate(classes):
        axes.scatter([], [], color=theme.color_of(number), label=style.label_of(name, "class"))
    axes.margins(x=0.02)
    figure.name_axes(axes, *names[:2])
    for axis in (axes.xaxis, axes.yaxis):
        figure.round_ticks(axis)
    figure.legend_above(axes)
    return page


def _colors(axes: Axes, values: Array, names: Sequence[str], classes: Sequence[str], theme: Theme) -> Array:
    """The colour of each row, (rows, 4); of a target of values with a colour bar."""
    if classes:
        palette = to_rgba_array([theme.color_of(number) for number in range(len(classes))])  # (classes, 4)
        return np.asarray(palette[values.astype(int)])
    if not values.size:
        return np.zeros((0, 4))
    from matplotlib.cm import ScalarMappable

    scale = ScalarMappable(Normalize(*value_range(values)), theme.values)
    axes.figure.subplots_adjust(right=0.94)
    label = style.one_line(names[2], 40)
    axes.figure.colorbar(scale, ax=axes, label=label, fraction=0.06, pad=0.02).outline.set_visible(False)
    return np.asarray(scale.to_rgba(values))
