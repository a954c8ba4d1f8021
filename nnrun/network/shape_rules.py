"""What each layer makes of the shape of a sample: Keras's own rules, without Keras.

A shape is that of one sample, without the batch axis; an axis of unknown size is None. A rule returns None where the
shape that a layer gives is not known, and raises `Misfit` only where Keras refuses the layer for certain.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.network.arity import arity

Shape = tuple[int | None, ...]
Arguments = Mapping[str, Any]
Rule = Callable[[Arguments, Shape], Shape | None]
MergeRule = Callable[[Arguments, Sequence[Shape]], Shape | None]

LARGEST = 10**9
_AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_SEQUENCE = ("steps", "features")


class AxesRule(Protocol):
    """The rule for layers that move over one, two or three axes."""

    def __call__(self, arguments: Arguments, shape: Shape, axes: int) -> Shape | None: ...


class Misfit(Exception):
    """A layer cannot take the shape that it receives.

    Args:
        need: what the layer needs, the end of a sentence that begins with the layer.
        hint: the usual remedy, if there is one.
    """

    def __init__(self, need: str, hint: str | None = None) -> None:
        super().__init__(need)
        self.need = need
        self.hint = hint


def output_shape(component: Component, shapes: Sequence[Shape]) -> Shape | None:
    """The shape that a layer gives.

    Args:
        component: the layer.
        shapes: the shapes of its inputs, one at least.

    Returns:
        The shape, or None where it is not known, also for fewer or more inputs than the layer takes.

    Raises:
        Misfit: the layer cannot take these shapes.
    """
    entry = load_catalog().entry("layers", component.name)
    if entry is None or _changes_width(component.arguments.get("activation")):
        return None
    if not arity(entry.name).admits(len(shapes)) or any(map(_is_immense, component.arguments.values())):
        return None
    arguments = with_defaults(component)
    if entry.name in _MERGES:
        return _MERGES[entry.name](arguments, shapes)
    rule = _RULES.get(entry.name)
    return rule(arguments, shapes[0]) if rule else None


def _is_immense(value: Any) -> bool:
    """Whether there is a number that no shape can hold; Python does not even print products of such numbers."""
    return any(map(_is_immense, value)) if isinstance(value, list) else isinstance(value, int) and value > LARGEST


def shown_shape(shape: Shape) -> str:
    """A shape as messages show it, such as (28, 28, 1)."""
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def _changes_width(activation: Any) -> bool:
    """Whether the activation is `glu`, which halves the last axis, unlike what Keras's layers say of themselves."""
    return (activation.name if isinstance(activation, Component) else activation) == "glu"


# Shapes of images and sequences


def _names(arguments: Arguments, axes: int) -> tuple[str, ...]:
    """What the axes of a sample mean to a layer that moves over `axes` of them."""
    channels = "features" if axes == 1 else "channels"
    return (channels, *_AXES[axes]) if _channels_first(arguments) else (*_AXES[axes], channels)


def _channels_first(arguments: Arguments) -> bool:
    return arguments.get("data_format") == "channels_first"


def _require(shape: Shape, names: tuple[str, ...], hint: str | None = None) -> None:
    if len(shape) != len(names):
        raise Misfit(f"takes inputs of the shape ({', '.join(names)})", hint or _reshape_hint(shape, names))


def _reshape_hint(shape: Shape, names: tuple[str, ...]) -> str | None:
    """A layer that brings the shape to the axes of these names, where one does."""
    target = None if None in shape else _reshaped(shape, names)  # type: ignore[arg-type]
    if target is None and len(shape) >= len(names):
        return None
    return f"Put a layer before it: Reshape: {{target_shape: [{', '.join(map(str, target or names))}]}}"


