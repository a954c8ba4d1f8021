"""Shapes of samples: their axes by name, and the helpers that the shape rules of layers share.

A shape is that of one sample, without the batch axis; an axis of unknown size is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

Shape = tuple[int | None, ...]
Arguments = Mapping[str, Any]

SEQUENCE = ("steps", "features")
_AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class ShapeMismatch(Exception):
    """A layer cannot take the shape that it receives.

    Args:
        need: what the layer needs, the end of a sentence that begins with the layer.
        hint: the usual remedy, if there is one.
    """

    def __init__(self, need: str, hint: str | None = None) -> None:
        super().__init__(need)
        self.need = need
        self.hint = hint


def shown_shape(shape: Shape) -> str:
    """A shape as messages show it, such as (28, 28, 1)."""
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def axis_names(arguments: Arguments, axes: int) -> tuple[str, ...]:
    """What the axes of a sample mean to a layer that moves over `axes` of them."""
    channels = "features" if axes == 1 else "channels"
    return (channels, *_AXES[axes]) if channels_first(arguments) else (*_AXES[axes], channels)


def channels_first(arguments: Arguments) -> bool:
    return arguments.get("data_format") == "channels_first"


def require_axes(shape: Shape, names: tuple[str, ...], hint: str | None = None) -> None:
    if len(shape) != len(names):
        raise ShapeMismatch(f"needs inputs of the shape ({', '.join(names)})", hint or reshape_hint(shape, names))


def reshape_hint(shape: Shape, names: tuple[str, ...]) -> str | None:
    """A layer that brings the shape to the axes of these names, where one does."""
    target = None if None in shape else _reshaped(shape, names)  # type: ignore[arg-type]
    if target is None and len(shape) >= len(names):
        return None
    return f"Add a layer before it: Reshape: {{target_shape: [{', '.join(map(str, target or names))}]}}"


def _reshaped(shape: tuple[int, ...], names: tuple[str, ...]) -> tuple[int, ...] | None:
    channels_first = names[0] in ("features", "channels")
    side = math.isqrt(math.prod(shape))
    if len(shape) == 1 and len(names) == 3 and side * side == shape[0]:
        shape = (side, side)
    if len(shape) + 1 == len(names):
        return (1, *shape) if channels_first else (*shape, 1)
    if names == SEQUENCE and len(shape) > 2:
        return (shape[0], math.prod(shape[1:]))
    return None


def split_channels(arguments: Arguments, shape: Shape) -> tuple[Shape, int | None]:
    """The sizes that a layer moves over, and the channels."""
    return (shape[1:], shape[0]) if channels_first(arguments) else (shape[:-1], shape[-1])


def join_channels(arguments: Arguments, sizes: Sequence[int | None], channels: int | None) -> Shape:
    return (channels, *sizes) if channels_first(arguments) else (*sizes, channels)


def per_axis(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)


def before_and_after(value: Any, axes: int) -> list[tuple[int, ...]]:
    """What is added or cut before and after each axis."""
    if axes == 1:
        return [per_axis(value, 2)]
    return [per_axis(pair, 2) for pair in ([value] * axes if isinstance(value, int) else value)]


def product_in_words(numbers: Sequence[int | None]) -> str:
    return " × ".join("any" if number is None else str(number) for number in numbers)


def window_positions(
    arguments: Arguments, sizes: Shape, windows: Sequence[int], strides: Sequence[int]
) -> list[int | None]:
    """How often a window fits along each axis."""
    if arguments["padding"] in ("same", "causal"):
        return [None if size is None else (size - 1) // stride + 1 for size, stride in zip(sizes, strides, strict=True)]
    if any(size is not None and size < window for size, window in zip(sizes, windows, strict=True)):
        need = f"has a window of {product_in_words(windows)}, larger than its input of {product_in_words(sizes)}"
        raise ShapeMismatch(need, "Use a smaller window, or padding: same.")
    return [
        None if size is None else (size - window) // stride + 1
        for size, window, stride in zip(sizes, windows, strides, strict=True)
    ]
