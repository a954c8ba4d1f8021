"""The numbers that each loss takes, and those that each activation gives: one table for every check of the two."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from nnrun.errors import Place
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

    def rescaled(self, scale: float, offset: float) -> ValueRange:
        """Its numbers times `scale`, which is not 0, plus `offset`."""
        return ValueRange(*sorted(end * scale + offset for end in self))

    def __str__(self) -> str:
        if self == ANY_NUMBER:
            return "any number"
        if self.high == _INFINITE:
            return "numbers from 0" if self.low == 0 else f"numbers from {self.low:g}"
        return f"numbers up to {self.high:g}" if self.low == -_INFINITE else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class LastActivation:
    """The activation that makes an output.

    Args:
        name: its name.
        layer: its layer.
        gives: the numbers of the output; None where they are not known.
        is_optional: whether the layer has none where none is written.
        rescaled_by: the layer between it and the output that changes its numbers, if there is one.
    """

    name: str
    layer: Layer
    gives: ValueRange | None
    is_optional: bool
    rescaled_by: Layer | None = None

    @property
    def label(self) -> str:
        """What is said of it behind the name of the output."""
        return f"{self.name}, rescaled" if self.rescaled_by else self.name

    @property
    def place(self) -> Place | None:
        """Where it is written, or what has the last word after it."""
        return self.rescaled_by.component.place if self.rescaled_by else self.layer.component.place_of("activation")


class OutputRange(NamedTuple):
    """The outputs that a loss takes.

    Args:
        predictions: what the outputs may be, without from_logits.
        activations: the activations of the last layer that give such outputs, the usual one first.
    """

    predictions: ValueRange
    activations: tuple[str, ...]


ANY_NUMBER = ValueRange(-_INFINITE, _INFINITE)
UNIT = ValueRange(0, 1)
_POSITIVE = ValueRange(0, _INFINITE)
_SIGNED = ValueRange(-1, 1)

# Keras clips what is outside (crossentropies, logarithms) or returns NaN (Poisson): keras/src/losses/losses.py
_TAKEN: Mapping[str, OutputRange] = {
    **dict.fromkeys(("BinaryCrossentropy", "BinaryFocalCrossentropy"), OutputRange(UNIT, ("sigmoid",))),
    **dict.fromkeys(("CategoricalCrossentropy", "CategoricalFocalCrossentropy"), OutputRange(UNIT, ("softmax",))),
    "SparseCategoricalCrossentropy": OutputRange(UNIT, ("softmax",)),
    "crossentropy": OutputRange(UNIT, ("softmax", "sigmoid")),
    "KLDivergence": OutputRange(UNIT, ("softmax",)),
    "Poisson": OutputRange(_POSITIVE, ("softplus", "exponential")),
    "MeanSquaredLogarithmicError": OutputRange(_POSITIVE, ("softplus", "relu")),
    **dict.fromkeys(("Dice", "Tversky"), OutputRange(UNIT, ("sigmoid", "softmax"))),
}

# What each activation gives; those that are not listed are not checked.
_RANGES: Mapping[str, ValueRange] = {
    **dict.fromkeys(("sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax", "sparsemax"), UNIT),
    **dict.fromkeys(("tanh", "hard_tanh", "softsign"), _SIGNED),
    **dict.fromkeys(("relu", "softplus", "exponential", "squareplus", "sparse_plus"), _POSITIVE),
    **dict.fromkeys(("linear", "leaky_relu", "hard_shrink", "soft_shrink", "tanh_shrink"), ANY_NUMBER),
    **dict.fromkeys(("log_softmax", "log_sigmoid"), ValueRange(-_INFINITE, 0)),
    **dict.fromkeys(("glu", "prelu"), ANY_NUMBER),
    "relu6": ValueRange(0, 6),
    **dict.fromkeys(("elu", "celu"), ValueRange(-1, _INFINITE)),
    "selu": ValueRange(-1.7581, _INFINITE),
    # Their least values: https://arxiv.org/abs/1606.08415 (gelu), https://arxiv.org/abs/1908.08681 (mish).
    "gelu": ValueRange(-0.17, _INFINITE),
    "hard_silu": ValueRange(-0.375, _INFINITE),
    "mish": ValueRange(-0.3089, _INFINITE),
    "silu": ValueRange(-0.2785, _INFINITE),
}
_LAYERS = {"ELU": "elu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ReLU": "relu", "Softmax": "softmax"}
_KEEPING = frozenset({"Flatten", "Reshape", "Permute", "Identity"})


def output_range(loss: str) -> OutputRange | None:
    """What a loss takes, by Keras's name for its class; None for one that takes any numbers."""
    return _TAKEN.get(loss)


def activation_range(activation: str) -> ValueRange | None:
    """What an activation gives, by its name; None where that is not written here."""
    return _RANGES.get(activation)


def last_activation(layers: Mapping[str, Layer], output: str) -> LastActivation | None:
    """The activation that makes an output; None where that is not known.

    Args:
        layers: the layers by name.
        output: the name of the layer that is the output.
    """
    layer = layers.get(output)
    if layer is None:
        return None
    kind = layer.component.class_name
    if kind in _KEEPING and len(layer.inputs) == 1:
        return last_activation(layers, layer.inputs[0])
    if kind == "Rescaling" and len(layer.inputs) == 1:
        return _rescaled(last_activation(layers, layer.inputs[0]), layer)
    return _of_layer(layer)


def layers_by_name(graph: Graph) -> dict[str, Layer]:
    """The layers of a graph by name."""
    return {layer.name: layer for layer in graph.layers}


def _rescaled(found: LastActivation | None, layer: Layer) -> LastActivation | None:
    """An activation whose numbers are multiplied and moved by a layer; None where the numbers differ by unit."""
    scale, offset = (layer.component.arguments.get(name, default) for name, default in (("scale", 1), ("offset", 0)))
    if found is None or found.gives is None or not all(isinstance(number, int | float) for number in (scale, offset)):
        return None
    return replace(found, gives=found.gives.rescaled(scale, offset), rescaled_by=layer) if scale else None


def _of_layer(layer: Layer) -> LastActivation | None:
    component = layer.component
    name = _activation(component)
    if not name:
        return None
    gives, entry = activation_range(name), load_catalog().entry("layers", component.name)
    arguments = entry.arguments if entry else {}
    if gives and "recurrent_activation" in arguments:  # a gate from 0 to 1 multiplies, or mixes with 0 at first
        gives = ValueRange(min(0.0, gives.low), max(0.0, gives.high))
    default = arguments["activation"].default if "activation" in arguments else None
    return LastActivation(name, layer, gives, is_optional=default in (None, "linear"))


def _activation(component: Component) -> str | None:
    entry = load_catalog().entry("layers", component.name)
    if entry is None:
        return None
    if entry.name in _LAYERS:
        return None if component.arguments else _LAYERS[entry.name]
    inner = component.arguments.get("layer")
    if entry.name == "TimeDistributed" and isinstance(inner, Component):
        return _activation(inner)
    if "activation" not in entry.arguments or component.arguments.get("recurrent_activation", "sigmoid") != "sigmoid":
        return None
    written = component.arguments.get("activation", entry.arguments["activation"].default)
    if isinstance(written, Component):
        written = None if written.arguments else written.name
    elif written is None:
        written = "linear"
    # Constrained weights may keep the outputs of a linear layer within what the loss takes.
    constrained = any(component.arguments.get(key) for key in ("kernel_constraint", "bias_constraint"))
    return None if written == "linear" and constrained else written
