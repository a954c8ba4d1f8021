"""Translates a compiled Keras model into a stack that is computed by hand."""

import re
from dataclasses import fields
from typing import Any, get_args

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.loss_functions import Loss, LossKind
from nnrun.walkthrough.optimizers import SGD, Adam, Optimizer, RMSprop
from nnrun.walkthrough.step import Affine, Nonlinearity, Stack

_MEANS = ("sum_over_batch_size", "mean", "mean_with_sample_weight")
# What optimizers of Keras can do in addition to the plain update rule.
_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
_MORE = (*_CLIPPING, "weight_decay", "use_ema", "amsgrad", "loss_scale_factor", "gradient_accumulation_steps")
_SHAPING = ("Flatten", "Reshape")


class UnsupportedPart(Exception):
    """A part of the model that is not supported by hand, named in the message."""


def stack_from_model(model: keras.Model) -> tuple[Stack | None, list[str]]:
    """The model as a stack with its current weights.

    Returns:
        The stack, or None with all unsupported parts, in words.
    """
    unsupported: list[str] = []

    def attempt(part: Any, *arguments: Any) -> Any:
        try:
            return part(*arguments)
        except UnsupportedPart as error:
            unsupported.append(str(error))
            return None

    if not isinstance(model, keras.Sequential):
        return None, ["a functional model, which is not a plain stack of layers"]
    stages: list[Affine | Nonlinearity] = []
    for layer in model.layers:
        stages += attempt(_stages, layer) or []
    loss = attempt(_loss, model)
    optimizer = attempt(_optimizer, model.optimizer)
    if not unsupported and len(model.outputs[0].shape) != 2:
        unsupported.append(f"outputs with {len(model.outputs[0].shape) - 1} dimensions")
    if not unsupported and not any(isinstance(stage, Affine) for stage in stages):
        unsupported.append("a model without weights")
    return (None, unsupported) if unsupported else (Stack(tuple(stages), loss, optimizer), [])


def _stages(layer: Any) -> list[Affine | Nonlinearity]:
    kind = type(layer).__name__
    if layer.compute_dtype != "float32" or layer.variable_dtype != "float32":
        raise UnsupportedPart(f"the layer {layer.name} ({kind}), which does not compute in float32")
    if not layer.trainable:
        raise UnsupportedPart(f"the layer {layer.name} ({kind}), whose weights are frozen")
    if getattr(layer, "activity_regularizer", None) is not None:
        raise UnsupportedPart(f"the activity regularizer of the layer {layer.name}")
    if kind in _SHAPING:
        return []
    if len(layer.input.shape) != 2:
        raise UnsupportedPart(f"the layer {layer.name} ({kind}) on inputs of {len(layer.input.shape) - 1} dimensions")
    if kind == "Dense":
        return _dense(layer)
    if kind == "Activation":
        return [Nonlinearity(layer.name, _activation(layer.activation, layer.name), is_layer=True)]
    return [Nonlinearity(layer.name, _activation(layer, layer.name), is_layer=True)]


def _dense(layer: Any) -> list[Affine | Nonlinearity]:
    for part in ("kernel_constraint", "bias_constraint"):
        if getattr(layer, part) is not None:
            raise UnsupportedPart(f"the {part.replace('_', ' ')} of the layer {layer.name}")
    if layer.lora_enabled or layer.quantization_mode is not None:
        raise UnsupportedPart(f"the layer {layer.name}, which is quantized or adapted")
    kernel = array_of(layer.kernel)
    bias = array_of(layer.bias) if layer.use_bias else None
    penalties = _penalty(layer.kernel_regularizer, layer.name), _penalty(layer.bias_regularizer, layer.name)
    affine = Affine(layer.name, kernel, bias, *penalties)
    activation = _activation(layer.activation, layer.name)
    return [affine] if activation.kind == "linear" else [affine, Nonlinearity(layer.name, activation, is_layer=False)]


def array_of(variable: Any) -> Array:
    """A variable or tensor of Keras, float64 of its shape."""
    return np.asarray(variable.numpy(), np.float64)


