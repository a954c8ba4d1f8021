"""The animation of a training: the predictions after each epoch, beside the loss."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb, to_rgba_array
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from nnrun.plots import figure
from nnrun.plots.animation import encode_gif
from nnrun.plots.prediction import are_classes, curves, draw_data
from nnrun.plots.scaled_axis import axis_name, scale_lines, short_ticks
from nnrun.plots.style import LIGHT, Array, Theme
from nnrun.plots.surface import draw_rows, ends, mixed, value_range
from nnrun.plots.thinning import chosen_epochs

# How long a frame stands, and how long the first and the last one do, milliseconds.
_MILLISECONDS = 90
_FIRST_MILLISECONDS = 600
_LAST_MILLISECONDS = 2500

_MOST_BYTES = 1_000_000
_WIDTH, _HEIGHT = 7.2, 3.6  # hundreds of pixels
# From so many epochs on, the loss stands over a logarithmic axis of epochs, as the frames do.
_MANY_EPOCHS = 30
_MOST_POINTS = 400
# The steps that probabilities and values are drawn in: smooth colours would make a large file.
_SHADES = 12

_HUGE = 1e30  # Beyond it, a mean of some float32 may overflow.

Paint = Callable[[int, Array], None]


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
        paint = _surface(left, data, grid, frames, names, theme)
    follow = _loss(right, history, epochs, theme)
    times = [_FIRST_MILLISECONDS, *[_MILLISECONDS] * (len(frames) - 2), _LAST_MILLISECONDS][-len(frames) :]
    return encode_gif(_drawn(page, paint, follow, len(frames)), times, _MOST_BYTES)


def _drawn(page: Figure, paint: Paint, follow: Paint, count: int) -> Iterator[Array]:
    """The frames, each drawn upon what is the same in all of them; uint8, shape (height, width, 4)."""
    canvas = _canvas(page)
    canvas.draw()
    still = canvas.copy_from_bbox(page.bbox)
    for i in range(count):
        canvas.restore_region(still)
        follow(i, np.zeros(0))
        paint(i, pixels := np.asarray(canvas.buffer_rgba()))
        yield pixels


def _curve(
    axes: Axes,
    data: tuple[Array, Array, Array, Array],
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


def _surface(
    axes: Axes,
    data: tuple[Array, Array, Array, Array],
    grid: Sequence[Array] | Array,
    frames: Array,
    names: Sequence[str],
    theme: Theme,
) -> Paint:
    """Draws the axes once; returns what paints the surface of a frame and the rows upon it."""
    inputs, targets, validation_inputs, validation_targets = data
    axes.set(xlim=ends(grid[0]), ylim=ends(grid[1]))
    axes.grid(False)
    axes.tick_params(left=True, bottom=True)
    axes.set_axisbelow(False)
    for axis in (axes.xaxis, axes.yaxis):
        figure.round_ticks(axis)
    figure.name_axes(axes, *names)
    colored, painted = _colors(frames, (targets, validation_targets), theme)
    draw_rows(axes, inputs, colored(targets), "training", theme)
    draw_rows(axes, validation_inputs, colored(validation_targets), "validation", theme)
    figure.legend_above(axes)
    page = axes.figure
    page.canvas.draw()
    left, right = round(axes.bbox.x0) + 1, round(axes.bbox.x1)
    top, bottom = round(page.bbox.height - axes.bbox.y1), round(page.bbox.height - axes.bbox.y0) - 1
    rows = _alone(axes)[top:bottom, left:right]  # (height, width, 4)
    covered = rows[..., 3] > 0  # (height, width)
    cover = rows[covered][:, 3:] / 255.0  # (covered, 1)
    over = rows[covered][:, :3] * cover  # (covered, 3)

    def paint(i: int, pixels: Array) -> None:
        colors = painted(_enlarged(frames[i], right - left, bottom - top))  # (height, width, 3)
        colors[covered] = colors[covered] * (1 - cover) + over
        pixels[top:bottom, left:right, :3] = colors

    return paint


def _enlarged(surface: Array, width: int, height: int) -> Array:
    """A surface of shape (side, side, …) in so many pixels, its first row lowest; shape (height, width, values)."""
    from PIL import Image

    side = len(surface)
    inner = (0.5, 0.5, side - 0.5, side - 0.5)  # the grid's ends stand on the picture's edges
    finite = np.clip(np.nan_to_num(surface[::-1].reshape(side, side, -1)), -_HUGE, _HUGE).astype(np.float32)
    enlarge = Image.Resampling.BILINEAR
    images = [Image.fromarray(part).resize((width, height), enlarge, inner) for part in np.moveaxis(finite, -1, 0)]
    return np.stack([np.asarray(image) for image in images], axis=-1)


def _colors(
    frames: Array, targets: Sequence[Array], theme: Theme
) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """What gives rows their colours, (rows, 4), and what gives a surface its own, uint8 (height, width, 3)."""
    steps = np.linspace(0.0, 1.0, _SHADES + 1)
    if frames.ndim == 4:
        palette = to_rgba_array([theme.color_of(number) for number in range(frames.shape[-1])])  # (classes, 4)
        return lambda labels: palette[labels.astype(int)], lambda shares: _regions(shares, theme)
    low, high = value_range(frames[-1], *targets)
    scale = ScalarMappable(Normalize(low, high), theme.values)
    table = np.round(255 * scale.cmap(steps)[:, :3]).astype(np.uint8)  # (shades + 1, 3)

    def shades(values: Array) -> Array:
        places = np.clip((values[..., 0] - low) / ((high - low) or 1.0), 0, 1)  # (height, width)
        return np.asarray(table[(places * _SHADES + 0.5).astype(np.uint8)])

    return scale.to_rgba, shades


def _regions(shares: Array, theme: Theme) -> Array:
    """The classes' mixed colours in steps, with a line where the likeliest changes; uint8 (height, width, 3)."""
    classes = shares.shape[-1]
    steps = np.linspace(0.0, 1.0, _SHADES + 1)
    if classes == 2:
        likeliest = shares[..., 1] > shares[..., 0]  # (height, width)
        table = np.round(255 * mixed(np.stack([1 - steps, steps], axis=-1), theme)).astype(np.uint8)
        colors = table[(np.clip(shares[..., 1], 0, 1) * _SHADES + 0.5).astype(np.uint8)]
    else:
        # Of several classes only the likeliest and its probability are drawn: mixtures would make too many colours.
        likeliest = shares.argmax(axis=-1)
        sure = np.clip(shares.max(axis=-1), 0, 1)  # (height, width)
        others = (1 - steps) / (classes - 1)  # (shades + 1,)
        mixtures = np.where(np.eye(classes, dtype=bool)[:, None], steps[:, None], others[:, None])
        table = np.round(255 * mixed(mixtures, theme)).astype(np.uint8)  # (classes, shades + 1, 3)
        colors = table[likeliest, (sure * _SHADES + 0.5).astype(np.uint8)]
    ink = np.round(255 * np.array(to_rgb(theme.ink))).astype(np.uint8)
    colors[:-1][likeliest[1:] != likeliest[:-1]] = ink
    colors[:, :-1][likeliest[:, 1:] != likeliest[:, :-1]] = ink
    return colors


