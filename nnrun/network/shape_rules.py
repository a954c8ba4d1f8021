"""The shape that each layer makes of the shape of a sample: Keras's own rules, without Keras.

A rule returns None where the shape of the output is not known, and raises `ShapeMismatch` only where Keras certainly
refuses the layer.
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
from nnrun.network.axes import SEQUENCE, Arguments, Shape, ShapeMismatch, require_axes, reshape_hint
from nnrun.network.merge_rules import concatenation, dot_product, elementwise
from nnrun.network.spatial_rules import (
    convolution,
    cropping,
    global_pooling,
    pooling,
    spatial_identity,
    transposed_convolution,
    upsampling,
    zero_padding,
)

Rule = Callable[[Arguments, Shape], Shape | None]
MergeRule = Callable[[Arguments, Sequence[Shape]], Shape | None]

LARGEST = 2**31 - 1


class SpatialRule(Protocol):
    """The rule of a layer over one, two or three axes."""

    def __call__(self, arguments: Arguments, shape: Shape, axes: int) -> Shape | None: ...


def output_shape(component: Component, shapes: Sequence[Shape]) -> Shape | None:
    """The shape that a layer gives.

    Args:
        component: the layer.
        shapes: the shapes of its inputs, one at least.

    Returns:
        The shape, or None where it is not known, also for fewer or more inputs than the layer takes.

    Raises:
        ShapeMismatch: the layer cannot take these shapes.
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


def _changes_width(activation: Any) -> bool:
    """Whether the activation is `glu`, which halves the last axis, unlike what Keras's layers say of themselves."""
    return (activation.name if isinstance(activation, Component) else activation) == "glu"


def _dense(arguments: Arguments, shape: Shape) -> Shape | None:
    if not shape:
        raise ShapeMismatch("needs inputs with at least one axis")
    return None if shape[-1] is None else (*shape[:-1], arguments["units"])


def _embed(arguments: Arguments, shape: Shape) -> Shape:
    return (*shape, arguments["output_dim"])


def _keep(arguments: Arguments, shape: Shape) -> Shape:
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
        raise ShapeMismatch(f"has axis: {axis}, an axis that its input does not have")
    distinct = len({a % len(whole) for a in axes}) == len(axes)
    return shape if distinct and all(whole[a] is not None for a in axes) else None


def _normalize_groups(arguments: Arguments, shape: Shape) -> Shape | None:
    groups, axis = arguments["groups"], arguments["axis"]
    if not isinstance(axis, int) or _normalize(arguments, shape) is None:
        return None
    channels = (None, *shape)[axis]
    if groups > 0 and channels is not None and channels % groups:
        raise ShapeMismatch(
            f"divides {channels} channels into {groups} groups, which is impossible", _groups_hint(channels)
        )
    return shape if groups > 0 or groups == -1 else None


def _groups_hint(channels: int) -> str:
    return f"Use groups: {max(n for n in range(1, min(channels, 32) + 1) if channels % n == 0)}."


def _flatten(arguments: Arguments, shape: Shape) -> Shape:
    return (None,) if None in shape else (math.prod(size for size in shape if size is not None),)


def _reshape(arguments: Arguments, shape: Shape) -> Shape:
    target = tuple(arguments["target_shape"])
    if target.count(-1) > 1:
        raise ShapeMismatch(f"has target_shape: {list(target)}, but only one -1 is allowed")
    if None in shape or None in target:
        return tuple(None if size == -1 else size for size in target)
    numbers = math.prod(size for size in shape if size is not None)
    known = math.prod(size for size in target if size != -1)
    fits = known != 0 and numbers % known == 0 if -1 in target else numbers == known
    if not fits:
        needed = f"a multiple of {known} numbers" if -1 in target else f"{known} numbers"
        raise ShapeMismatch(f"needs {needed} for target_shape: {list(target)} and receives {numbers}")
    return tuple(numbers // known if size == -1 else size for size in target)


def _permute(arguments: Arguments, shape: Shape) -> Shape:
    dims = arguments["dims"]
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise ShapeMismatch(f"has dims: {dims}, which must be a permutation of 1 to {len(dims)}")
    if len(shape) != len(dims):
        raise ShapeMismatch(f"needs inputs with {len(dims)} axes, as in dims: {dims}")
    return tuple(shape[position - 1] for position in dims)


def _repeat(arguments: Arguments, shape: Shape) -> Shape:
    require_axes(shape, ("features",), "Add Flatten before it.")
    return (arguments["n"], *shape)


def _recur(arguments: Arguments, shape: Shape) -> Shape | None:
    require_axes(shape, SEQUENCE)
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
        raise ShapeMismatch("needs inputs of the shape (steps, …)", reshape_hint(shape, SEQUENCE))
    inner = arguments["layer"]
    if not isinstance(inner, Component):
        return None
    try:
        given = output_shape(inner, [shape[1:]])
    except ShapeMismatch:
        # Keras calls the layer without the checks that it makes elsewhere; only these check their input themselves.
        if _is_a(inner, _CONVOLUTIONS):
            raise
        return None
    return None if given is None else (shape[0], *given)


def _is_a(value: Any, rules: Mapping[str, Rule]) -> bool:
    """Whether the value is a layer of one of these names."""
    entry = load_catalog().entry("layers", value.name) if isinstance(value, Component) else None
    return entry is not None and entry.name in rules


def _for_each(names: str, rule: SpatialRule, most: int = 3) -> dict[str, Rule]:
    """The rule for layers over one to `most` axes; `#` in a name stands for their number."""
    ranks = range(1, most + 1)
    return {
        name.replace("#", f"{axes}D"): functools.partial(rule, axes=axes) for name in names.split() for axes in ranks
    }


_CONVOLUTIONS: Mapping[str, Rule] = {
    **_for_each("Conv#", convolution),
    **_for_each("SeparableConv# DepthwiseConv#", convolution, most=2),
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
    **_for_each("Conv#Transpose", transposed_convolution),
    **_for_each("MaxPooling# AveragePooling#", pooling),
    **_for_each("GlobalMaxPooling# GlobalAveragePooling#", global_pooling),
    **_for_each("ZeroPadding#", zero_padding),
    **_for_each("Cropping#", cropping),
    **_for_each("UpSampling#", upsampling),
    **_for_each("SpatialDropout#", spatial_identity),
    "Dense": _dense,
    "Flatten": _flatten,
    "Permute": _permute,
    "RepeatVector": _repeat,
}
_MERGES: Mapping[str, MergeRule] = {
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), elementwise),
    "Concatenate": concatenation,
    "Dot": dot_product,
}
