"""The prediction over one input, beside the data."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme
from nnrun.plots.thinning import thin_line


@figure.picture
def draw_prediction_1d(
    x: Array,
    y: Array,
    validation_x: Array,
    validation_y: Array,
    curve_x: Array,
    curve_y: Array,
    labels: Sequence[str],
    title: str,
    classes: Sequence[str] = (),
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """The data as points and the prediction over their one input as a line.

    Targets of one column against a prediction of several are class labels against the classes' probabilities: each
    point then lies at probability 1 in the colour of its class.

    Args:
        x: the input of the training set, shape (rows,).
        y: the targets of the training set, shape (rows,) or (rows, outputs).
        validation_x: the input of the validation set, same number of dimensions; may be empty.
        validation_y: the targets of the validation set, of the same number of columns as `y`.
        curve_x: the inputs of the prediction, ascending, shape (points,).
        curve_y: the prediction, shape (points,) or (points, outputs).
        labels: the names of the input and of the target.
        title: the title of the picture.
        classes: the names of the classes or outputs; by default their numbers.
        theme: the colours.
    """
    page = figure.titled(title)
    axes = page.subplots()
    draw_data(axes, (x, y), (validation_x, validation_y), curve_y, labels, theme)
    for line, values in zip(curves(axes, curve_y, y, classes, theme), _columns(curve_y).T, strict=True):
        x_shown, y_shown = thin_line(figure.drawable(curve_x), values)
        line.set_data(x_shown, y_shown)
        line.set_marker("o" if np.unique(x_shown).size == 1 else "")
    axes.relim(visible_only=True)
    axes.autoscale_view()
    figure.legend_above(axes)
    return page


def draw_data(
    axes: Axes,
    training: tuple[Array, Array],
    validation: tuple[Array, Array],
    predicted: Array,
    labels: Sequence[str],
    theme: Theme,
) -> None:
    """The samples of both sets as points, and the names of the axes.

    Args:
        axes: where.
        training: the inputs, shape (rows,), and the targets, shape (rows,) or (rows, outputs).
        validation: the same for the validation set, which may be empty.
        predicted: predictions, shape (points,) or (points, outputs), which distinguish classes from values.
        labels: the names of the input and of the target.
        theme: the colours.
    """
    outputs = _columns(predicted).shape[1]
    classes = are_classes(training[1], predicted)
    figure.name_axes(axes, labels[0], f"probability of each {labels[1]}" if classes else labels[1])
    for (places, targets), name, shape, color in (
        (training, "training", "o", theme.training),
        (validation, "validation", "D", theme.validation),
    ):
        if len(places):
            palette = np.array([theme.color_of(column) for column in range(outputs)] if outputs > 1 else [color])
            points = _points(figure.drawable(places), _columns(targets), palette, classes)
            figure.draw_points(axes, *points, marker=shape, alpha=0.6, linewidths=0)
            axes.scatter([], [], color=theme.faint_ink if outputs > 1 else color, marker=shape, label=name)
    axes.margins(x=0.02)


def curves(axes: Axes, predicted: Array, targets: Array, names: Sequence[str], theme: Theme) -> list[Line2D]:
    """A line without points for each output of a prediction, with its colour and its name."""
    outputs = _columns(predicted).shape[1]
    kind = "class" if are_classes(targets, predicted) else "output"
    lines = []
    for column in range(outputs):
        color = theme.color_of(column) if outputs > 1 else theme.prediction
        name = style.label_of(names[column] if column < len(names) else str(column), kind)
        label = name if outputs > 1 else "prediction"
        lines += axes.plot([], [], color=color, linewidth=2.0, label=label)
    return lines


def are_classes(targets: Array, predicted: Array) -> bool:
    """Whether the targets are class labels and the predictions the probabilities of the classes."""
    return bool(_columns(targets).shape[1] == 1 < _columns(predicted).shape[1])


def _columns(values: Array) -> Array:
    return figure.drawable(values).reshape(len(values), math.prod(values.shape[1:]))  # (rows, outputs)


def _points(x: Array, targets: Array, palette: Array, classes: bool) -> tuple[Array, Array, Array]:
    """Where the targets stand and in which colours; shape (points,) each."""
    if classes:
        return x, np.ones(len(x)), palette[targets[:, 0].astype(int)]
    return np.repeat(x, targets.shape[1]), targets.ravel(), np.tile(palette, len(x))
