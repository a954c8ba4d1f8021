"""The prediction at every epoch that a slider shows: a line over one input, or colours over the plane of two."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.plots.scale import Scale
from nnrun.plots.style import DARK, LIGHT, VALUE_SHADES
from nnrun.plots.thinning import thin_rows
from nnrun.report.page.chart import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Chart,
    ChartAxis,
    ChartLine,
    axes,
    coordinates,
    path,
    place,
)

MOST_UNITS = 4
_POINTS = 101  # of a line
_MOST_DOTS = 300
_MOST_CLASSES = 8
_HUGE = 1e30


@dataclass(frozen=True, eq=False)
class LearningChart:
    """The prediction of a training, epoch by epoch.

    Args:
        chart: the axes, the data, and over one input the lines of the last epoch.
        lines: over one input, for each output the points of its line at every epoch.
        surface: over two inputs, what a script paints at every epoch; None otherwise.
    """

    chart: Chart
    lines: Sequence[Sequence[str]] = ()
    surface: Mapping[str, Any] | None = None

    def content(self) -> dict[str, Any]:
        """What a script draws of it, as plain JSON."""
        return {"axes": asdict(self.chart), "curves": self.lines, "surface": self.surface}


def learning_chart(arguments: Mapping[str, Any], most_bytes: int) -> LearningChart | None:
    """The prediction at every epoch, from the arguments of the picture of the learning; None where it is too wide.

    Args:
        arguments: those of `nnrun.plots.learning.draw_learning`.
        most_bytes: how many bytes the compressed frames of a surface may have; more are thinned.
    """
    frames, grid = np.asarray(arguments["frames"]), arguments["grid"]
    if len(grid) == 1:
        return _over_one_input(arguments, grid[0], frames.reshape(*frames.shape[:2], -1))
    return None if frames.ndim == 4 and frames.shape[-1] > _MOST_CLASSES else _surface(arguments, frames, most_bytes)


def lines_chart(
    x: Array, frames: Array, names: tuple[str, str], units: Sequence[str], data: tuple[Array, Array]
) -> LearningChart:
    """The prediction over one input as a line per output.

    Args:
        x: where the predictions are, ascending, (points,).
        frames: the predictions, (epochs, points, units).
        names: of the input and the target.
        units: what each line is.
        data: the input and the target of samples, (samples,) each; both may be empty.
    """
    finite = np.clip(np.nan_to_num(frames.astype(np.float64)), -_HUGE, _HUGE)
    spread = ChartLine("", "", np.tile(x, finite.size // max(len(x), 1)), finite.ravel())
    x_axis, y_axis = axes([spread, ChartLine("", "", *data)])
    rows = thin_rows(len(data[0]), _MOST_DOTS)
    dots = coordinates(data[0][rows], data[1][rows], x_axis, y_axis)
    lines = [
        [path(ChartLine("", "", x, frame[:, unit]), x_axis, y_axis) for frame in finite]
        for unit in range(finite.shape[2])
    ]
    last = [ChartLine(name, f"unit{unit}", x, finite[-1, :, unit]) for unit, name in enumerate(units)]
    title = f"prediction of {names[1]}"
    return LearningChart(place(title, last, names[0], x_axis, y_axis, dots, marks_epochs=False), lines)


def _over_one_input(arguments: Mapping[str, Any], x: Array, frames: Array) -> LearningChart | None:
    units = frames.shape[2]
    if units > MOST_UNITS:
        return None
    kept = np.unique(np.linspace(0, len(x) - 1, _POINTS).astype(int))
    inputs, targets = arguments["inputs"], np.asarray(arguments["targets"]).reshape(len(arguments["inputs"]), -1)
    source, target = arguments["names"]
    names = list(arguments["classes"]) or [str(unit) for unit in range(units)]
    labels = [target] if units == 1 else names
    plain = units == targets.shape[1]
    data = (np.repeat(inputs[:, 0], units), targets.ravel()) if plain else (np.zeros(0), np.zeros(0))
    return lines_chart(x[kept], frames[:, kept], (source, target), labels, data)


def _surface(arguments: Mapping[str, Any], frames: Array, most_bytes: int) -> LearningChart:
    """The plane with its data, and the frames as bytes."""
    x, y = arguments["grid"]
    x_axis, y_axis = _axes_of_plane(x, y)
    names = arguments["names"]
    classes = frames.ndim == 4
    labels, validation = np.asarray(arguments["targets"]), np.asarray(arguments["validation_targets"])
    scale = (0.0, 1.0) if classes else _range(frames[-1], labels, validation)
    side, packed = _packed(_as_bytes(frames, scale), most_bytes)
    samples = [
        *_samples(arguments["inputs"], labels, scale, x_axis, y_axis, classes=classes, validation=False),
        *_samples(arguments["validation_inputs"], validation, scale, x_axis, y_axis, classes=classes, validation=True),
    ]
    count = frames.shape[-1] if classes else 0
    title = f"prediction over {names[0]} and, upward, {names[1]}"
    shown = place(title, [], names[0], x_axis, y_axis, marks_epochs=False)
    given = list(arguments["classes"])
    surface = {
        "side": side,
        "count": len(frames),
        "classes": [given[i] if i < len(given) else str(i) for i in range(count)],
        "colors": {theme.name: [theme.color_of(i) for i in range(count)] for theme in (LIGHT, DARK)},
        "shades": [] if classes else VALUE_SHADES,
        "range": scale,
        "frames": packed,
        "samples": samples,
    }
    return LearningChart(shown, (), surface)


def _axes_of_plane(x: Array, y: Array) -> tuple[ChartAxis, ChartAxis]:
    """Axes that end where the grid ends."""
    scales = []
    for values in (x, y):
        low, high = float(values[0]), float(values[-1])
        scales.append(Scale(low, high) if high > low else Scale(low - 1, high + 1))
    return ChartAxis(scales[0], LEFT, RIGHT), ChartAxis(scales[1], BOTTOM, TOP)


def _range(*values: Array) -> tuple[float, float]:
    flat = np.concatenate([np.ravel(part) for part in values]).astype(np.float64)
    finite = np.clip(flat[np.isfinite(flat)], -_HUGE, _HUGE)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _as_bytes(frames: Array, scale: tuple[float, float]) -> Array:
    """The frames as uint8, (frames, side, side, channels); of two classes the second one alone."""
    if frames.dtype != np.uint8:
        low, high = scale
        shares = (np.clip(np.nan_to_num(frames.astype(np.float64)), -_HUGE, _HUGE) - low) / (high - low)
        frames = np.rint(255 * np.clip(shares, 0, 1)).astype(np.uint8)
    if frames.ndim == 3:
        return frames[..., None]
    return frames[..., 1:] if frames.shape[-1] == 2 else frames


def _packed(frames: Array, most_bytes: int) -> tuple[int, str]:
    """The side and the compressed frames; every third row and column where all of them are too many."""
    packed = b""
    for step in (1, 3, 7):
        thinned = frames[:, ::step, ::step]  # 64 points, of which every third keeps both ends
        packed = zlib.compress(np.ascontiguousarray(thinned).tobytes(), 6)
        if len(packed) <= most_bytes:
            break
    return thinned.shape[1], base64.b64encode(packed).decode()


def _samples(
    inputs: Array,
    targets: Array,
    scale: tuple[float, float],
    x_axis: ChartAxis,
    y_axis: ChartAxis,
    *,
    classes: bool,
    validation: bool,
) -> list[tuple[str, str, int, int]]:
    """Coordinates, number of the class or of the shade, and whether it is of the validation set, of each sample."""
    rows = thin_rows(len(inputs), _MOST_DOTS)
    low, high = scale
    shares = np.clip((np.nan_to_num(targets[rows].astype(np.float64)) - low) / (high - low), 0, 1)
    colors = (targets[rows] if classes else np.rint(shares * (len(VALUE_SHADES) - 1))).astype(int)
    places = coordinates(inputs[rows, 0], inputs[rows, 1], x_axis, y_axis)
    return [(a, b, color, int(validation)) for (a, b), color in zip(places, colors.tolist(), strict=True)]
