"""The neurons of a small network and its weights at every epoch, as a script draws them."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.number_text import short
from nnrun.plots.layer_boxes import BOX_HEIGHT, BOX_WIDTH, place_boxes
from nnrun.plots.neuron_columns import NeuronColumn, NeuronPlaces, columns_of, place_neurons
from nnrun.plots.style import one_line

_TOP = 14.0  # pixels above the neurons
_BELOW = 52.0  # pixels for the names below them
_MOST_LETTERS = 10  # of a name beside a neuron
_LETTER = 10.0  # pixels
_MOST_LETTERS_IN_BOX = 30
_MARGIN = 4.0  # pixels around boxes
_STEPS = 127  # of a weight's size


def weights_diagram(
    arguments: Mapping[str, Any], trace: Mapping[str, Array], epochs: Sequence[int]
) -> dict[str, Any] | None:
    """The diagram of a stack of dense layers of at most 16 units with its weights at some epochs, as plain JSON.

    Weights are shares of the largest one of these epochs, biases of the largest bias, in steps of 1/127.

    Args:
        arguments: those of `nnrun.plots.diagram.draw_network`.
        trace: the weights by name, each (epochs + 1, …).
        epochs: the epochs, from 0.

    Returns:
        None for any other network.
    """
    first = {name: values[0] for name, values in trace.items()}
    columns = columns_of(arguments["layers"], arguments["outputs"], first)
    if not columns:
        return None
    plan = place_neurons(columns, _TOP)
    names = [layer["name"] for layer in arguments["layers"]]
    kernels, biases = [_of(trace, names, columns, part, epochs) for part in ("kernel", "bias")]
    weights, largest = _shares(kernels, len(epochs))
    offsets, largest_bias = _shares(biases, len(epochs))
    numbers = np.concatenate([weights, offsets], axis=1)  # (epochs, weights and biases)
    return {
        "width": round(plan.width),
        "height": round(_TOP + plan.height + _BELOW),
        "radius": round(plan.radius, 1),
        **_drawn(columns, plan),
        "largest": short(largest),
        "largestBias": short(largest_bias) if offsets.size else "",
        "frames": base64.b64encode(zlib.compress(numbers.tobytes(), 6)).decode(),
    }


def boxes_diagram(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The layers of any network as boxes, as plain JSON.

    Args:
        arguments: those of `nnrun.plots.diagram.draw_network`.
    """
    plan = place_boxes(arguments["layers"], arguments["outputs"], _MARGIN)
    kinds = ["end" if layer["kind"] == "Input" else "layer" for layer in arguments["layers"]]
    return {
        "width": round(plan.width),
        "height": round(plan.height + 2 * _MARGIN),
        "box": (BOX_WIDTH, BOX_HEIGHT),
        "boxes": [
            (round(x, 1), round(y, 1), [one_line(text, _MOST_LETTERS_IN_BOX) for text in texts if text], kind)
            for (x, y), texts, kind in zip(
                plan.centers, plan.texts, [*kinds, *("end" for _ in arguments["outputs"])], strict=True
            )
        ],
        "routes": [[(round(x, 1), round(y, 1)) for x, y in route] for route in plan.routes],
    }


def _of(
    trace: Mapping[str, Array], names: Sequence[str], columns: Sequence[NeuronColumn], part: str, epochs: Sequence[int]
) -> list[Array]:
    """The kernels or biases of the columns that have one, each (epochs, …)."""
    found = []
    for name, column in zip(names, columns, strict=True):
        if getattr(column, part) is not None:
            found.append(trace[f"{name}/{part}"][list(epochs)])
    return found


def _shares(values: Sequence[Array], epochs: int) -> tuple[Array, float]:
    """Numbers side by side as shares of the largest, int8 (epochs, numbers), and the largest."""
    if not values:
        return np.zeros((epochs, 0), np.int8), 0.0
    flat = np.concatenate([part.reshape(epochs, -1) for part in values], axis=1, dtype=np.float64)  # (epochs, numbers)
    flat = np.nan_to_num(flat)
    largest = float(np.abs(flat).max(initial=0.0))
    return np.rint(_STEPS * flat / (largest or 1.0)).astype(np.int8), largest


def _drawn(columns: Sequence[NeuronColumn], plan: NeuronPlaces) -> dict[str, Any]:
    """Neurons, edges in the order of the weights, edges without weights, and the words."""
    starts = np.cumsum([0, *(column.units for column in columns)]).tolist()
    nodes = [(round(x, 1), round(y, 1)) for places in plan.places for x, y in places]
    biased = [
        starts[i] + unit for i, column in enumerate(columns) if column.bias is not None for unit in range(column.units)
    ]
    edges, plain = [], []
    for i, (before, column) in enumerate(pairwise(columns)):
        if column.kernel is None:
            plain += [(starts[i] + unit, starts[i + 1] + unit) for unit in range(column.units)]
        else:
            edges += [(starts[i] + a, starts[i + 1] + b) for a in range(before.units) for b in range(column.units)]
    return {"nodes": nodes, "edges": edges, "plain": plain, "biased": biased, "words": _words(columns, plan)}


def _words(columns: Sequence[NeuronColumn], plan: NeuronPlaces) -> list[tuple[float, float, str, str, bool]]:
    """Place, text, anchor and whether it is bold: the names of inputs and outputs, and below a column what it is."""
    away = plan.radius + 8
    words = []
    for column, side, anchor in ((columns[0], -1, "end"), (columns[-1], 1, "start")):
        places = plan.places[0 if side < 0 else -1]
        for name, (x, y) in zip(column.names, places, strict=False):
            words.append((round(x + side * away, 1), round(y + 4, 1), one_line(name, _MOST_LETTERS), anchor, False))
    for column, places in zip(columns, plan.places, strict=True):
        for line, text in enumerate(column.caption[:2]):
            place = (round(places[0][0], 1), round(_TOP + plan.height + 18 + 19 * line, 1))
            words.append((*place, one_line(text, round(plan.across / _LETTER)), "middle", line == 0))
    return words
