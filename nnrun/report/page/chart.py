"""A chart of lines over a common x as plain values, which the templates draw as inline SVG in the page's colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.number_text import short
from nnrun.plots.log_rule import may_span_decades
from nnrun.plots.scale import Scale, roomy_scale
from nnrun.plots.thinning import thin_line

WIDTH, HEIGHT = 480, 262
LEFT, RIGHT, TOP, BOTTOM = 76, 456, 12, 216
_LARGEST = 1e300  # so that the length of an axis is finite
_MOST_POINTS = 300
_NOT_DRAWN = ("epoch", "seconds")
_RATE = "learning_rate"
_VALIDATION = "val_"


@dataclass(frozen=True)
class ChartAxis:
    """A scale, drawn from the coordinate `start` to the coordinate `end`."""

    scale: Scale
    start: float
    end: float

    def place(self, values: Array) -> Array:
        """The coordinates of finite numbers, of their shape; numbers beyond the axis lie at its ends."""
        return np.asarray(self.start + (self.end - self.start) * self.scale.share(values))


@dataclass(frozen=True, eq=False)
class ChartLine:
    """One line of a chart.

    Args:
        label: what it is.
        style: its class in the style sheet: `training`, `validation`, `unit0`, ….
        x: (points,), ascending.
        y: (points,); what is not finite is left out.
    """

    label: str
    style: str
    x: Array
    y: Array


@dataclass(frozen=True)
class PlacedLine:
    """A line with its points as the `points` of an SVG polyline."""

    label: str
    style: str
    points: str


@dataclass(frozen=True)
class Chart:
    """A chart whose coordinates are known.

    Args:
        title: what the y axis shows.
        x_name: what the x axis shows.
        logarithmic: whether the y axis is.
        lines: the lines.
        x_ticks: coordinate and text of each mark of the x axis.
        y_ticks: the same for the y axis.
        dots: coordinates of dots below the lines.
        marks_epochs: whether the slider marks its epoch on it.
    """

    title: str
    x_name: str
    logarithmic: bool
    lines: Sequence[PlacedLine]
    x_ticks: Sequence[tuple[str, str]]
    y_ticks: Sequence[tuple[str, str]]
    dots: Sequence[tuple[str, str]] = ()
    marks_epochs: bool = True
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def chart(title: str, lines: Sequence[ChartLine], x_name: str, *, decades: bool = False) -> Chart:
    """A chart of lines on the axes on which they just have room.

    Args:
        title: what the y axis shows.
        lines: at least one, with at least one finite number among all.
        x_name: what the x axis shows.
        decades: whether the y axis may become logarithmic.
    """
    x_axis, y_axis = axes(lines, decades=decades)
    return place(title, lines, x_name, x_axis, y_axis)


def place(
    title: str,
    lines: Sequence[ChartLine],
    x_name: str,
    x_axis: ChartAxis,
    y_axis: ChartAxis,
    dots: Sequence[tuple[str, str]] = (),
    *,
    marks_epochs: bool = True,
) -> Chart:
    """A chart of lines on given axes; the arguments are those of `Chart`."""
    placed = [PlacedLine(line.label, line.style, path(line, x_axis, y_axis)) for line in lines]
    ticks = _ticks(x_axis), _ticks(y_axis)
    return Chart(title, x_name, y_axis.scale.logarithmic, placed, *ticks, dots, marks_epochs)


def axes(lines: Sequence[ChartLine], *, decades: bool = False) -> tuple[ChartAxis, ChartAxis]:
    """The x and y axes on which all lines have room."""
    x = np.concatenate([line.x for line in lines]).astype(np.float64)
    y = np.concatenate([line.y for line in lines]).astype(np.float64)
    low, high = float(x.min()), float(x.max())
    across = Scale(low, high) if high > low else Scale(low - 1, high + 1)
    return ChartAxis(across, LEFT, RIGHT), ChartAxis(roomy_scale(y, decades=decades, zeros=True), BOTTOM, TOP)


def path(line: ChartLine, x_axis: ChartAxis, y_axis: ChartAxis) -> str:
    """The points of a line, thinned, as SVG has them."""
    x, y = thin_line(np.asarray(line.x, np.float64), np.asarray(line.y, np.float64), _MOST_POINTS)
    return " ".join(f"{a},{b}" for a, b in coordinates(x, y, x_axis, y_axis))


def coordinates(x: Array, y: Array, x_axis: ChartAxis, y_axis: ChartAxis) -> list[tuple[str, str]]:
    """Points of shape (points,) each as coordinates with one decimal."""
    return [(f"{a:.1f}", f"{b:.1f}") for a, b in zip(x_axis.place(x), y_axis.place(y), strict=True)]


def _ticks(axis: ChartAxis) -> list[tuple[str, str]]:
    ticks = axis.scale.ticks()
    texts = [short(tick).replace("-", "−") for tick in ticks]
    return [(f"{at:.1f}", text) for at, text in zip(axis.place(np.asarray(ticks)), texts, strict=True)]


def curves(metrics: Mapping[str, Sequence[float]]) -> list[Chart]:
    """A chart for each loss and metric, and for a learning rate that changes.

    Args:
        metrics: the columns of a `metrics.csv`.
    """
    names = [name for name in metrics if name not in _NOT_DRAWN and not name.startswith(_VALIDATION)]
    return [drawn for name in names if (drawn := _curve(name, metrics))]


def _curve(name: str, metrics: Mapping[str, Sequence[float]]) -> Chart | None:
    lines = [
        ChartLine(label, label, np.arange(1, len(metrics[column]) + 1), np.clip(metrics[column], -_LARGEST, _LARGEST))
        for column, label in ((name, "training"), (_VALIDATION + name, "validation"))
        if column in metrics
    ]
    if not any(np.isfinite(line.y).any() for line in lines) or (name == _RATE and len(np.unique(lines[0].y)) == 1):
        return None
    return chart(name.replace("_", " "), lines, "epoch", decades=may_span_decades(name))
