"""A small stack of dense layers, computed with NumPy from the weights that a run kept of every epoch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.experiment import Component, Experiment


def _softmax(z: Array) -> Array:
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


_ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: np.asarray(0.5 * (1 + np.tanh(z / 2))),
    "tanh": np.tanh,
    "softmax": _softmax,
}
# Layers that do nothing to a vector once the training is over.
_PASSING = ("Dropout", "GaussianNoise", "Flatten")


@dataclass(frozen=True)
class Stage:
    """A dense layer, or an activation where it has no weights of its own.

    Args:
        activation: its activation.
        has_weights: whether it has a kernel, and perhaps a bias; not so for an activation alone.
    """

    activation: str
    has_weights: bool


def stages(experiment: Experiment) -> list[Stage] | None:
    """The layers of a plain stack; None where the experiment is none, or has other layers or activations."""
    before = experiment.inputs[0].name
    found = []
    for layer in experiment.layers:
        if layer.inputs != (before,):
            return None
        before = layer.name
        if layer.component.name in _PASSING:
            continue
        stage = _stage(layer.component)
        if stage is None or stage.activation not in _ACTIVATIONS:
            return None
        found.append(stage)
    return found


def _stage(component: Component) -> Stage | None:
    if component.name == "Dense":
        return Stage(_activation(component), True)
    if component.name == "Activation":
        return Stage(_activation(component), False)
    return Stage("relu", False) if component.name == "ReLU" and not component.arguments else None


def _activation(component: Component) -> str:
    given = component.arguments.get("activation") or "linear"
    return given if isinstance(given, str) else ""


def predict_stack(stack: Sequence[Stage], trace: Mapping[str, Array], epoch: int, x: Array) -> Array:
    """The predictions of the stack with the weights of an epoch.

    Args:
        stack: its stages.
        trace: the weights by name, each (epochs + 1, …).
        epoch: 0 for the initial weights.
        x: (rows, numbers).

    Returns:
        (rows, units).

    Raises:
        KeyError: the trace does not have the weights of a stage.
    """
    values = x.astype(np.float64)
    names = iter(dict.fromkeys(name.partition("/")[0] for name in trace))  # nnrun 0.1 named the same layers otherwise
    for stage in stack:
        if stage.has_weights:
            name = next(names, "")
            values = values @ trace[f"{name}/kernel"][epoch]  # (rows, units)
            bias = trace.get(f"{name}/bias")
            values = values if bias is None else values + bias[epoch]
        values = _ACTIVATIONS[stage.activation](values)
    return values