def _activation(function: Any, layer: str) -> Activation:
    """The activation that a function of Keras or one of its layers computes."""
    if isinstance(function, keras.layers.Layer):
        return _activation_layer(function, layer)
    match getattr(function, "__name__", type(function).__name__):
        case "linear" | "relu" | "sigmoid" | "tanh" | "softmax" as kind:
            return Activation(kind)
        case "leaky_relu":
            return Activation("leaky_relu", 0.2)
        case "elu":
            return Activation("elu", 1.0)
        case name:
            raise UnsupportedPart(f"the activation {name} of the layer {layer}")


def _activation_layer(function: Any, layer: str) -> Activation:
    kind = type(function).__name__
    if kind == "ReLU" and function.max_value is None and not function.threshold:
        slope = float(function.negative_slope or 0.0)
        return Activation("leaky_relu", slope) if slope else Activation("relu")
    if kind == "LeakyReLU":
        return Activation("leaky_relu", float(function.negative_slope))
    if kind == "ELU":
        return Activation("elu", float(function.alpha))
    if kind == "Softmax" and function.axis in (-1, 1):
        return Activation("softmax")
    settings = " with these settings" if kind in ("ReLU", "Softmax") else ""
    raise UnsupportedPart(f"the layer {layer} ({kind}{settings})")


def _penalty(regularizer: Any, layer: str) -> tuple[float, float]:
    if regularizer is None:
        return 0.0, 0.0
    if type(regularizer).__name__ not in ("L1", "L2", "L1L2"):
        raise UnsupportedPart(f"the regularizer {type(regularizer).__name__} of the layer {layer}")
    config = regularizer.get_config()
    return float(config.get("l1", 0.0)), float(config.get("l2", 0.0))


def _loss(model: keras.Model) -> Loss:
    """The loss of the compiled model; crossentropies after a sigmoid or softmax are taken from logits."""
    given = keras.losses.get(model.loss)
    settings = given.get_config() if isinstance(given, keras.losses.Loss) else {}
    name = type(given).__name__ if isinstance(given, keras.losses.Loss) else given.__name__
    in_words = re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()
    kind = next((kind for kind in get_args(LossKind) if kind == in_words), None)
    if kind is None:
        raise UnsupportedPart(f"the loss {name}")
    if model.get_compile_config()["loss_weights"] not in (None, 1, 1.0):
        raise UnsupportedPart("a loss with a weight")
    if settings.get("label_smoothing") or settings.get("ignore_class") is not None:
        raise UnsupportedPart(f"the loss {name} with label_smoothing or ignore_class")
    if settings.get("reduction", "sum_over_batch_size") not in _MEANS:
        raise UnsupportedPart(f"the loss {name} with the reduction {settings['reduction']}")
    if settings.get("axis", -1) != -1:
        raise UnsupportedPart(f"the loss {name} along the axis {settings['axis']}")
    from_last = Loss(kind).is_crossentropy and _has_logits(model.layers[-1])
    return Loss(kind, bool(settings.get("from_logits")) or from_last, from_last)


def _has_logits(layer: Any) -> bool:
    """Whether the layer ends in an activation whose input Keras uses as logits."""
    function = getattr(layer, "activation", layer)
    if isinstance(function, keras.layers.Layer):
        return type(function).__name__ == "Softmax"
    return getattr(function, "__name__", "") in ("sigmoid", "softmax")


def _optimizer(optimizer: Any) -> Optimizer:
    name = type(optimizer).__name__
    rule = next((rule for rule in (SGD, RMSprop, Adam) if rule.__name__ == name), None)
    if rule is None:
        raise UnsupportedPart(f"the optimizer {name}")
    for setting in _MORE:
        if getattr(optimizer, setting, None) not in (None, False):
            raise UnsupportedPart(f"{setting} of the optimizer {name}")
    return rule(**{field.name: getattr(optimizer, field.name) for field in fields(rule)})


def read_slots(stack: Stack, optimizer: Any) -> tuple[dict[str, Array], ...]:
    """The current state of Keras's optimizer for each weight array."""
    state = {slot: [v for v in optimizer.variables if v.name.endswith(f"_{slot}")] for slot in stack.optimizer.slots}
    return tuple({slot: array_of(variables[i]) for slot, variables in state.items()} for i in range(len(stack.weights)))