def _reshaped(shape: tuple[int, ...], names: tuple[str, ...]) -> tuple[int, ...] | None:
    channels_first = names[0] in ("features", "channels")
    side = math.isqrt(math.prod(shape))
    if len(shape) == 1 and len(names) == 3 and side * side == shape[0]:
        shape = (side, side)
    if len(shape) + 1 == len(names):
        return (1, *shape) if channels_first else (*shape, 1)
    if names == _SEQUENCE and len(shape) > 2:
        return (shape[0], math.prod(shape[1:]))
    return None


def _part(arguments: Arguments, shape: Shape) -> tuple[Shape, int | None]:
    """The sizes that a layer moves over, and the channels."""
    return (shape[1:], shape[0]) if _channels_first(arguments) else (shape[:-1], shape[-1])


def _join(arguments: Arguments, sizes: Sequence[int | None], channels: int | None) -> Shape:
    return (channels, *sizes) if _channels_first(arguments) else (*sizes, channels)


def _each(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)


def _pairs(value: Any, axes: int) -> list[tuple[int, ...]]:
    """What is added or cut before and after each axis."""
    if axes == 1:
        return [_each(value, 2)]
    return [_each(pair, 2) for pair in ([value] * axes if isinstance(value, int) else value)]


def _times(numbers: Sequence[int | None]) -> str:
    return " × ".join("any" if number is None else str(number) for number in numbers)


