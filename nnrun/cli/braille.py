"""Curves as text: every character holds two by four Braille dots."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from nnrun.errors import printable
from nnrun.number_text import short
from nnrun.plots.log_rule import ROUNDING, spans_decades

# The bit of each of a character's dots, by row and column: Unicode's block "Braille Patterns".
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_FIRST = 0x2800
_LABEL = 10  # columns of the numbers at the left
_VALIDATION = "val_"
_NOT_DRAWN = ("epoch", "learning_rate", "seconds")

Series = Sequence[tuple[float, float]]


def curves(
    series: Mapping[str, Series], width: int, height: int = 12, *, names: tuple[str, str], points: Series = ()
) -> list[str]:
    """Some curves in one frame, as lines of text; those after the first are dotted.

    The scale is logarithmic by the rule of `spans_decades`.

    Args:
        series: the points (x, y) of each curve by its name, ascending in x; points that are not finite are skipped.
        width: columns of the whole, from 30.
        height: rows of the frame.
        names: what x and y are.
        points: points without lines between them.
    """
    finite = {name: _finite(curve) for name, curve in series.items()}
    alone = _finite(points)
    xs, ys = ([point[axis] for curve in (*finite.values(), alone) for point in curve] for axis in (0, 1))
    if not xs:
        return [f"{names[1]}: no finite values"]
    logarithmic = spans_decades(min(ys), max(ys))
    scaled = math.log10 if logarithmic else float
    columns = max(width - _LABEL - 2, 10)
    low, high = scaled(min(ys)), scaled(max(ys))
    grid = [[0] * columns for _ in range(height)]
    left, right = min(xs), max(xs)

    def dots_of(curve: Series) -> list[tuple[int, int]]:
        across, down = 2 * columns, 4 * height
        return [(_place(x, left, right, across), down - 1 - _place(scaled(y), low, high, down)) for x, y in curve]

    for dot in dots_of(alone):
        _draw_line(grid, dot, dot, every=1)
    for number, curve in enumerate(finite.values()):
        dots = dots_of(curve)
        for one, other in pairwise([*dots[:1], *dots]):
            _draw_line(grid, one, other, every=3 if number else 1)
    labels = [_label(max(ys)), *[""] * (height - 2), _label(min(ys))]
    if _is_flat(min(ys), max(ys)):
        labels = [_label(max(ys)) if row == height // 2 else "" for row in range(height)]
    lines = [
        f"{label:>{_LABEL}} ┤" + "".join(chr(_FIRST + bits) if bits else " " for bits in row)
        for label, row in zip(labels, grid, strict=True)
    ]
    heading = f"{names[1]}{' (log scale)' if logarithmic else ''}"
    if len(finite) > 1:
        heading += ": " + ", ".join(f"{name} (dotted)" if number else name for number, name in enumerate(finite))
    start, end = short(left), f"{short(right)} {names[0]}"
    below = f"{' ' * (_LABEL + 2)}{start}{end:>{max(columns - len(start), 1)}}"
    return [line.rstrip()[:width] for line in (printable(heading), *lines, printable(below))]


def _label(number: float) -> str:
    """A number as it is written everywhere, or shorter where that is wider than the labels are."""
    text = short(number)
    return text if len(text) <= _LABEL else f"{number:.3g}"


def _finite(points: Series) -> list[tuple[float, float]]:
    return [point for point in points if all(map(math.isfinite, point))]


def _place(value: float, low: float, high: float, steps: int) -> int:
    """The step of a value, of so many between two numbers; the middle one if the two differ by rounding alone."""
    if _is_flat(low, high):
        return steps // 2
    span = high / 2 - low / 2  # halves, since the difference may overflow
    return round((value / 2 - low / 2) / span * (steps - 1))


def _is_flat(low: float, high: float) -> bool:
    return high / 2 - low / 2 <= ROUNDING * max(abs(low), abs(high)) / 2


def _draw_line(grid: list[list[int]], start: tuple[int, int], end: tuple[int, int], every: int) -> None:
    """A line, or every third of its dots."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for i in range(steps + 1):
        x = round(start[0] + (end[0] - start[0]) * i / steps)
        y = round(start[1] + (end[1] - start[1]) * i / steps)
        if (x + y) % every == 0:
            grid[y // 4][x // 2] |= _DOTS[y % 4][x % 2]


def by_epoch(values: Sequence[float], most: int = 500) -> list[tuple[float, float]]:
    """The points of a metric over the epochs, from 1: at most about `most` of them, and the last."""
    step = max(1, len(values) // most)
    return [(epoch, values[epoch - 1]) for epoch in sorted({*range(1, len(values) + 1, step), len(values)}) if epoch]


def history(metrics: Mapping[str, Sequence[float]], width: int) -> list[str]:
    """A frame for the loss and one for each metric, with training and validation.

    Args:
        metrics: by name, a number per epoch.
        width: columns.
    """
    lines: list[str] = []
    for name, values in metrics.items():
        if name in _NOT_DRAWN or name.startswith(_VALIDATION):
            continue
        series = {"training": by_epoch(values)}
        if _VALIDATION + name in metrics:
            series["validation"] = by_epoch(metrics[_VALIDATION + name])
        lines += [*([""] if lines else []), *curves(series, width, names=("epochs", name.replace("_", " ")))]
    return lines
