"""Layers as NumPy expressions; those that are not here have none."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nnrun.export import numpy_functions
from nnrun.export.python_text import text

# The functions that a module may need, by name, and those that they call.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    name: function for name, function in vars(numpy_functions).items() if inspect.isfunction(function)
}
_CALLS = {"selu": ("elu",), "silu": ("sigmoid",)}
# What they do in training alone.
_NOTHING = frozenset(
    (
        *("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization", "Identity"),
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    )
)
_MERGES = {"Add": "+", "Multiply": "*", "Subtract": "-"}
_EXTREMES = {"Maximum": "np.maximum", "Minimum": "np.minimum"}


@dataclass(frozen=True)
class NumpyLayer:
    """A layer as a NumPy expression.

    Args:
        code: the expression.
        functions: the names of `FUNCTIONS` that it needs.
    """

    code: str
    functions: tuple[str, ...] = ()


class NoNumpyError(ValueError):
    """A layer has no expression; the text is the reason, a clause."""


def sources(names: Collection[str]) -> list[str]:
    """The text of functions and of those that they call, in the order of `FUNCTIONS`."""
    needed = {*names, *(inner for name in names for inner in _CALLS.get(name, ()))}
    return [inspect.getsource(function).rstrip() for name, function in FUNCTIONS.items() if name in needed]


def numpy_layer(layer: Any, inputs: list[str]) -> NumpyLayer:
    """The expression of a Keras layer.

    Args:
        layer: the built layer.
        inputs: the variables that it takes.

    Raises:
        NoNumpyError: there is none.
    """
    kind = type(layer).__name__
    x = inputs[0]
    if kind in _NOTHING:
        return NumpyLayer(x)
    if kind in _MERGES:
        return NumpyLayer(f" {_MERGES[kind]} ".join(inputs))
    if kind in _EXTREMES:
        code = x
        for other in inputs[1:]:
            code = f"{_EXTREMES[kind]}({code}, {other})"
        return NumpyLayer(code)
    if kind == "Average":
        return NumpyLayer(f"({' + '.join(inputs)}) / {len(inputs)}")
    if kind == "Concatenate":
        return NumpyLayer(f"np.concatenate([{', '.join(inputs)}], axis={layer.axis})")
    if kind not in _WRITERS:
        raise NoNumpyError(f"{kind} has no NumPy form here")
    return _WRITERS[kind](layer, x)


def _weight(variable: Any) -> str:
    return f"W[{text(variable.path)}]"


def _activated(layer: Any, code: str) -> NumpyLayer:
    """An expression with the activation of its layer."""
    activation = layer.activation
    name = getattr(activation, "__name__", type(activation).__name__)
    if name == "linear":
        return NumpyLayer(code)
    if isinstance(activation, _layer_class()):
        return numpy_layer(activation, [f"({code})"])
    if name not in FUNCTIONS or name == "windows":
        raise NoNumpyError(f"the activation {name} has no NumPy form here")
    return NumpyLayer(f"{name}({code})", (name,))


def _layer_class() -> type:
    import keras

    return keras.layers.Layer  # type: ignore[no-any-return]  # Keras has no types


def _dense(layer: Any, x: str) -> NumpyLayer:
    bias = f" + {_weight(layer.bias)}" if layer.use_bias else ""
    return _activated(layer, f"{x} @ {_weight(layer.kernel)}{bias}")


def _activation(layer: Any, x: str) -> NumpyLayer:
    return _activated(layer, x)


def _relu(layer: Any, x: str) -> NumpyLayer:
    if layer.max_value is None and layer.threshold == 0 and layer.negative_slope == 0:
        return NumpyLayer(f"relu({x})", ("relu",))
    if layer.max_value is None and layer.threshold == 0:
        return NumpyLayer(f"leaky_relu({x}, {float(layer.negative_slope)!r})", ("leaky_relu",))
    raise NoNumpyError("a ReLU with max_value or threshold has no NumPy form here")


def _leaky(layer: Any, x: str) -> NumpyLayer:
    return NumpyLayer(f"leaky_relu({x}, {float(layer.negative_slope)!r})", ("leaky_relu",))


def _elu(layer: Any, x: str) -> NumpyLayer:
    return NumpyLayer(f"elu({x}, {float(layer.alpha)!r})", ("elu",))


def _prelu(layer: Any, x: str) -> NumpyLayer:
    return NumpyLayer(f"np.where({x} > 0, {x}, {_weight(layer.alpha)} * {x})")


def _softmax(layer: Any, x: str) -> NumpyLayer:
    if layer.axis != -1:
        raise NoNumpyError("a Softmax along another axis than the last has no NumPy form here")
    return NumpyLayer(f"softmax({x})", ("softmax",))


def _rescaling(layer: Any, x: str) -> NumpyLayer:
    return NumpyLayer(f"{x} * {_numbers(layer.scale)} + {_numbers(layer.offset)}")


def _numbers(value: Any) -> str:
    return f'np.array({value!r}, "float32")' if isinstance(value, list | tuple) else repr(float(value))


def _shape(layer: Any, x: str) -> NumpyLayer:
    sizes = ", ".join(str(size) for size in layer.output.shape[1:])
    return NumpyLayer(f"{x}.reshape(len({x}), {sizes})")


def _permute(layer: Any, x: str) -> NumpyLayer:
    return NumpyLayer(f"{x}.transpose(0, {', '.join(map(str, layer.dims))})")


def _batch_normalization(layer: Any, x: str) -> NumpyLayer:
    if layer.axis not in (-1, len(layer.input.shape) - 1):
        raise NoNumpyError("a BatchNormalization along another axis than the last has no NumPy form here")
    scaled = f"({x} - {_weight(layer.moving_mean)}) / np.sqrt({_weight(layer.moving_variance)} + {layer.epsilon!r})"
    gamma = f" * {_weight(layer.gamma)}" if layer.scale else ""
    return NumpyLayer(scaled + gamma + (f" + {_weight(layer.beta)}" if layer.center else ""))


def _embedding(layer: Any, x: str) -> NumpyLayer:
    return NumpyLayer(f"{_weight(layer.embeddings)}[{x}.astype(int)]")


def _over_places(function: str) -> Callable[[Any, str], NumpyLayer]:
    """A global pooling layer."""

    def write(layer: Any, x: str) -> NumpyLayer:
        _refuse_channels_first(layer)
        axes = tuple(range(1, len(layer.input.shape) - 1))
        return NumpyLayer(f"{x}.{function}(axis={axes}, keepdims={layer.keepdims})")

    return write


def _pooling(function: str) -> Callable[[Any, str], NumpyLayer]:
    """A pooling layer; the average of a padded window counts only what is in the picture."""

    def write(layer: Any, x: str) -> NumpyLayer:
        _refuse_channels_first(layer)
        size, strides = tuple(layer.pool_size), tuple(layer.strides or layer.pool_size)
        if layer.padding == "same" and function == "mean":
            raise NoNumpyError(f"{type(layer).__name__} with padding: same has no NumPy form here")
        fill = ", -np.inf" if layer.padding == "same" else ""
        axes = tuple(range(-len(size), 0))
        code = f'windows({x}, {size}, {strides}, "{layer.padding}"{fill}).{function}(axis={axes})'
        return NumpyLayer(code, ("windows",))

    return write


def _convolution(layer: Any, x: str) -> NumpyLayer:
    _refuse_channels_first(layer)
    if layer.groups != 1 or set(layer.dilation_rate) != {1} or layer.padding not in ("valid", "same"):
        raise NoNumpyError(
            f"{type(layer).__name__} with groups, dilation_rate or causal padding has no NumPy form here"
        )
    axes = len(layer.kernel_size)
    seen = f'windows({x}, {tuple(layer.kernel_size)}, {tuple(layer.strides)}, "{layer.padding}")'
    taken = f"[{', '.join(map(str, [*range(-axes, 0), -axes - 1]))}], [{', '.join(map(str, range(axes + 1)))}]"
    bias = f" + {_weight(layer.bias)}" if layer.use_bias else ""
    activated = _activated(layer, f"np.tensordot({seen}, {_weight(layer.kernel)}, ({taken})){bias}")
    return NumpyLayer(activated.code, ("windows", *activated.functions))


def _refuse_channels_first(layer: Any) -> None:
    if layer.data_format != "channels_last":
        raise NoNumpyError(f"{type(layer).__name__} with channels first has no NumPy form here")


def _repeat(layer: Any, x: str) -> NumpyLayer:
    return NumpyLayer(f"np.repeat({x}[:, None], {layer.n}, axis=1)")


_WRITERS: Mapping[str, Callable[[Any, str], NumpyLayer]] = {
    "Activation": _activation,
    "AveragePooling1D": _pooling("mean"),
    "AveragePooling2D": _pooling("mean"),
    "BatchNormalization": _batch_normalization,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Dense": _dense,
    "ELU": _elu,
    "Embedding": _embedding,
    "Flatten": _shape,
    "GlobalAveragePooling1D": _over_places("mean"),
    "GlobalAveragePooling2D": _over_places("mean"),
    "GlobalMaxPooling1D": _over_places("max"),
    "GlobalMaxPooling2D": _over_places("max"),
    "LeakyReLU": _leaky,
    "MaxPooling1D": _pooling("max"),
    "MaxPooling2D": _pooling("max"),
    "PReLU": _prelu,
    "Permute": _permute,
    "ReLU": _relu,
    "RepeatVector": _repeat,
    "Rescaling": _rescaling,
    "Reshape": _shape,
    "Softmax": _softmax,
}
