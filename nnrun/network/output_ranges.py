"""The numbers that each loss takes, and those that each activation gives: one table for every check of the two."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from nnrun.experiment.experiment import Component, Layer
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.network.wiring import Graph

_INFINITE = math.inf


class ValueRange(NamedTuple):
    """All numbers from `low` to `high`."""

    low: float
    high: float

    def holds(self, other: ValueRange) -> bool:
        """Whether every number of the other interval is in this one."""
        return self.low <= other.low and other.high <= self.high

    def __str__(self) -> str:
        if self == ANY_NUMBER:
            return "any number"
        if self.high == _INFINITE:
            return "numbers from 0" if self.low == 0 else f"numbers from {self.low:g}"
        return f"numbers up to {self.high:g}" if self.low == -_INFINITE else f"{self.low:g} to {self.high:g}"


class OutputRange(NamedTuple):
    """The outputs that a loss takes.

    Args:
        predictions: what the outputs may be, without from_logits.
        activations: the activations of the last layer that give such outputs, the usual one first.
    """

    predictions: ValueRange
    activations: tuple[str, ...]


ANY_NUMBER = ValueRange(-_INFINITE, _INFINITE)
_UNIT = ValueRange(0, 1)
_POSITIVE = ValueRange(0, _INFINITE)
_SIGNED = ValueRange(-1, 1)

# Keras clips what is outside (crossentropies, logarithms) or returns NaN (Poisson): keras/src/losses/losses.py
_TAKEN: Mapping[str, OutputRange] = {
    **dict.fromkeys(("BinaryCrossentropy", "BinaryFocalCrossentropy"), OutputRange(_UNIT, ("sigmoid",))),
    **dict.fromkeys(("CategoricalCrossentropy", "CategoricalFocalCrossentropy"), OutputRange(_UNIT, ("softmax",))),
    "SparseCategoricalCrossentropy": OutputRange(_UNIT, ("softmax",)),
    "crossentropy": OutputRange(_UNIT, ("softmax", "sigmoid")),
    "KLDivergence": OutputRange(_UNIT, ("softmax", "sigmoid")),
    "Poisson": OutputRange(_POSITIVE, ("softplus", "exponential")),
    "MeanSquaredLogarithmicError": OutputRange(_POSITIVE, ("softplus", "relu")),
    **dict.fromkeys(("Dice", "Tversky"), OutputRange(_UNIT, ("sigmoid", "softmax"))),
}

# What each activation gives; those that are not listed are not checked.
_RANGES: Mapping[str, ValueRange] = {
    **dict.fromkeys(("sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax", "sparsemax"), _UNIT),
    **dict.fromkeys(("tanh", "hard_tanh", "softsign"), _SIGNED),
    **dict.fromkeys(("relu", "softplus", "exponential", "squareplus", "sparse_plus"), _POSITIVE),
    **dict.fromkeys(("linear", "leaky_relu", "hard_shrink", "soft_shrink", "tanh_shrink"), ANY_NUMBER),
    **dict.fromkeys(("log_softmax", "log_sigmoid"), ValueRange(-_INFINITE, 0)),
    "relu6": ValueRange(0, 6),
    **dict.fromkeys(("elu", "celu"), ValueRange(-1, _INFINITE)),
}
_LAYERS = {"Softmax": "softmax", "LeakyReLU": "leaky_relu", "ReLU": "relu"}
_KEEPING = frozenset({"Flatten", "Reshape", "Permute", "Identity"})


def output_range(loss: str) -> OutputRange | None:
    """What a loss takes, by its name or an alias of it; None for one that takes any numbers."""
    entry = load_catalog().entry("losses", loss)
    return _TAKEN.get(entry.name) if entry else None


def activation_range(activation: str) -> ValueRange | None:
    """What an activation gives, by its name; None where that is not written here."""
    return _RANGES.get(activation)


def last_activation(graph_layers: Mapping[str, Layer], output: str) -> tuple[str, Layer] | None:
    """The activation that makes an output, and its layer; None where that is not known.

    Args:
        graph_layers: the layers by name.
        output: the name of the layer that is the output.
    """
    layer = graph_layers.get(output)
    while layer is not None and layer.component.name in _KEEPING and len(layer.inputs) == 1:
        layer = graph_layers.get(layer.inputs[0])
    name = _activation(layer.component) if layer else None
    return (name, layer) if layer and name else None


def layers_by_name(graph: Graph) -> dict[str, Layer]:
    """The layers of a graph by name."""
    return {layer.name: layer for layer in graph.layers}


def _activation(component: Component) -> str | None:
    entry = load_catalog().entry("layers", component.name)
    if entry is None:
        return None
    if entry.name in _LAYERS:
        return None if component.arguments else _LAYERS[entry.name]
    inner = component.arguments.get("layer")
    if entry.name == "TimeDistributed" and isinstance(inner, Component):
        return _activation(inner)
    if "activation" not in entry.arguments or entry.arguments.keys() & {"recurrent_activation"}:
        return None
    written = component.arguments.get("activation", entry.arguments["activation"].default)
    if isinstance(written, Component):
        written = None if written.arguments else written.name
    elif written is None:
        written = "linear"
    # Constrained weights may keep the outputs of a linear layer within what the loss takes.
    constrained = any(component.arguments.get(key) for key in ("kernel_constraint", "bias_constraint"))
    return None if written == "linear" and constrained else written