def _canvas(page: Figure | SubFigure) -> FigureCanvasAgg:
    canvas = page.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    return canvas


def _alone(axes: Axes) -> Array:
    """The rows on the axes without anything else, as red, green, blue and cover of the whole page; uint8."""
    canvas = _canvas(axes.figure)
    renderer = canvas.get_renderer()
    renderer.clear()
    for marks in axes.collections:
        marks.draw(renderer)
        marks.set_visible(False)
    return np.array(canvas.buffer_rgba())


def _loss(axes: Axes, history: Mapping[str, Sequence[float]], epochs: Array, theme: Theme) -> Paint:
    """Draws the losses of the whole training faintly; returns what draws them up to a frame's epoch."""
    losses = {"training": history.get("loss", ()), "validation": history.get("val_loss", ())}
    series = {name: figure.drawable(values) for name, values in losses.items() if len(values)}
    last = max(map(len, series.values()), default=1)
    many = last >= _MANY_EPOCHS
    axes.set_xlim(1 if many else 0, max(last, 2))
    axes.set_xscale("log" if many else "linear")
    if many:
        axes.xaxis.set_major_formatter(short_ticks)
        axes.minorticks_off()
    else:
        figure.round_ticks(axes.xaxis, whole=True)
    logarithmic = scale_lines(axes, np.concatenate([*series.values(), np.zeros(0)]))
    moving = []
    for name, values in series.items():
        color = theme.training if name == "training" else theme.validation
        shown = np.array(chosen_epochs(len(values), _MOST_POINTS)[1:]) if many else np.arange(1, len(values) + 1)
        axes.plot(shown, values[shown - 1], color=color, alpha=0.25, linewidth=1.0)
        (line,) = axes.plot([], [], color=color, label=name)
        (dot,) = axes.plot([], [], "o", color=color, markersize=5, clip_on=False)
        moving.append((shown, values, line, dot))
    if not logarithmic:
        axes.yaxis.set_major_locator(MaxNLocator(5))
    names = axis_name("epoch", logarithmic=many), axis_name("loss", logarithmic=logarithmic)
    figure.name_axes(axes, *names)
    if len(series) > 1:
        figure.legend_above(axes)
    caption = axes.text(0.97, 0.95, "", transform=axes.transAxes, ha="right", va="top", fontsize=11, fontweight="bold")

    def follow(i: int, pixels: Array) -> None:
        epoch = int(epochs[i])
        for shown, values, line, dot in moving:
            before = shown[shown <= epoch]
            line.set_data(before, values[before - 1])
            axes.draw_artist(line)
            if 0 < epoch <= len(values):
                dot.set_data([epoch], [values[epoch - 1]])
                axes.draw_artist(dot)
        caption.set_text(f"epoch {epoch:,}")
        axes.draw_artist(caption)

    return follow
