"""A drawing of circles, boxes, lines and words, and the same drawing as SVG or on a page of matplotlib."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from matplotlib import patches
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.path import Path

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Color, Theme

Point = tuple[float, float]

_FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_LETTER = 0.62  # of the size of the letters: how wide one is on average
_LARGEST = 3000  # pixels of a side of a PNG


@dataclass(frozen=True)
class Line:
    """A line through points: straight, or in curves that leave and reach every point upright.

    Args:
        points: at least two.
        color: the line's colour.
        width: in pixels.
        opacity: in [0, 1].
        arrow: whether it ends in an arrow.
        curved: whether it bends.
    """

    points: tuple[Point, ...]
    color: Color
    width: float = 1.0
    opacity: float = 1.0
    arrow: bool = False
    curved: bool = False


@dataclass(frozen=True)
class Circle:
    """A circle; `tip` is its tooltip."""

    center: Point
    radius: float
    fill: Color
    stroke: Color
    tip: str = ""


@dataclass(frozen=True)
class Box:
    """A box around its centre."""

    center: Point
    width: float
    height: float
    fill: Color
    stroke: Color
    round: float = 6.0


@dataclass(frozen=True)
class Words:
    """A line of text, its middle at the height of `place`."""

    place: Point
    text: str
    color: Color
    size: float = 11.0
    anchor: Literal["start", "middle", "end"] = "middle"
    bold: bool = False
    angle: float = 0.0


@dataclass(frozen=True)
class Sketch:
    """A drawing, pixels from the upper left; what comes later lies above."""

    title: str
    width: float
    height: float
    shapes: tuple[Line | Circle | Box | Words, ...]


def cut(text: str, room: float, size: float = 11.0) -> str:
    """As much of a text, in one line, as has room in so many pixels."""
    return style.one_line(text, max(int(room / (_LETTER * size)), 1))


def heading(title: str, width: float, theme: Theme) -> Words:
    """The title at the upper left of a drawing of so many pixels."""
    return Words((24, 24), cut(title, width - 48, 14), theme.faint_ink, 14, "start")


def as_svg(sketch: Sketch) -> bytes:
    """The drawing as SVG: text as text, a title, no colour behind it, nothing from elsewhere."""
    size = (
        f'width="{_n(sketch.width)}" height="{_n(sketch.height)}" viewBox="0 0 {_n(sketch.width)} {_n(sketch.height)}"'
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{_FONT}">',
        f"<title>{escape(style.one_line(sketch.title))}</title>",
        *(_element(shape) for shape in sketch.shapes),
        "</svg>",
    ]
    return "\n".join([*lines, ""]).encode("utf-8")


def _element(shape: Line | Circle | Box | Words) -> str:
    if isinstance(shape, Line):
        path = f'<path d="{_path(shape)}" fill="none" stroke="{shape.color}" stroke-width="{_n(shape.width)}"'
        opacity = f' stroke-opacity="{_n(shape.opacity)}"' if shape.opacity < 1 else ""
        head = f'<path d="{_arrow(shape)}" fill="{shape.color}"/>' if shape.arrow else ""
        return f"{path}{opacity}/>{head}"
    if isinstance(shape, Circle):
        tip = f"<title>{escape(style.one_line(shape.tip))}</title>" if shape.tip else ""
        x, y = shape.center
        round_ = f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(shape.radius)}" fill="{shape.fill}" stroke="{shape.stroke}"'
        return f"{round_}>{tip}</circle>" if tip else f"{round_}/>"
    x, y = shape.center if isinstance(shape, Box) else shape.place
    if isinstance(shape, Box):
        corner = f'x="{_n(x - shape.width / 2)}" y="{_n(y - shape.height / 2)}" rx="{_n(shape.round)}"'
        size = f'width="{_n(shape.width)}" height="{_n(shape.height)}"'
        return f'<rect {corner} {size} fill="{shape.fill}" stroke="{shape.stroke}"/>'
    place = f'x="{_n(x)}" y="{_n(y + 0.36 * shape.size)}"'
    font = f'font-size="{_n(shape.size)}" text-anchor="{shape.anchor}" fill="{shape.color}"'
    bold = ' font-weight="bold"' if shape.bold else ""
    turn = f" transform={quoteattr(f'rotate({_n(shape.angle)} {_n(x)} {_n(y)})')}" if shape.angle else ""
    return f"<text {place} {font}{bold}{turn}>{escape(style.one_line(shape.text))}</text>"


def _path(line: Line) -> str:
    (x, y), *rest = line.points
    parts = [f"M{_n(x)} {_n(y)}"]
    for end_x, end_y in rest:
        if line.curved and end_x != x:
            middle = (y + end_y) / 2
            parts.append(f"C{_n(x)} {_n(middle)} {_n(end_x)} {_n(middle)} {_n(end_x)} {_n(end_y)}")
        else:
            parts.append(f"L{_n(end_x)} {_n(end_y)}")
        x, y = end_x, end_y
    return "".join(parts)


def _arrow(line: Line) -> str:
    """The arrow's head: lines with arrows come from above."""
    x, y = line.points[-1]
    return f"M{_n(x)} {_n(y)}L{_n(x - 4)} {_n(y - 7)}L{_n(x + 4)} {_n(y - 7)}Z"


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


