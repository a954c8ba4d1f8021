"""What the network predicts, beside what it should have."""

from __future__ import annotations

import math

import numpy as np

from nnrun.plots import figure, style
from nnrun.plots.style import Array


@figure.house_style()
def draw_prediction_1d(
    x: Array,
    y: Array,
    validation_x: Array,
    validation_y: Array,
    curve_x: Array,
    curve_y: Array,
    labels: tuple[str, str],
    title: str,
) -> bytes:
    """The data as points and the prediction over their one input as a line, as PNG.

    Targets of one column against a prediction of several are class labels against the classes' probabilities: each
    point then stands at probability 1 in the colour of its class.

    Args:
        x: the training rows' input, shape (rows,).
        y: the training rows' targets, shape (rows,) or (rows, outputs).
        validation_x: the validation rows' input, shape (validation rows,); may be empty.
        validation_y: the validation rows' targets, of the same number of columns as `y`.
        curve_x: where the prediction was made, ascending, shape (points,).
        curve_y: the prediction, shape (points,) or (points, outputs).
        labels: the names of the input and of the target.
        title: what stands above the picture.

    Returns:
        The bytes of a PNG file, 800 pixels wide.
    """
    curves = _columns(curve_y)
    outputs = curves.shape[1]
    classes = _columns(y).shape[1] == 1 < outputs
    page = figure.titled(title)
    axes = page.subplots()
    figure.name_axes(axes, labels[0], f"probability of each {labels[1]}" if classes else labels[1])
    for places, targets, name, shape, color in (
        (x, y, "training", "o", style.TRAINING),
        (validation_x, validation_y, "validation", "D", style.VALIDATION),
    ):
        if len(places):
            palette = np.array([style.color_of(column) for column in range(outputs)] if outputs > 1 else [color])
            points = _points(figure.drawable(places), _columns(targets), palette, classes)
            figure.draw_points(axes, *points, marker=shape, alpha=0.6, linewidths=0)
            axes.scatter([], [], color=style.FAINT_INK if outputs > 1 else color, marker=shape, label=name)
    for column, values in enumerate(curves.T):
        color = style.color_of(column) if outputs > 1 else style.PREDICTION
        name = f"{'class' if classes else 'output'} {column}" if outputs > 1 else "prediction"
        figure.draw_line(axes, figure.drawable(curve_x), values, color=color, linewidth=2.0, label=name)
    axes.margins(x=0.02)
    figure.legend_above(axes)
    return figure.png(page)


@figure.house_style()
def draw_true_against_predicted(
    true: Array, predicted: Array, validation_true: Array, validation_predicted: Array, title: str
) -> bytes:
    """Every prediction over its true value, with the diagonal on which all would lie, as PNG.

    Args:
        true: the training rows' targets, any shape.
        predicted: the predictions for them, same shape.
        validation_true: the validation rows' targets, any shape; may be empty.
        validation_predicted: the predictions for them, same shape.
        title: what stands above the picture.

    Returns:
        The bytes of a PNG file, 800 pixels wide.
    """
    page = figure.titled(title)
    page.subplots_adjust(left=0.2625, right=0.7375)  # a square
    axes = page.subplots()
    figure.name_axes(axes, "true value", "predicted value")
    for x, y, name, shape, color in (
        (true, predicted, "training", "o", style.TRAINING),
        (validation_true, validation_predicted, "validation", "D", style.VALIDATION),
    ):
        if x.size:
            x, y = figure.drawable(x).ravel(), figure.drawable(y).ravel()  # (values,) each
            figure.draw_points(axes, x, y, np.full(x.size, color), marker=shape, alpha=0.6, linewidths=0, label=name)
    ends = min(axes.get_xlim()[0], axes.get_ylim()[0]), max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot(ends, ends, color=style.FAINT_INK, linewidth=1.0, linestyle="dashed")
    axes.set(xlim=ends, ylim=ends)
    figure.legend_above(axes)
    return figure.png(page)


def _columns(values: Array) -> Array:
    return figure.drawable(values).reshape(len(values), math.prod(values.shape[1:]))  # (rows, outputs)


def _points(x: Array, targets: Array, palette: Array, classes: bool) -> tuple[Array, Array, Array]:
    """Where the targets stand and in which colours; shape (points,) each."""
    if classes:
        return x, np.ones(len(x)), palette[targets[:, 0].astype(int)]
    return np.repeat(x, targets.shape[1]), targets.ravel(), np.tile(palette, len(x))
