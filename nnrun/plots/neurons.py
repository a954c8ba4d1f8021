"""A small stack of dense layers with every neuron and every weight."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from nnrun.number_text import short
from nnrun.plots.neuron_columns import BESIDE, NeuronColumn, place_neurons
from nnrun.plots.sketch import Circle, Line, Sketch, Words, cut, heading
from nnrun.plots.style import Array, Color, Theme, blend

_MOST_NUMBERED = 4  # edges between two columns that have their weights beside them
_TOP = 60.0  # pixels above the neurons
_BELOW = 92.0  # pixels for what stands below the neurons
_THINNEST, _THICKEST = 0.5, 4.0
_LIFT = 11  # pixels of a number above its edge


def sketch_neurons(columns: Sequence[NeuronColumn], title: str, theme: Theme) -> Sketch:
    """Draws the columns from left to right.

    Args:
        columns: the input numbers and the layers.
        title: of the picture.
        theme: the colours.
    """
    plan = place_neurons(columns, _TOP)
    width, height, radius, across, places = plan.width, plan.height, plan.radius, plan.across, plan.places
    largest, biases = _largest([c.kernel for c in columns]), _largest([c.bias for c in columns])
    shapes = [
        heading(title, width, theme),
        *_edges(columns, places, largest, radius, theme),
        *_circles(columns, places, biases, radius, theme),
        *_numbers(columns, places, radius, theme),
        *_names(columns, places, radius, across, _TOP + height, theme),
        *_legend(largest, biases, _TOP + height + 76, theme),
    ]
    return Sketch(title, width, _TOP + height + _BELOW, tuple(shapes))


def _largest(arrays: Sequence[Array | None]) -> float:
    return max((float(np.abs(array).max()) for array in arrays if array is not None and array.size), default=0.0)


Places = Sequence[Sequence[tuple[float, float]]]


def _edges(columns: Sequence[NeuronColumn], places: Places, largest: float, radius: float, theme: Theme) -> list[Line]:
    """A line for every weight, the small ones below."""
    lines = []
    for column, starts, ends in zip(columns[1:], places, places[1:], strict=False):
        if column.kernel is None:
            for start, end in zip(starts, ends, strict=True):
                lines.append((0.0, Line((start, end), theme.faint_ink, 1.0)))
            continue
        for (i, j), number in np.ndenumerate(column.kernel):
            weight = float(number)
            share = abs(weight) / largest if largest else 0.0
            width = _THINNEST + (_THICKEST - _THINNEST) * share
            color = _color(weight, theme)
            lines.append((share, Line((starts[i], ends[j]), color, width, round(0.15 + 0.8 * share, 2))))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _color(value: float, theme: Theme) -> Color:
    return theme.training if value >= 0 else theme.validation


def _circles(
    columns: Sequence[NeuronColumn], places: Places, biases: float, radius: float, theme: Theme
) -> Iterator[Circle]:
    for column, centers in zip(columns, places, strict=True):
        for unit, center in enumerate(centers):
            fill, tip = theme.empty, ""
            if column.bias is not None:
                bias = float(column.bias[unit])
                share = abs(bias) / biases if biases else 0.0
                fill, tip = blend(theme.paper, _color(bias, theme), 0.75 * share), f"bias {short(bias)}"
            elif column.kernel is not None:
                fill = theme.paper
            yield Circle(center, radius, fill, theme.frame, tip)


def _numbers(columns: Sequence[NeuronColumn], places: Places, radius: float, theme: Theme) -> Iterator[Words]:
    """Weights along their edges and biases below their neurons, where there are few of both."""
    for column, starts, ends in zip(columns[1:], places, places[1:], strict=False):
        if column.kernel is None or column.kernel.size > _MOST_NUMBERED or 1 not in column.kernel.shape:
            continue
        for (i, j), weight in np.ndenumerate(column.kernel):
            (x, y), (end_x, end_y) = starts[i], ends[j]
            slope = math.atan2(end_y - y, end_x - x)
            place = ((x + end_x) / 2 + _LIFT * math.sin(slope), (y + end_y) / 2 - _LIFT * math.cos(slope))
            text = short(weight).replace("-", "−")
            yield Words(place, text, theme.faint_ink, 11, angle=math.degrees(slope))
        for unit, (x, y) in enumerate(ends):
            if column.bias is not None and len(ends) <= _MOST_NUMBERED:
                text = f"bias {short(column.bias[unit])}".replace("-", "−")
                yield Words((x, y + radius + 10), text, theme.faint_ink, 10)


def _names(
    columns: Sequence[NeuronColumn], places: Places, radius: float, across: float, below: float, theme: Theme
) -> Iterator[Words]:
    """The names of input numbers and outputs beside them, and the caption of every column below it."""
    room = BESIDE - radius - 22
    for name, (x, y) in zip(columns[0].names, places[0], strict=False):
        yield Words((x - radius - 8, y), cut(name, room), theme.faint_ink, 11, "end")
    for name, (x, y) in zip(columns[-1].names, places[-1], strict=False):
        yield Words((x + radius + 8, y), cut(name, room), theme.faint_ink, 11, "start")
    for column, centers in zip(columns, places, strict=True):
        for line, text in enumerate(column.caption):
            size = 11 if line == 0 else 10
            place = (centers[0][0], below + 14 + 15 * line)
            yield Words(place, cut(text, across - 6, size), theme.faint_ink, size, bold=line == 0)


def _legend(largest: float, biases: float, y: float, theme: Theme) -> Iterator[Line | Words]:
    x = 24.0
    for name, color in (("positive weight", theme.training), ("negative weight", theme.validation)):
        yield Line(((x, y), (x + 22, y)), color, 3.0)
        yield Words((x + 28, y), name, theme.faint_ink, 10, "start")
        x += 130
    sizes = f"largest weight: {short(largest)}" + (f"; largest bias: {short(biases)}" if biases else "") + " (absolute)"
    yield Words((x, y), sizes, theme.faint_ink, 10, "start")