def _moved(arguments: Arguments, sizes: Shape, windows: Sequence[int], strides: Sequence[int]) -> list[int | None]:
    """How often a window fits along each axis."""
    if arguments["padding"] in ("same", "causal"):
        return [None if size is None else (size - 1) // stride + 1 for size, stride in zip(sizes, strides, strict=True)]
    if any(size is not None and size < window for size, window in zip(sizes, windows, strict=True)):
        need = f"moves a window of {_times(windows)}, which does not fit into {_times(sizes)}"
        raise Misfit(need, "Take a smaller window, or padding: same.")
    return [
        None if size is None else (size - window) // stride + 1
        for size, window, stride in zip(sizes, windows, strides, strict=True)
    ]


# Rules


def _dense(arguments: Arguments, shape: Shape) -> Shape | None:
    if not shape:
        raise Misfit("takes inputs of at least one axis")
    return None if shape[-1] is None else (*shape[:-1], arguments["units"])


def _embed(arguments: Arguments, shape: Shape) -> Shape:
    return (*shape, arguments["output_dim"])


def _keep(arguments: Arguments, shape: Shape) -> Shape:
    return shape


def _keep_exactly(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    _require(shape, _names(arguments, axes))
    return shape


def _keep_shared(arguments: Arguments, shape: Shape) -> Shape | None:
    """PReLU has a weight for each number that does not share one."""
    shared = arguments["shared_axes"] or ()
    axes = [shared] if isinstance(shared, int) else shared
    return shape if None not in shape and all(0 < axis <= len(shape) for axis in axes) else None


def _normalize(arguments: Arguments, shape: Shape) -> Shape | None:
    axis = arguments["axis"]
    axes = [axis] if isinstance(axis, int) else list(axis)
    whole = (None, *shape)
    if any(not -len(whole) <= a < len(whole) for a in axes):
        raise Misfit(f"has axis: {axis}, an axis that its input does not have")
    distinct = len({a % len(whole) for a in axes}) == len(axes)
    return shape if distinct and all(whole[a] is not None for a in axes) else None


def _normalize_groups(arguments: Arguments, shape: Shape) -> Shape | None:
    groups, axis = arguments["groups"], arguments["axis"]
    if not isinstance(axis, int) or _normalize(arguments, shape) is None:
        return None
    channels = (None, *shape)[axis]
    if groups > 0 and channels is not None and channels % groups:
        raise Misfit(f"divides {channels} channels into {groups} groups, which leaves a rest", _groups_hint(channels))
    return shape if groups > 0 or groups == -1 else None


def _groups_hint(channels: int) -> str:
    return f"Take groups: {max(n for n in range(1, min(channels, 32) + 1) if channels % n == 0)}."


def _flatten(arguments: Arguments, shape: Shape) -> Shape:
    return (None,) if None in shape else (math.prod(size for size in shape if size is not None),)


def _reshape(arguments: Arguments, shape: Shape) -> Shape:
    target = tuple(arguments["target_shape"])
    if target.count(-1) > 1:
        raise Misfit(f"has target_shape: {list(target)}; one -1 is allowed")
    if None in shape or None in target:
        return tuple(None if size == -1 else size for size in target)
    numbers = math.prod(size for size in shape if size is not None)
    known = math.prod(size for size in target if size != -1)
    fits = known != 0 and numbers % known == 0 if -1 in target else numbers == known
    if not fits:
        needed = f"a multiple of {known} numbers" if -1 in target else f"{known} numbers"
        raise Misfit(f"needs {needed} for target_shape: {list(target)} and receives {numbers}")
    return tuple(numbers // known if size == -1 else size for size in target)


def _permute(arguments: Arguments, shape: Shape) -> Shape:
    dims = arguments["dims"]
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise Misfit(f"has dims: {dims}, which must be the numbers from 1 to {len(dims)} in another order")
    if len(shape) != len(dims):
        raise Misfit(f"takes inputs of {len(dims)} axes, as many as dims: {dims} names")
    return tuple(shape[position - 1] for position in dims)


def _repeat(arguments: Arguments, shape: Shape) -> Shape:
    _require(shape, ("features",), "Put Flatten before it.")
    return (arguments["n"], *shape)


def _convolve(arguments: Arguments, shape: Shape, axes: int) -> Shape | None:
    _require(shape, _names(arguments, axes))
    strides, rates = _each(arguments["strides"], axes), _each(arguments["dilation_rate"], axes)
    _check_strides(arguments, strides, rates)
    sizes, channels = _part(arguments, shape)
    if channels is None:
        return None
    _check_groups(arguments, channels)
    kernel = _each(arguments["kernel_size"], axes)
    windows = [rate * (size - 1) + 1 for size, rate in zip(kernel, rates, strict=True)]
    filters = arguments.get("filters") or channels * arguments["depth_multiplier"]
    return _join(arguments, _moved(arguments, sizes, windows, strides), filters)


def _check_strides(arguments: Arguments, strides: Sequence[int], rates: Sequence[int]) -> None:
    if max(strides) > 1 and max(rates) > 1 and "depth_multiplier" not in arguments:
        raise Misfit("takes strides above 1 or a dilation_rate above 1, not both")


def _check_groups(arguments: Arguments, channels: int) -> None:
    groups = arguments.get("groups", 1)
    for numbers, word in ((channels, "channels"), (arguments.get("filters", groups), "filters")):
        if numbers % groups:
            raise Misfit(f"divides {numbers} {word} into {groups} groups, which leaves a rest")


def _transpose(arguments: Arguments, shape: Shape, axes: int) -> Shape | None:
    _require(shape, _names(arguments, axes))
    strides, rates = _each(arguments["strides"], axes), _each(arguments["dilation_rate"], axes)
    _check_strides(arguments, strides, rates)
    sizes, channels = _part(arguments, shape)
    written = arguments["output_padding"]
    paddings = [None] * axes if written is None else _each(written, axes)
    if any(padding is not None and padding >= stride for padding, stride in zip(paddings, strides, strict=True)):
        raise Misfit(f"has output_padding: {written}, which must be below strides: {arguments['strides']}")
    kernel = _each(arguments["kernel_size"], axes)
    windows = [rate * (size - 1) + 1 for size, rate in zip(kernel, rates, strict=True)]
    same = arguments["padding"] == "same"
    grown = [_grown(*parts, same=same) for parts in zip(sizes, windows, strides, paddings, strict=True)]
    return None if channels is None else _join(arguments, grown, arguments["filters"])


def _grown(size: int | None, window: int, stride: int, padding: int | None, *, same: bool) -> int | None:
    """The size of an axis that a transposed convolution gives."""
    if size is None:
        return None
    if padding is None:
        return size * stride if same else (size - 1) * stride + max(window, stride)
    return (size - 1) * stride + (window % 2 if same else window) + padding


def _pool(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    _require(shape, _names(arguments, axes))
    windows = _each(arguments["pool_size"], axes)
    strides = _each(arguments["strides"] or windows, axes)
    sizes, channels = _part(arguments, shape)
    return _join(arguments, _moved(arguments, sizes, windows, strides), channels)


def _pool_all(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    _require(shape, _names(arguments, axes))
    sizes, channels = _part(arguments, shape)
    return _join(arguments, [1] * len(sizes), channels) if arguments["keepdims"] else (channels,)


def _pad(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    _require(shape, _names(arguments, axes))
    sizes, channels = _part(arguments, shape)
    pairs = _pairs(arguments["padding"], axes)
    padded = [None if size is None else size + sum(pair) for size, pair in zip(sizes, pairs, strict=True)]
    return _join(arguments, padded, channels)


def _crop(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    _require(shape, _names(arguments, axes))
    sizes, channels = _part(arguments, shape)
    cuts = [sum(pair) for pair in _pairs(arguments["cropping"], axes)]
    left = [None if size is None else size - cut for size, cut in zip(sizes, cuts, strict=True)]
    if any(size is not None and size <= 0 for size in left):
        raise Misfit(f"crops {_times(cuts)} from {_times(sizes)}, which leaves nothing")
    return _join(arguments, left, channels)


def _upsample(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    _require(shape, _names(arguments, axes))
    sizes, channels = _part(arguments, shape)
    factors = _each(arguments["size"], axes)
    grown = [None if size is None else size * factor for size, factor in zip(sizes, factors, strict=True)]
    return _join(arguments, grown, channels)


def _recur(arguments: Arguments, shape: Shape) -> Shape | None:
    _require(shape, _SEQUENCE)
    if shape[1] is None or arguments["return_state"] or arguments["stateful"]:
        return None
    return (shape[0], arguments["units"]) if arguments["return_sequences"] else (arguments["units"],)


def _both_ways(arguments: Arguments, shape: Shape) -> Shape | None:
    inner = arguments["layer"]
    if not _is_a(inner, _RECURRENT) or arguments["merge_mode"] is None or arguments["backward_layer"] is not None:
        return None
    given = output_shape(inner, [shape])
    if given is None or given[-1] is None or arguments["merge_mode"] != "concat":
        return given
    return (*given[:-1], 2 * given[-1])


def _every_step(arguments: Arguments, shape: Shape) -> Shape | None:
    if len(shape) < 2:
        raise Misfit("takes inputs of the shape (steps, …)", _reshape_hint(shape, _SEQUENCE))
    inner = arguments["layer"]
    if not isinstance(inner, Component):
        return None
    try:
        given = output_shape(inner, [shape[1:]])
    except Misfit:
        # Keras calls the layer without the checks that it makes elsewhere; only these check their input themselves.
        if _is_a(inner, _CONVOLUTIONS):
            raise
        return None
    return None if given is None else (shape[0], *given)


def _is_a(value: Any, rules: Mapping[str, Rule]) -> bool:
    """Whether the value is a layer of one of these names."""
    entry = load_catalog().entry("layers", value.name) if isinstance(value, Component) else None
    return entry is not None and entry.name in rules


# Merges


def _elementwise(arguments: Arguments, shapes: Sequence[Shape]) -> Shape:
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
        raise Misfit("takes inputs of one shape", "Give them as many units, or join them by Concatenate.")
    return other if one == 1 else one


def _concatenate(arguments: Arguments, shapes: Sequence[Shape]) -> Shape | None:
    axis, first = arguments["axis"], (None, *shapes[0])
    if len({len(shape) for shape in shapes}) > 1:
        raise Misfit("takes inputs with the same number of axes", "Put Flatten before those with more axes.")
    if not -len(first) <= axis < len(first):
        raise Misfit(f"has axis: {axis}, an axis that its inputs do not have")
    position = axis % len(first) - 1
    if position < 0:
        return None
    for other in range(len(shapes[0])):
        sizes = {shape[other] for shape in shapes} - {None}
        if other != position and len(sizes) > 1:
            raise Misfit(f"takes inputs that differ only along axis: {axis}", "Put Flatten before each of them.")
    joined = [shape[position] for shape in shapes]
    whole = None if None in joined else sum(size for size in joined if size is not None)
    return (*shapes[0][:position], whole, *shapes[0][position + 1 :])


def _dot(arguments: Arguments, shapes: Sequence[Shape]) -> Shape | None:
    written = arguments["axes"]
    one, other = ((None, *shape) for shape in shapes)
    pair = [written, written] if isinstance(written, int) else list(written)
    if isinstance(written, int) and written < 0:
        pair = [written % len(one), written % len(other)]
    if len(pair) != 2:
        raise Misfit(f"takes one axis of each input. Received: axes: {written}")
    if any(not -len(shape) <= axis < len(shape) for shape, axis in zip((one, other), pair, strict=True)):
        raise Misfit(f"has axes: {written}, an axis that its inputs do not have")
    positions = [axis % len(shape) for axis, shape in zip(pair, (one, other), strict=True)]
    sizes = [one[positions[0]], other[positions[1]]]
    if 0 in positions or None in sizes:
        return None
    if sizes[0] != sizes[1]:
        raise Misfit(f"needs as many numbers along the axes of both inputs, axes: {written}")
    left = (*_without(one, positions[0]), *_without(other, positions[1]))
    return left or (1,)


def _without(whole: Shape, position: int) -> Shape:
    """A shape with the batch axis, without that and the axis at `position`."""
    return (*whole[1:position], *whole[position + 1 :])


def _for_each(names: str, rule: AxesRule, most: int = 3) -> dict[str, Rule]:
    """The rule for layers over one to `most` axes; `#` in a name stands for their number."""
    ranks = range(1, most + 1)
    return {
        name.replace("#", f"{axes}D"): functools.partial(rule, axes=axes) for name in names.split() for axes in ranks
    }


_CONVOLUTIONS: Mapping[str, Rule] = {
    **_for_each("Conv#", _convolve),
    **_for_each("SeparableConv# DepthwiseConv#", _convolve, most=2),
}
_RECURRENT: Mapping[str, Rule] = dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), _recur)
_KEEPING = (
    "Activation ActivityRegularization AlphaDropout Dropout ELU GaussianDropout GaussianNoise Identity LeakyReLU "
    "Masking ReLU Rescaling Softmax"
)
_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_KEEPING.split(), _keep),
    "PReLU": _keep_shared,
    **dict.fromkeys(("BatchNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"), _normalize),
    "GroupNormalization": _normalize_groups,
    "Reshape": _reshape,
    "Embedding": _embed,
    "Bidirectional": _both_ways,
    "TimeDistributed": _every_step,
    **_CONVOLUTIONS,
    **_RECURRENT,
    **_for_each("Conv#Transpose", _transpose),
    **_for_each("MaxPooling# AveragePooling#", _pool),
    **_for_each("GlobalMaxPooling# GlobalAveragePooling#", _pool_all),
    **_for_each("ZeroPadding#", _pad),
    **_for_each("Cropping#", _crop),
    **_for_each("UpSampling#", _upsample),
    **_for_each("SpatialDropout#", _keep_exactly),
    "Dense": _dense,
    "Flatten": _flatten,
    "Permute": _permute,
    "RepeatVector": _repeat,
}
_MERGES: Mapping[str, MergeRule] = {
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), _elementwise),
    "Concatenate": _concatenate,
    "Dot": _dot,
}
