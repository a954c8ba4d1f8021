"""The diagram of a network: neurons and weights where it is small, boxes where it is not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnrun.plots.figure import Form
from nnrun.plots.layer_boxes import BOX_HEIGHT, BOX_WIDTH, place_boxes
from nnrun.plots.neuron_columns import columns_of
from nnrun.plots.neurons import sketch_neurons
from nnrun.plots.sketch import Box, Line, Sketch, Words, as_picture, as_svg, cut, heading
from nnrun.plots.style import LIGHT, Array, Color, Theme, blend

# Read on white and on black alike: 4.5 to 1 against both.
_READABLE_ANYWHERE = "#767676"

_ROUND = BOX_HEIGHT / 2  # of the corners of what comes in and goes out
_MARGIN = 24.0
_TOP = 56.0


def draw_network(
    layers: Sequence[Mapping[str, Any]],
    outputs: Mapping[str, Mapping[str, Any]],
    weights: Mapping[str, Array],
    title: str,
    *,
    theme: Theme = LIGHT,
    form: Form = "png",
) -> bytes:
    """The layers of a network and how they are wired.

    A stack of dense layers of at most 16 units is drawn with its neurons and edges: the colour of an edge is the sign
    of its weight, its width the weight's size; the fill of a neuron is its bias. All other networks are drawn as boxes
    with names, kinds, output shapes and numbers of parameters.

    Args:
        layers: the inputs and layers, each after those it takes: `name`, `kind`, `shape` as text, `parameters`,
            `inputs`, a list of names, `activation`, empty where there is none, and for inputs `columns`, the names of
            their numbers, where they are few.
        outputs: by layer the `target` of an output and the `names` of its units.
        weights: the weights by `layer/variable`.
        title: the title of the picture.
        theme: the colours; an SVG in the light theme has no background and is readable on any.
        form: the format of the file.

    Returns:
        The bytes of the file.
    """
    if form == "svg" and theme == LIGHT:
        theme = replace(theme, faint_ink=_READABLE_ANYWHERE, frame=_READABLE_ANYWHERE)
    columns = columns_of(layers, outputs, weights)
    sketch = sketch_neurons(columns, title, theme) if columns else _sketch_boxes(layers, outputs, title, theme)
    return as_svg(sketch) if form == "svg" else as_picture(sketch, theme=theme, form=form)


def _sketch_boxes(
    layers: Sequence[Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]], title: str, theme: Theme
) -> Sketch:
    """Draws the layers from above to below, each below all that it takes, and below them the targets of the outputs."""
    plan = place_boxes(layers, outputs, _TOP)
    lines = [Line(tuple(route), theme.frame, 1.4, arrow=True, curved=True) for route in plan.routes]
    fills = [*(_fill(layer, theme) for layer in layers), *(_end_fill(theme) for _ in outputs)]
    rounds = [*(_ROUND if layer["kind"] == "Input" else 6.0 for layer in layers), *(_ROUND for _ in outputs)]
    described = zip(plan.centers, plan.texts, fills, rounds, strict=True)
    boxes = [part for box in described for part in _box(*box, theme)]
    shapes = (heading(title, plan.width, theme), *lines, *boxes)
    return Sketch(title, plan.width, plan.height + _TOP + _MARGIN, shapes)


def _box(
    center: tuple[float, float], lines: Sequence[str], fill: Color, round_: float, theme: Theme
) -> list[Box | Words]:
    x, y = center
    room = BOX_WIDTH - 20
    texts = [line for line in lines if line]
    shapes: list[Box | Words] = [Box(center, BOX_WIDTH, BOX_HEIGHT, fill, theme.frame, round_)]
    for i, line in enumerate(texts):
        size = 11.0 if i == 0 else 10.0
        place = (x, y + 16 * (i - (len(texts) - 1) / 2))
        shapes.append(Words(place, cut(line, room, size), theme.ink, size, bold=i == 0))
    return shapes


def _end_fill(theme: Theme) -> Color:
    """Of what comes in and goes out."""
    return blend(theme.paper, theme.color_of(2), 0.22)


def _fill(layer: Mapping[str, Any], theme: Theme) -> Color:
    """By what a layer does: data come in, weights, several become one, or all else."""
    if layer["kind"] == "Input":
        return _end_fill(theme)
    if layer["parameters"]:
        return blend(theme.paper, theme.training, 0.2)
    if len(layer["inputs"]) > 1:
        return blend(theme.paper, theme.validation, 0.22)
    return theme.empty
