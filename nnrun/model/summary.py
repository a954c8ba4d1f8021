"""A summary of the network: each layer with its output shape and the arithmetic of its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import keras

from nnrun.runs.layer_summary import LayerSummary


def summarize(model: keras.Model) -> tuple[LayerSummary, ...]:
    """Every layer of the network after its inputs, in the order of its data."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    return tuple(
        LayerSummary(layer.name, type(layer).__name__, _shape(layer), layer.count_params(), arithmetic(layer))
        for layer in layers
    )


def arithmetic(layer: Any) -> str:
    """How the number of a layer's parameters is computed; the shapes of its weights if no shorter rule is known."""
    shapes = [tuple(w.shape) for w in layer.weights]
    if not shapes:
        return ""
    rule = _RULES.get(type(layer).__name__)
    return rule(layer, shapes) if rule else " + ".join(_product(shape) for shape in shapes)


def _shape(layer: Any) -> str:
    shapes = [output.shape for output in keras.tree.flatten(layer.output)]
    return "; ".join("(" + ", ".join("any" if n is None else str(n) for n in shape[1:]) + ")" for shape in shapes)


def _product(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape)) if shape else "1"


def _dense(layer: Any, shapes: list[tuple[int, ...]]) -> str:
    """units × (inputs + 1 bias)"""
    inputs, units = shapes[0][0], prod(shapes[0][1:])
    return f"{units} × ({inputs} + 1)" if layer.use_bias else f"{units} × {inputs}"


def _convolution(layer: Any, shapes: list[tuple[int, ...]]) -> str:
    """filters × (kernel × channels + 1 bias)"""
    *window, filters = shapes[0]
    return f"{filters} × ({_product(window)} + 1)" if layer.use_bias else f"{filters} × {_product(window)}"


def _recurrent(layer: Any, shapes: list[tuple[int, ...]]) -> str:
    """gates × units × (inputs + units + biases)"""
    inputs, units = shapes[0][0], shapes[1][0]
    gates = shapes[0][1] // units
    biases = prod(shapes[2]) // (gates * units) if len(shapes) > 2 else 0
    inside = " + ".join(str(n) for n in (inputs, units, biases) if n)
    return f"{gates} × {units} × ({inside})" if gates > 1 else f"{units} × ({inside})"


def _per_feature(layer: Any, shapes: list[tuple[int, ...]]) -> str:
    """vectors × features"""
    return f"{len(shapes)} × {_product(shapes[0])}"


_RULES = {
    "Dense": _dense,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "SimpleRNN": _recurrent,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "BatchNormalization": _per_feature,
    "LayerNormalization": _per_feature,
}
