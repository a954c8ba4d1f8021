"""Which pictures show a run best, chosen from its data, its loss and the files of its folder."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnrun.experiment.columns import feature_names
from nnrun.model.replay import layer_activations
from nnrun.model.summary import summarize
from nnrun.model.weights import name_trace, named_weights
from nnrun.plots.picture import Picture
from nnrun.predict.prediction_rows import MOST_INPUTS
from nnrun.report.output_pictures import OutputPictures, PictureSource
from nnrun.report.scene import history_picture, weights_picture
from nnrun.runs import layout

# The most numbers of a network whose diagram shows each of them.
_MOST_SHOWN = 2000


def choose_pictures(source: PictureSource, *, animated: bool = True) -> Iterator[Picture]:
    """The pictures of a finished run.

    Args:
        source: the run.
        animated: whether the animation of the training is among them, for one or two inputs and a small model.
    """
    name, outputs = source.experiment.name, source.experiment.outputs
    yield history_picture(name, source.history)
    if source.trace:
        yield weights_picture(name, name_trace(source.network, source.trace))
    for number in range(len(outputs)):
        yield from OutputPictures(source, number).pictures()
    yield from _activations(source)
    yield network_picture(source)
    if animated and source.trace:
        yield from OutputPictures(source, 0).learning(source.trace)


def _activations(source: PictureSource) -> Iterator[Picture]:
    rows, found = layer_activations(source.network, source.rows.inputs)
    if found:
        part = f"{rows:,} of {source.rows.count:,}" if rows < source.rows.count else f"{rows:,}"
        arguments = {
            "layers": [{"name": one.name, "units": one.units, "dead": one.dead} for one in found],
            "counts": np.stack([one.counts for one in found]),
            "edges": np.stack([one.edges for one in found]),
            "title": f"{source.experiment.name}: activations for {part} training samples",
        }
        yield Picture("activations", arguments)


def network_picture(source: PictureSource) -> Picture:
    """The layers of the network, and its weights where they are few."""
    experiment = source.experiment
    columns = {column.name: column for column in experiment.columns.inputs}
    layers: list[dict[str, Any]] = []
    for entry, array in zip(experiment.inputs, source.rows.inputs, strict=True):
        names = feature_names(tuple(columns[column] for column in entry.columns))
        shape = f"({', '.join(map(str, array.shape[1:]))})"
        known = names if len(names) <= MOST_INPUTS else []
        layers.append(_layer(entry.name, "Input", shape, ()) | {"columns": known})
    inputs = {layer.name: layer.inputs for layer in experiment.layers}
    summaries = {summary.name: summary for summary in summarize(source.network)}
    for name in inputs:
        one, layer = summaries[name], source.network.get_layer(name)
        function = getattr(getattr(layer, "activation", None), "__name__", "")
        activation = "" if function == "linear" else function
        layers.append(_layer(name, one.kind, one.shape, inputs[name], one.parameters, activation))
    shown = sum(one.parameters for one in summaries.values()) <= _MOST_SHOWN
    count = source.network.count_params()
    arguments = {
        "layers": layers,
        "outputs": {output.layer: _output(source, i) for i, output in enumerate(experiment.outputs)},
        "weights": named_weights(source.network) if shown else {},
        "title": f"{experiment.name}: {count:,} parameter{'s' * (count != 1)}",
    }
    return Picture("network", arguments, {"weights": layout.WEIGHTS} if shown else {})


def _layer(
    name: str, kind: str, shape: str, inputs: Sequence[str], parameters: int = 0, activation: str = ""
) -> dict[str, Any]:
    own = {"name": name, "kind": kind, "shape": shape, "inputs": list(inputs)}
    return own | {"parameters": parameters, "activation": activation}


def _output(source: PictureSource, number: int) -> dict[str, Any]:
    """The target of an output, and a name for each of its units."""
    output = OutputPictures(source, number)
    return {"target": output.target, "names": output.unit_names}
