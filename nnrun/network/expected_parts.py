"""What is known without Keras of the parts of a run that expectations name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from nnrun.experiment.columns import Columns
from nnrun.experiment.component import with_defaults
from nnrun.experiment.expect.faults import RunParts, Shapes
from nnrun.experiment.experiment import Layer, Output
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.sweep_section import SweepSettings
from nnrun.experiment.text.yaml_text import Document
from nnrun.network.axes import Shape
from nnrun.network.shapes import walk
from nnrun.network.wiring import Graph

# Layers without weights that their names alone tell; all others may have some.
_WITHOUT = ("Activation", "Add", "Concatenate", "Dropout", "Flatten", "Identity", "Multiply", "Reshape", "ReLU")


def expected_parts(
    document: Document,
    graph: Graph | None,
    outputs: Sequence[Output],
    columns: Columns,
    sweep: SweepSettings,
    *,
    is_trial: bool,
) -> RunParts:
    """The parts of a run of an experiment, as far as they are known.

    Args:
        document: the experiment, valid by its schema but for what is unknown.
        graph: its layers; None where they are not known.
        outputs: its outputs; empty where they are not known.
        columns: the columns of its data.
        sweep: the settings of a sweep, whose settings are other ones in its trials.
        is_trial: whether the experiment is a trial of that sweep.
    """
    swept = set() if is_trial else {part.path.partition(".")[0] for part in sweep.varied}
    fixed = graph is not None and "layers" not in swept
    shapes = walk(graph, columns)[0] if graph and fixed else {}
    data = document.at(("data",)) or {}
    return RunParts(
        epochs=None if "epochs" in swept else document.at(("epochs",)),
        weights={layer.name: _weights(layer, shapes) for layer in graph.layers} if graph and fixed else None,
        samples=None if "predict" in swept else document.at(("predict",)) or (),
        numbers=_numbers([shapes.get(output.layer) for output in outputs]),
        several="a cross-validation trains a network for every fold" if data.get("folds") else None,
        alone="The trials of a sweep are not compared with another run." if is_trial else None,
    )


def _numbers(shapes: Sequence[Shape | None]) -> int | None:
    """How many numbers the outputs have together; None where that is not known."""
    sizes = [size for shape in shapes if shape is not None for size in shape]
    if not shapes or None in shapes or None in sizes:
        return None
    return sum(math.prod(size or 1 for size in shape or ()) for shape in shapes)


def _weights(layer: Layer, shapes: Mapping[str, Shape | None]) -> Shapes | None:
    """The shapes of the weights of a layer by name; None where they are not known."""
    entry = None if layer.component.code else load_catalog().entry("layers", layer.component.name)
    received = shapes.get(layer.inputs[0]) if layer.inputs else None
    if entry is None:
        return None
    if entry.name in _WITHOUT:
        return {}
    if entry.name != "Dense" or not received or received[-1] is None:
        return None
    arguments = with_defaults(layer.component)
    units = int(arguments["units"])
    return {"kernel": (received[-1], units), **({"bias": (units,)} if arguments["use_bias"] else {})}
