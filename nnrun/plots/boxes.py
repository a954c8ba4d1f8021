"""A network of any kind as boxes: a layer each, with its name, kind, output shape and number of parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from nnrun.plots.layered import arrange
from nnrun.plots.sketch import Box, Line, Sketch, Words, cut
from nnrun.plots.style import Color, Theme, blend

_WIDTH, _HEIGHT = 196.0, 58.0  # pixels of a box
_MARGIN = 24.0
_TOP = 56.0
_NARROWEST = 420.0


def sketch_boxes(
    layers: Sequence[Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]], title: str, theme: Theme
) -> Sketch:
    """Draws the layers from above to below, each below all that it takes, and below them the targets of the outputs.

    Args:
        layers: as `draw_network` takes them.
        outputs: the target of each output by its layer.
        title: of the picture.
        theme: the colours.
    """
    numbers = {layer["name"]: i for i, layer in enumerate(layers)}
    edges = [(numbers[name], i) for i, layer in enumerate(layers) for name in layer["inputs"]]
    edges += [(numbers[name], len(layers) + i) for i, name in enumerate(outputs)]
    layout = arrange(len(layers) + len(outputs), edges, _WIDTH, _HEIGHT)
    width = max(layout.width + 2 * _MARGIN, _NARROWEST)
    left = (width - layout.width) / 2

    def moved(point: tuple[float, float]) -> tuple[float, float]:
        return point[0] + left, point[1] + _TOP

    shapes: list[Line | Box | Words] = [
        Words((24, 24), cut(title, width - 48, 14), theme.faint_ink, 14, anchor="start")
    ]
    for route in layout.routes:
        shapes.append(Line(tuple(map(moved, route)), theme.frame, 1.4, arrow=True, curved=True))
    centers = [moved(place) for place in layout.places]
    for layer, center in zip(layers, centers, strict=False):
        shapes += _box(
            center, _texts(layer), _fill(layer, theme), theme, round_=29.0 if layer["kind"] == "Input" else 6.0
        )
    for output, center in zip(outputs.values(), centers[len(layers) :], strict=True):
        shapes += _box(
            center, ("output", output["target"], ""), blend(theme.paper, theme.color_of(2), 0.22), theme, 29.0
        )
    return Sketch(title, width, layout.height + _TOP + _MARGIN, tuple(shapes))


def _texts(layer: Mapping[str, Any]) -> tuple[str, str, str]:
    kind = f"{layer['kind']} · {layer['activation']}" if layer["activation"] else layer["kind"]
    count = layer["parameters"]
    parameters = f", {count:,} parameter{'s' * (count != 1)}" if count else ""
    return layer["name"], kind, f"{layer['shape']}{parameters}"


def _box(
    center: tuple[float, float], lines: tuple[str, str, str], fill: Color, theme: Theme, round_: float
) -> list[Box | Words]:
    x, y = center
    room = _WIDTH - 20
    texts = [line for line in lines if line]
    shapes: list[Box | Words] = [Box(center, _WIDTH, _HEIGHT, fill, theme.frame, round_)]
    for i, line in enumerate(texts):
        size = 11.0 if i == 0 else 10.0
        place = (x, y + 16 * (i - (len(texts) - 1) / 2))
        shapes.append(Words(place, cut(line, room, size), theme.ink, size, bold=i == 0))
    return shapes


def _fill(layer: Mapping[str, Any], theme: Theme) -> Color:
    """By what a layer does: data come in, weights, several become one, or all else."""
    if layer["kind"] == "Input":
        return blend(theme.paper, theme.color_of(2), 0.22)
    if layer["parameters"]:
        return blend(theme.paper, theme.training, 0.2)
    if len(layer["inputs"]) > 1:
        return blend(theme.paper, theme.validation, 0.22)
    return theme.empty
