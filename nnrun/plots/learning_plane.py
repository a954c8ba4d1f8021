"""The predictions over the plane of two inputs in an animation: classes' regions, or values as colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb, to_rgba_array
from PIL import Image

from nnrun.plots import figure
from nnrun.plots.stamp import Stamp
from nnrun.plots.style import Array, Theme
from nnrun.plots.surface import draw_rows, ends, mixed, value_range

# The steps that probabilities and values are drawn in: smooth colours would make a large file.
_SHADES = 12
_HUGE = 1e30  # Beyond it, a mean of some float32 may overflow.

# Samples of two inputs and their targets, (rows, 2) and (rows,), of training and validation.
Samples = tuple[Array, Array, Array, Array]
# The colours of a surface, whose parts have the shape (height, width), as one number each; uint32, same shape.
_Painted = Callable[[Sequence[Array]], Array]


def paint_plane(
    axes: Axes, data: Samples, grid: Sequence[Array] | Array, frames: Array, names: Sequence[str], theme: Theme
) -> Callable[[int, Array], None]:
    """Draws the axes once; returns what paints the surface of a frame and the rows upon it.

    Args:
        axes: where they are drawn.
        data: the samples.
        grid: the columns and rows of the grid, shape (2, side).
        frames: the predictions, shape (frames, side, side, classes), or (frames, side, side).
        names: of the two inputs.
        theme: the colours.
    """
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
    left, right = round(axes.bbox.x0) + 1, round(axes.bbox.x1)
    top, bottom = round(page.bbox.height - axes.bbox.y1), round(page.bbox.height - axes.bbox.y0) - 1
    rows = Stamp.drawn(page.canvas, axes.collections, (top, bottom, left, right))
    for marks in axes.collections:
        marks.set_visible(False)

    surfaces = _images(frames)

    def paint(i: int, pixels: Array) -> None:
        pixels.view(np.uint32)[top:bottom, left:right, 0] = painted(_enlarged(surfaces[i], right - left, bottom - top))
        rows.put_on(pixels)

    return paint


def _images(frames: Array) -> Array:
    """The surfaces of all frames, each part by itself, its first row lowest; float32, (frames, parts, side, side)."""
    count, side = frames.shape[:2]
    parts = np.moveaxis(frames.reshape(count, side, side, -1)[:, ::-1], -1, 1)
    return np.ascontiguousarray(np.clip(np.nan_to_num(parts), -_HUGE, _HUGE), dtype=np.float32)


def _enlarged(surface: Array, width: int, height: int) -> list[Array]:
    """The parts of a surface, (parts, side, side), in so many pixels; shape (height, width) each."""
    side = surface.shape[-1]
    inner = (0.5, 0.5, side - 0.5, side - 0.5)  # the grid's ends stand on the picture's edges
    enlarge = Image.Resampling.BILINEAR
    return [np.asarray(Image.fromarray(part).resize((width, height), enlarge, inner)) for part in surface]


def _colors(frames: Array, targets: Sequence[Array], theme: Theme) -> tuple[Callable[[Array], Array], _Painted]:
    """What gives rows their colours, (rows, 4), and what gives a surface its own."""
    steps = np.linspace(0.0, 1.0, _SHADES + 1)
    if frames.ndim == 4:
        palette = to_rgba_array([theme.color_of(number) for number in range(frames.shape[-1])])  # (classes, 4)
        return lambda labels: palette[labels.astype(int)], _regions(frames.shape[-1], theme)
    low, high = value_range(frames[-1], *targets)
    scale = ScalarMappable(Normalize(low, high), theme.values)
    table = _packed(scale.cmap(steps)[:, :3])  # (shades + 1,)
    return scale.to_rgba, lambda values: table.take(_steps((values[0] - low) / ((high - low) or 1.0)))


def _regions(classes: int, theme: Theme) -> _Painted:
    """What gives classes' probabilities their mixed colours in steps, with a line where the likeliest changes."""
    steps = np.linspace(0.0, 1.0, _SHADES + 1)
    # Of several classes only the likeliest and its probability are drawn: mixtures would make too many colours.
    others = (1 - steps) / (classes - 1)  # (shades + 1,)
    mixtures = np.where(np.eye(classes, dtype=bool)[:, None], steps[:, None], others[:, None])
    table = _packed(mixed(mixtures, theme))  # (classes, shades + 1)
    ink = _packed(np.array(to_rgb(theme.ink)))

    def painted(shares: Sequence[Array]) -> Array:
        likeliest, sure = np.zeros(shares[0].shape, np.uint16), shares[0].copy()  # (height, width) each
        for number in range(1, classes):
            np.copyto(likeliest, np.uint16(number), where=shares[number] > sure)
            np.maximum(sure, shares[number], out=sure)
        colors = table.ravel().take(likeliest * np.uint16(_SHADES + 1) + _steps(sure))
        np.copyto(colors[:-1], ink, where=likeliest[1:] != likeliest[:-1])
        np.copyto(colors[:, :-1], ink, where=likeliest[:, 1:] != likeliest[:, :-1])
        return colors

    return painted


def _steps(shares: Array) -> Array:
    """The number of the shade of each share; uint8."""
    return (np.clip(shares, 0, 1) * _SHADES + 0.5).astype(np.uint8)


def _packed(colors: Array) -> Array:
    """Red, green and blue in [0, 1], shape (…, 3), as the four bytes of an opaque pixel; uint32, shape (…)."""
    parts = np.full((*colors.shape[:-1], 4), 255, np.uint8)
    parts[..., :3] = np.round(255 * colors)
    return np.ascontiguousarray(parts).view(np.uint32)[..., 0]
