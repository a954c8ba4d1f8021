"""The layers of a network as boxes: where they stand and what they say. Draws nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.plots.layered import Point, arrange

BOX_WIDTH, BOX_HEIGHT = 196.0, 58.0  # pixels
_MARGIN = 24.0
_NARROWEST = 420.0


@dataclass(frozen=True)
class LayerBoxes:
    """The boxes of a network, pixels from the upper left.

    Args:
        centers: of each layer, then of each output.
        texts: what stands in each, by line; empty lines are left out.
        routes: for each edge the points that it passes.
        width: of the whole drawing.
        height: of the boxes alone, which begin below the title.
    """

    centers: Sequence[Point]
    texts: Sequence[Sequence[str]]
    routes: Sequence[Sequence[Point]]
    width: float
    height: float


def place_boxes(
    layers: Sequence[Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]], top: float
) -> LayerBoxes:
    """Places the layers from above to below, each below all that it takes, and below them the targets of the outputs.

    Args:
        layers: as `draw_network` takes them.
        outputs: likewise.
        top: pixels above the boxes.
    """
    numbers = {layer["name"]: i for i, layer in enumerate(layers)}
    edges = [(numbers[name], i) for i, layer in enumerate(layers) for name in layer["inputs"]]
    edges += [(numbers[name], len(layers) + i) for i, name in enumerate(outputs)]
    layout = arrange(len(layers) + len(outputs), edges, BOX_WIDTH, BOX_HEIGHT)
    width = max(layout.width + 2 * _MARGIN, _NARROWEST)
    left = (width - layout.width) / 2

    def moved(point: Point) -> Point:
        return point[0] + left, point[1] + top

    routes = [tuple(map(moved, route)) for route in layout.routes]
    texts = [*map(_texts, layers), *(("output", str(one["target"])) for one in outputs.values())]
    return LayerBoxes([moved(place) for place in layout.places], texts, routes, width, layout.height)


def _texts(layer: Mapping[str, Any]) -> tuple[str, ...]:
    kind = f"{layer['kind']} · {layer['activation']}" if layer["activation"] else layer["kind"]
    count = layer["parameters"]
    parameters = f", {count:,} parameter{'s' * (count != 1)}" if count else ""
    return layer["name"], kind, f"{layer['shape']}{parameters}"
