"""Predictions over the plane of two inputs: decision regions of classes, or values as colours."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme

Extent = tuple[float, float, float, float]


@figure.picture
def draw_surface(
    points: Array,
    labels: Array,
    validation_points: Array,
    validation_labels: Array,
    grid_x: Array,
    grid_y: Array,
    surface: Array,
    names: Sequence[str],
    title: str,
    classes: Sequence[str] = (),
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """The predictions over the plane of two inputs as colours, with the data on it.

    Training samples are discs, validation samples are diamonds with a dark edge, in the colours of their true labels.

    Args:
        points: the inputs of the training set, shape (rows, 2).
        labels: their class numbers from 0, or their target values where `surface` holds values; shape (rows,).
        validation_points: the inputs of the validation set, shape (rows, 2); may be empty.
        validation_labels: as `labels`, for the validation set.
        grid_x: the first input of the grid's columns, ascending and evenly spaced, shape (columns,).
        grid_y: the second input of the grid's rows, ascending and evenly spaced, shape (rows of the grid,).
        surface: the predictions on the grid: the classes' probabilities, of shape (rows of the grid, columns,
            classes), or values, of shape (rows of the grid, columns).
        names: the names of the two inputs.
        title: the title of the picture.
        classes: the names of the classes; by default their numbers.
        theme: the colours.
    """
    page = figure.titled(title)
    axes = page.subplots()
    extent = (*_edges(grid_x), *_edges(grid_y))
    numbers = [figure.drawable(values).ravel() for values in (labels, validation_labels)]  # (rows,) each
    surface = figure.drawable(surface)
    if surface.ndim == 3:
        colored = _draw_regions(axes, surface, extent, theme)
    else:
        colored = _draw_values(axes, surface, extent, numbers, theme)
    draw_rows(axes, points, colored(numbers[0]), "training", theme)
    draw_rows(axes, validation_points, colored(numbers[1]), "validation", theme)
    for number in range(surface.shape[-1] if surface.ndim == 3 else 0):
        name = style.label_of(classes[number] if number < len(classes) else str(number), "class")
        axes.scatter([], [], color=theme.color_of(number), label=name)
    axes.set(xlim=ends(grid_x), ylim=ends(grid_y))
    axes.grid(False)
    axes.tick_params(left=True, bottom=True)
    figure.name_axes(axes, *names)
    figure.legend_above(axes)
    return page


def mixed(probabilities: Array, theme: Theme) -> Array:
    """The classes' colours mixed by their probabilities and brought near the colour of the page, each part in [0, 1].

    Args:
        probabilities: of each class, shape (…, classes).
        theme: the colours.

    Returns:
        Red, green and blue, shape (…, 3).
    """
    classes = probabilities.shape[-1]
    palette = to_rgba_array([theme.color_of(number) for number in range(classes)])[:, :3]  # (classes, 3)
    shares = np.clip(np.nan_to_num(probabilities), 0.0, 1.0)  # (…, classes)
    return np.asarray(np.clip(0.45 * shares @ palette + 0.55 * to_rgba_array(theme.paper)[0, :3], 0.0, 1.0))


def value_range(*values: Array) -> tuple[float, float]:
    """The least and the greatest of all finite values."""
    flat = np.concatenate([figure.drawable(part).ravel() for part in values])
    finite = flat[np.isfinite(flat)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def draw_rows(axes: Axes, points: Array, colors: Array, name: str, theme: Theme) -> None:
    """The samples as discs, those of the validation set as diamonds with a dark edge.

    Args:
        axes: where.
        points: the inputs, shape (rows, 2).
        colors: their colours, shape (rows, 3) or (rows, 4).
        name: `training` or `validation`, for the legend.
        theme: the colours.
    """
    if len(points):
        shape, edge = ("o", theme.paper) if name == "training" else ("D", theme.ink)
        x, y = figure.drawable(points).T
        figure.draw_points(axes, x, y, colors, marker=shape, edgecolors=edge, linewidths=0.7)
        axes.scatter([], [], color=theme.faint_ink, marker=shape, label=name)


def ends(grid: Array) -> tuple[float, float]:
    """The first and the last number of a grid, shape (points,); apart also where all numbers are the same."""
    low, high = MaxNLocator().nonsingular(*figure.drawable(grid)[[0, -1]].tolist())
    return float(low), float(high)


def _edges(grid: Array) -> tuple[float, float]:
    """The outer edges of the grid's first and last pixel."""
    low, high = ends(grid)
    margin = 0.5 * (high - low) / (len(grid) - 1)
    return low - margin, high + margin


def _draw_regions(axes: Axes, probabilities: Array, extent: Extent, theme: Theme) -> Callable[[Array], Array]:
    """The classes' mixed colours, with a dark line where the likeliest changes."""
    classes = probabilities.shape[-1]
    shares = np.nan_to_num(probabilities)  # (rows of the grid, columns, classes)
    axes.imshow(mixed(shares, theme), extent=extent, origin="lower", interpolation="bilinear")
    for number in range(classes - 1):
        lead = shares[..., number] - np.delete(shares, number, axis=-1).max(axis=-1)  # (rows of the grid, columns)
        if lead.min() < 0 < lead.max():
            axes.contour(lead, levels=[0.0], extent=extent, origin="lower", colors=theme.ink, linewidths=1.0)
    palette = to_rgba_array([theme.color_of(number) for number in range(classes)])[:, :3]  # (classes, 3)
    return lambda numbers: palette[numbers.astype(int)]


def _draw_values(
    axes: Axes, surface: Array, extent: Extent, labels: Sequence[Array], theme: Theme
) -> Callable[[Array], Array]:
    """The values as colours, with a colour bar, on a scale that holds the labels too."""
    low, high = value_range(surface, *labels)
    image = axes.imshow(
        surface, theme.values, vmin=low, vmax=high, extent=extent, origin="lower", interpolation="bilinear"
    )
    axes.figure.subplots_adjust(right=0.94)
    axes.figure.colorbar(image, ax=axes, label="predicted value", fraction=0.06, pad=0.02).outline.set_visible(False)
    return image.to_rgba
