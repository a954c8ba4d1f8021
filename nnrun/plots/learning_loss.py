"""The loss beside the predictions of an animation, drawn up to the epoch of each frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform
from PIL import Image, ImageDraw, ImageFont

from nnrun.plots import figure
from nnrun.plots.scaled_axis import axis_name, scale_lines, short_ticks
from nnrun.plots.stamp import Stamp
from nnrun.plots.style import Array, Color, Theme
from nnrun.plots.thinning import chosen_epochs

# From so many epochs on, the loss stands over a logarithmic axis of epochs, as the frames do.
_MANY_EPOCHS = 30
_MOST_POINTS = 400
_CAPTION_POINTS = 11
_CAPTION_PLACE = 0.97, 0.95  # of its upper right corner, in the axes
_CAPTION_ROOM = 24, 240  # pixels

# Draws a frame upon the pixels of the page, uint8, shape (height, width, 4).
Paint = Callable[[int, Array], None]


@dataclass(frozen=True, eq=False)
class LossLine:
    """A loss, (epochs,), which is drawn faintly, and its line in full colour, which is not drawn yet."""

    values: Array
    line: Line2D


def draw_losses(axes: Axes, history: Mapping[str, Sequence[float]], theme: Theme) -> list[LossLine]:
    """Draws the losses of a whole training faintly.

    Args:
        axes: where they are drawn.
        history: the metrics by name; its `loss` and `val_loss` are drawn.
        theme: the colours.
    """
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
    lines = []
    for name, values in series.items():
        color = theme.training if name == "training" else theme.validation
        shown = np.array(chosen_epochs(len(values), _MOST_POINTS)[1:]) if many else np.arange(1, len(values) + 1)
        axes.plot(shown, values[shown - 1], color=color, alpha=0.25, linewidth=1.0)
        (line,) = axes.plot(shown, values[shown - 1], color=color, label=name, animated=True)
        lines.append(LossLine(values, line))
    if not logarithmic:
        axes.yaxis.set_major_locator(MaxNLocator(5))
    names = axis_name("epoch", logarithmic=many), axis_name("loss", logarithmic=logarithmic)
    figure.name_axes(axes, *names)
    if len(series) > 1:
        figure.legend_above(axes)
    return lines


def follow_losses(axes: Axes, lines: Sequence[LossLine], epochs: Array, canvas: FigureCanvasAgg, ink: Color) -> Paint:
    """What draws the losses up to the epoch of a frame, a dot at their end, and the number of the epoch.

    Args:
        axes: those of `draw_losses`.
        lines: what it has returned.
        epochs: of each frame, shape (frames,).
        canvas: on which the page is drawn; what is drawn on it now is lost.
        ink: the colour of the number.
    """
    for loss in lines:
        axes.draw_artist(loss.line)
    whole = np.array(canvas.buffer_rgba())  # (height, width, 4)
    height, width = whole.shape[:2]
    down, right = height // 2, width // 2
    dots = [Stamp.drawn(canvas, [_dot(right, height - down, loss.line)]) for loss in lines]
    caption = _captions(axes, height, ink)
    left = math.floor(axes.bbox.x0) - 1

    def follow(i: int, pixels: Array) -> None:
        epoch = int(epochs[i])
        if epoch > 0:
            end = math.floor(axes.transData.transform((epoch, 1.0))[0]) + 1
            pixels[:, left:end] = whole[:, left:end]
        for loss, dot in zip(lines, dots, strict=True):
            if 0 < epoch <= len(loss.values):
                x, y = axes.transData.transform((epoch, loss.values[epoch - 1]))
                if np.isfinite(y):
                    dot.put_on(pixels, math.floor(height - y + 0.5) - down, math.floor(x + 0.5) - right)
        caption(epoch).put_on(pixels)

    return follow


def _dot(x: int, y: int, line: Line2D) -> Line2D:
    """A dot of a line's colour, so many pixels from the left and from below."""
    return Line2D([x], [y], color=line.get_color(), marker="o", markersize=5, transform=IdentityTransform())


def _captions(axes: Axes, height: int, ink: Color) -> Callable[[int], Stamp]:
    """What writes an epoch at the upper right of the axes, on a page so many pixels high.

    Pillow writes it, in a fraction of the time of matplotlib.
    """
    size = _CAPTION_POINTS * axes.figure.dpi / 72
    font = ImageFont.truetype(findfont(FontProperties(weight="bold")), size)
    right, up = axes.transAxes.transform(_CAPTION_PLACE)
    rows, columns = _CAPTION_ROOM
    top, left = round(height - up), round(right) - columns
    color = [round(255 * part) for part in to_rgb(ink)]

    def caption(epoch: int) -> Stamp:
        cover = Image.new("L", (columns, rows))
        ImageDraw.Draw(cover).text((columns, 0), f"epoch {epoch:,}", 255, font, anchor="rt")
        page = np.empty((rows, columns, 4), np.uint8)
        page[..., :3], page[..., 3] = color, np.asarray(cover)
        return Stamp.of(page, top, left)

    return caption