@figure.picture
def as_picture(sketch: Sketch, theme: Theme = LIGHT) -> Figure:
    """The drawing on a page in the colour of the theme."""
    scale = min(1.0, _LARGEST / max(sketch.width, sketch.height))
    page = Figure(figsize=(sketch.width * scale / 100, sketch.height * scale / 100))
    FigureCanvasAgg(page)
    axes = page.add_axes((0, 0, 1, 1), xlim=(0, sketch.width), ylim=(sketch.height, 0))
    axes.set_axis_off()
    points = 0.72 * scale  # of a pixel
    _add_lines(axes, [shape for shape in sketch.shapes if isinstance(shape, Line)], points)
    _add_patches(axes, [shape for shape in sketch.shapes if isinstance(shape, Circle | Box)], points)
    sides = {"start": "left", "middle": "center", "end": "right"}
    for words in (shape for shape in sketch.shapes if isinstance(shape, Words)):
        axes.text(
            *words.place,
            style.one_line(words.text),
            fontsize=words.size * points,
            color=words.color,
            ha=sides[words.anchor],
            va="center_baseline" if not words.angle else "center",
            fontweight="bold" if words.bold else "normal",
            rotation=-words.angle,
            rotation_mode="anchor",
        )
    return page


def _add_lines(axes: Axes, lines: Sequence[Line], points: float) -> None:
    paths = []
    for line in lines:
        (x, y), *rest = line.points
        vertices, codes = [(x, y)], [Path.MOVETO]
        for end_x, end_y in rest:
            middle = (y + end_y) / 2
            bent = [(x, middle), (end_x, middle), (end_x, end_y)] if line.curved else [(end_x, end_y)]
            vertices += bent
            codes += [Path.CURVE4 if line.curved else Path.LINETO] * len(bent)
            x, y = end_x, end_y
        paths.append(Path(vertices, codes))
    colors = [to_rgba(line.color, line.opacity) for line in lines]
    widths = [line.width * points for line in lines]
    axes.add_collection(
        PathCollection(paths, facecolors="none", edgecolors=colors, linewidths=widths, zorder=1), autolim=False
    )
    heads = [line for line in lines if line.arrow]
    tips = [line.points[-1] for line in heads]
    shapes = [Path([(x, y), (x - 4, y - 7), (x + 4, y - 7), (x, y)], closed=True) for x, y in tips]
    arrows = PathCollection(shapes, facecolors=[line.color for line in heads], linewidths=0, zorder=1)
    axes.add_collection(arrows, autolim=False)


def _add_patches(axes: Axes, shapes: Sequence[Circle | Box], points: float) -> None:
    fills, strokes = [shape.fill for shape in shapes], [shape.stroke for shape in shapes]
    drawn = [_patch(shape) for shape in shapes]
    collection = PatchCollection(drawn, facecolors=fills, edgecolors=strokes, linewidths=points, zorder=2)
    axes.add_collection(collection, autolim=False)


def _patch(shape: Circle | Box) -> patches.Patch:
    if isinstance(shape, Circle):
        return patches.Circle(shape.center, shape.radius)
    corner = (shape.center[0] - shape.width / 2, shape.center[1] - shape.height / 2)
    rounded = f"round,pad=0,rounding_size={shape.round}"
    return patches.FancyBboxPatch(corner, shape.width, shape.height, rounded, mutation_aspect=1)
