"""The animation of a training: the predictions after each epoch, beside the loss."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ticker import MaxNLocator

from nnrun.plots import figure
from nnrun.plots.animation import encode_gif
from nnrun.plots.learning_loss import Paint, draw_losses, follow_losses
from nnrun.plots.learning_plane import Samples, paint_plane
from nnrun.plots.prediction import are_classes, curves, draw_data
from nnrun.plots.style import LIGHT, Array, Theme
from nnrun.plots.surface import value_range

# How long a frame stands, and how long the first and the last one do, milliseconds.
_MILLISECONDS = 90
_FIRST_MILLISECONDS = 600
_LAST_MILLISECONDS = 2500

_MOST_BYTES = 1_000_000
_WIDTH, _HEIGHT = 7.2, 3.6  # hundreds of pixels


@figure.picture
def draw_learning(
    inputs: Array,
    targets: Array,
    validation_inputs: Array,
    validation_targets: Array,
    grid: Sequence[Array] | Array,
    frames: Array,
    epochs: Array,
    history: Mapping[str, Sequence[float]],
    names: Sequence[str],
    title: str,
    classes: Sequence[str] = (),
    *,
    theme: Theme = LIGHT,
) -> bytes:
    """The prediction after each of some epochs beside the loss up to there, as a GIF of at most 1 MB.

    Args:
        inputs: the inputs of the training set, shape (rows, 1) or (rows, 2).
        targets: their targets: class numbers or values, shape (rows,), for one input also (rows, outputs).
        validation_inputs: the inputs of the validation set; may be empty.
        validation_targets: their targets.
        grid: where the predictions were made: for one input ascending numbers, shape (1, points); for two inputs the
            columns and rows of a grid, shape (2, side).
        frames: the predictions after each epoch: for one input of shape (frames, points, outputs); for two inputs
            classes' probabilities, of shape (frames, side, side, classes), or values, of shape (frames, side, side).
            As uint8 it counts in 255ths.
        epochs: of each frame the epoch, 0 for the initial weights; shape (frames,).
        history: the metrics by name, a number per epoch; its `loss` and `val_loss` are drawn.
        names: of the one input and the target, or of the two inputs.
        title: the title.
        classes: the names of the classes or outputs; by default their numbers.
        theme: the colours.

    Returns:
        The bytes of a GIF file of 720 × 360 pixels and at most 60 frames.
    """
    if frames.dtype == np.uint8:
        frames = frames / np.float32(255)
    page = figure.titled(title, _WIDTH, _HEIGHT)
    page.subplots_adjust(left=0.115, right=0.975, bottom=0.145, top=0.815, wspace=0.32)
    left, right = page.subplots(1, 2, width_ratios=(1.2, 1))
    data = (inputs, targets, validation_inputs, validation_targets)
    if frames.ndim == 3 and len(grid) == 1:
        paint = _curve(left, data, grid[0], frames, names, classes, theme)
    else:
        paint = paint_plane(left, data, grid, frames, names, theme)
    losses = draw_losses(right, history, theme)
    canvas = page.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())  # (height, width, 4), of all that is drawn from here on
    still = pixels.copy()
    follow = follow_losses(right, losses, epochs, canvas, theme.ink)
    times = [_FIRST_MILLISECONDS, *[_MILLISECONDS] * (len(frames) - 2), _LAST_MILLISECONDS][-len(frames) :]
    return encode_gif(_drawn(pixels, still, (follow, paint), len(frames)), times, _MOST_BYTES)


def _drawn(pixels: Array, still: Array, paints: Sequence[Paint], count: int) -> Iterator[Array]:
    """The frames, each drawn upon what is the same in all of them; uint8, shape (height, width, 4)."""
    for i in range(count):
        np.copyto(pixels, still)
        for paint in paints:
            paint(i, pixels)
        yield pixels


def _curve(
    axes: Axes,
    data: Samples,
    x: Array,
    frames: Array,
    names: Sequence[str],
    classes: Sequence[str],
    theme: Theme,
) -> Paint:
    """Draws the data once; returns what draws the lines of a frame."""
    inputs, targets, validation_inputs, validation_targets = data
    training, validation = (inputs[:, 0], targets), (validation_inputs[:, 0], validation_targets)
    draw_data(axes, training, validation, frames[-1], names, theme)
    lines = curves(axes, frames[-1], targets, classes, theme)
    for line in lines:
        line.set_marker("o" if np.unique(x).size == 1 else "")
    low, high = value_range(targets, validation_targets, frames[-1])
    least, greatest = value_range(frames)
    room = 0.25 * (high - low)
    low, high = min(low, max(least, low - room)), max(high, min(greatest, high + room))
    if are_classes(targets, frames[-1]):
        low, high = 0.0, 1.0
    low, high = MaxNLocator().nonsingular(low, high)
    axes.set_ylim(low - 0.04 * (high - low), high + 0.04 * (high - low))
    if len(lines) > 1:  # there is no more room than for what the lines are
        for marks in axes.collections:
            marks.set_label("_")
    for axis in (axes.xaxis, axes.yaxis):
        figure.round_ticks(axis)
    figure.legend_above(axes, axes.bbox.x0 / 2)  # nothing stands above the numbers at the left
    predictions = figure.drawable(frames)  # (frames, points, outputs)

    def paint(i: int, pixels: Array) -> None:
        for line, values in zip(lines, predictions[i].T, strict=True):
            line.set_data(x, values)
            axes.draw_artist(line)

    return paint
