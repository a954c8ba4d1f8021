"""Shape rules of the layers over one, two or three axes: convolutions, pooling, padding, cropping, upsampling."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.network.axes import (
    Arguments,
    Shape,
    ShapeMismatch,
    axis_names,
    before_and_after,
    join_channels,
    per_axis,
    product_in_words,
    require_axes,
    split_channels,
    window_positions,
)


def spatial_identity(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    require_axes(shape, axis_names(arguments, axes))
    return shape


def convolution(arguments: Arguments, shape: Shape, axes: int) -> Shape | None:
    require_axes(shape, axis_names(arguments, axes))
    strides, rates = per_axis(arguments["strides"], axes), per_axis(arguments["dilation_rate"], axes)
    _check_strides(arguments, strides, rates)
    sizes, channels = split_channels(arguments, shape)
    if channels is None:
        return None
    _check_groups(arguments, channels)
    kernel = per_axis(arguments["kernel_size"], axes)
    windows = [rate * (size - 1) + 1 for size, rate in zip(kernel, rates, strict=True)]
    filters = arguments.get("filters") or channels * arguments["depth_multiplier"]
    return join_channels(arguments, window_positions(arguments, sizes, windows, strides), filters)


def _check_strides(arguments: Arguments, strides: Sequence[int], rates: Sequence[int]) -> None:
    if max(strides) > 1 and max(rates) > 1 and "depth_multiplier" not in arguments:
        raise ShapeMismatch("takes strides above 1 or a dilation_rate above 1, but not both")


def _check_groups(arguments: Arguments, channels: int) -> None:
    groups = arguments.get("groups", 1)
    for numbers, word in ((channels, "channels"), (arguments.get("filters", groups), "filters")):
        if numbers % groups:
            raise ShapeMismatch(f"divides {numbers} {word} into {groups} groups, which is impossible")


def transposed_convolution(arguments: Arguments, shape: Shape, axes: int) -> Shape | None:
    require_axes(shape, axis_names(arguments, axes))
    strides, rates = per_axis(arguments["strides"], axes), per_axis(arguments["dilation_rate"], axes)
    _check_strides(arguments, strides, rates)
    sizes, channels = split_channels(arguments, shape)
    written = arguments["output_padding"]
    paddings = [None] * axes if written is None else per_axis(written, axes)
    if any(padding is not None and padding >= stride for padding, stride in zip(paddings, strides, strict=True)):
        raise ShapeMismatch(f"has output_padding: {written}, which must be below strides: {arguments['strides']}")
    kernel = per_axis(arguments["kernel_size"], axes)
    windows = [rate * (size - 1) + 1 for size, rate in zip(kernel, rates, strict=True)]
    same = arguments["padding"] == "same"
    grown = [_grown(*parts, same=same) for parts in zip(sizes, windows, strides, paddings, strict=True)]
    return None if channels is None else join_channels(arguments, grown, arguments["filters"])


def _grown(size: int | None, window: int, stride: int, padding: int | None, *, same: bool) -> int | None:
    """The size of an axis that a transposed convolution gives."""
    if size is None:
        return None
    if padding is None:
        return size * stride if same else (size - 1) * stride + max(window, stride)
    return (size - 1) * stride + (window % 2 if same else window) + padding


def pooling(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    require_axes(shape, axis_names(arguments, axes))
    windows = per_axis(arguments["pool_size"], axes)
    strides = per_axis(arguments["strides"] or windows, axes)
    sizes, channels = split_channels(arguments, shape)
    return join_channels(arguments, window_positions(arguments, sizes, windows, strides), channels)


def global_pooling(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    require_axes(shape, axis_names(arguments, axes))
    sizes, channels = split_channels(arguments, shape)
    return join_channels(arguments, [1] * len(sizes), channels) if arguments["keepdims"] else (channels,)


def zero_padding(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    require_axes(shape, axis_names(arguments, axes))
    sizes, channels = split_channels(arguments, shape)
    pairs = before_and_after(arguments["padding"], axes)
    padded = [None if size is None else size + sum(pair) for size, pair in zip(sizes, pairs, strict=True)]
    return join_channels(arguments, padded, channels)


def cropping(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    require_axes(shape, axis_names(arguments, axes))
    sizes, channels = split_channels(arguments, shape)
    cuts = [sum(pair) for pair in before_and_after(arguments["cropping"], axes)]
    left = [None if size is None else size - cut for size, cut in zip(sizes, cuts, strict=True)]
    if any(size is not None and size <= 0 for size in left):
        raise ShapeMismatch(f"crops {product_in_words(cuts)} from {product_in_words(sizes)}, which leaves nothing")
    return join_channels(arguments, left, channels)


def upsampling(arguments: Arguments, shape: Shape, axes: int) -> Shape:
    require_axes(shape, axis_names(arguments, axes))
    sizes, channels = split_channels(arguments, shape)
    factors = per_axis(arguments["size"], axes)
    grown = [None if size is None else size * factor for size, factor in zip(sizes, factors, strict=True)]
    return join_channels(arguments, grown, channels)
