"""Shape rules of the layers that merge several inputs."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from nnrun.network.axes import Arguments, Shape, ShapeMismatch


def elementwise(arguments: Arguments, shapes: Sequence[Shape]) -> Shape:
    """Shapes brought together from their last axis on; a size of 1 fits any other."""
    return functools.reduce(_broadcast, shapes)


def _broadcast(one: Shape, other: Shape) -> Shape:
    if len(one) < len(other):
        one, other = other, one
    start = len(one) - len(other)
    return (*one[:start], *map(_common_size, one[start:], other))


def _common_size(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return None
    if one != other and 1 not in (one, other):
        raise ShapeMismatch(
            "needs inputs of the same shape", "Give them the same number of units, or join them with Concatenate."
        )
    return other if one == 1 else one


def concatenation(arguments: Arguments, shapes: Sequence[Shape]) -> Shape | None:
    axis, first = arguments["axis"], (None, *shapes[0])
    if len({len(shape) for shape in shapes}) > 1:
        raise ShapeMismatch("needs inputs with the same number of axes", "Add Flatten before those with more axes.")
    if not -len(first) <= axis < len(first):
        raise ShapeMismatch(f"has axis: {axis}, an axis that its inputs do not have")
    position = axis % len(first) - 1
    if position < 0:
        return None
    for other in range(len(shapes[0])):
        sizes = {shape[other] for shape in shapes} - {None}
        if other != position and len(sizes) > 1:
            raise ShapeMismatch(f"needs inputs that differ only along axis: {axis}", "Add Flatten before each of them.")
    joined = [shape[position] for shape in shapes]
    whole = None if None in joined else sum(size for size in joined if size is not None)
    return (*shapes[0][:position], whole, *shapes[0][position + 1 :])


def dot_product(arguments: Arguments, shapes: Sequence[Shape]) -> Shape | None:
    written = arguments["axes"]
    one, other = ((None, *shape) for shape in shapes)
    pair = [written, written] if isinstance(written, int) else list(written)
    if isinstance(written, int) and written < 0:
        pair = [written % len(one), written % len(other)]
    if len(pair) != 2:
        raise ShapeMismatch(f"takes one axis per input. Received: axes: {written}")
    if any(not -len(shape) <= axis < len(shape) for shape, axis in zip((one, other), pair, strict=True)):
        raise ShapeMismatch(f"has axes: {written}, an axis that its inputs do not have")
    positions = [axis % len(shape) for axis, shape in zip(pair, (one, other), strict=True)]
    sizes = [one[positions[0]], other[positions[1]]]
    if 0 in positions or None in sizes:
        return None
    if sizes[0] != sizes[1]:
        raise ShapeMismatch(f"needs inputs of the same size along the axes {written}")
    left = (*_without(one, positions[0]), *_without(other, positions[1]))
    return left or (1,)


def _without(whole: Shape, position: int) -> Shape:
    """A shape with the batch axis, without that and the axis at `position`."""
    return (*whole[1:position], *whole[position + 1 :])
