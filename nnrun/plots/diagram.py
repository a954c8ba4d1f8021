"""The diagram of a network: neurons and weights where it is small, boxes where it is not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnrun.plots.boxes import sketch_boxes
from nnrun.plots.figure import Form
from nnrun.plots.neurons import columns_of, sketch_neurons
from nnrun.plots.sketch import as_picture, as_svg
from nnrun.plots.style import LIGHT, Array, Theme

# Read on white and on black alike: 4.5 to 1 against both.
_READABLE_ANYWHERE = "#767676"


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
    sketch = sketch_neurons(columns, title, theme) if columns else sketch_boxes(layers, outputs, title, theme)
    return as_svg(sketch) if form == "svg" else as_picture(sketch, theme=theme, form=form)
