"""Operators on outputs of layers, such as `a + b` and `2 * a`, as layers; Keras saves them as other operations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnrun.experiment.layer_names import is_automatic

_BETWEEN_LAYERS = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")
_RESCALING = "Rescaling"

# What `Rescaling` multiplies by and adds where an output stands left of a number, and where it stands right of it.
_Linear = Callable[[float], tuple[float, float]]
_LEFT: Mapping[str, _Linear] = {
    "Add": lambda number: (1.0, number),
    "Subtract": lambda number: (1.0, -number),
    "Multiply": lambda number: (number, 0.0),
    "TrueDivide": lambda number: (1 / number if number else math.inf, 0.0),
}
_RIGHT: Mapping[str, _Linear] = {
    "Add": _LEFT["Add"],
    "Subtract": lambda number: (-1.0, number),
    "Multiply": _LEFT["Multiply"],
}


def as_layer(layer: dict[str, Any], arguments: Sequence[Any]) -> tuple[dict[str, Any], bool]:
    """An operator as the layer that does the same, and whether that layer has the number of its call.

    Args:
        layer: a layer or an operator as it is saved; another one than an operator stays what it is.
        arguments: what it is called with, as it is saved.
    """
    if not _is_operation(layer):
        return layer, False
    name = layer["class_name"]
    linear = _linear(name, arguments)
    if linear is not None and all(map(math.isfinite, linear)):
        return _rescaling(layer, *linear), True
    if name in _BETWEEN_LAYERS and all(map(_is_output, arguments)):
        return {**layer, "module": "keras.layers"}, False
    return layer, False


def is_operator(layer: Mapping[str, Any]) -> bool:
    """Whether it is an operator that `as_layer` knows no layer for, because of what it is called with."""
    return _is_operation(layer) and layer["class_name"] in _BETWEEN_LAYERS


def _is_operation(layer: Mapping[str, Any]) -> bool:
    module = layer.get("module")
    return isinstance(module, str) and ".ops" in module


def _linear(name: str, arguments: Sequence[Any]) -> tuple[float, float] | None:
    if name == "Negative":
        return -1.0, 0.0
    if len(arguments) != 2 or sum(map(_is_number, arguments)) != 1:
        return None
    left, right = arguments
    table, number = (_LEFT, right) if _is_number(right) else (_RIGHT, left)
    return table[name](float(number)) if name in table else None


def _rescaling(layer: dict[str, Any], scale: float, offset: float) -> dict[str, Any]:
    config = {**layer["config"], "scale": scale, "offset": offset}
    if is_automatic(str(config.get("name")), layer["class_name"]):
        config["name"] = _RESCALING.lower()
    return {**layer, "module": "keras.layers", "class_name": _RESCALING, "config": config}


def _is_output(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
