"""Small networks, their steps, and records of Keras with exactly the numbers by hand."""

from __future__ import annotations

import numpy as np

from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.keras_step import Batch, KerasStep, LayerNumbers
from nnrun.walkthrough.loss_functions import Loss
from nnrun.walkthrough.optimizers import SGD, Optimizer
from nnrun.walkthrough.precision import numbers_of
from nnrun.walkthrough.step import Affine, Nonlinearity, Stack, Step, StepStart, take_step


def dense(name: str, kernel: list, bias: list | None = None, activation: str = "linear", slope: float = 1.0) -> list:
    """The stages of a dense layer."""
    affine = Affine(name, np.array(kernel, float), None if bias is None else np.array(bias, float))
    return (
        [affine]
        if activation == "linear"
        else [affine, Nonlinearity(name, Activation(activation, slope), is_layer=False)]
    )


def stack(*layers: list, loss: Loss | None = None, optimizer: Optimizer | None = None) -> Stack:
    """A network of these layers."""
    stages = tuple(stage for layer in layers for stage in layer)
    return Stack(stages, loss or Loss("mean_squared_error"), optimizer or SGD())


def start_of(network: Stack, x: list, y: list, rate: float = 0.1, step: int = 1) -> StepStart:
    """The start of a step with an optimizer whose state is 0."""
    slots = tuple({slot: np.zeros_like(w) for slot in network.optimizer.slots} for w in network.weights)
    return StepStart(np.array(x, float), np.array(y, float), slots, rate, step)


def keras_step_like(network: Stack, start: StepStart) -> KerasStep:
    """The record of a step of Keras with exactly the numbers by hand."""
    hand = take_step(network, start)
    names = list(dict.fromkeys(stage.name for stage in network.stages))
    last = {stage.name: i for i, stage in enumerate(network.stages)}
    hidden = {f"output {i}" for i in range(len(network.stages)) if i not in last.values()}
    weights = [f"{s.name}/{w}" for s in network.stages if isinstance(s, Affine) for w in ("kernel", "bias")]
    return KerasStep(
        batch=Batch(start.step, 1, start.step, 4, np.arange(len(start.x)), 4 * len(start.x)),
        start=start,
        stack=network,
        unsupported=(),
        layers=tuple(_layer(network, hand, name) for name in names),
        weight_names=tuple(weights[: len(network.weights)]),
        before=tuple(network.weights),
        numbers={name: values for name, values in numbers_of(hand).items() if name not in hidden},
        loss_before=hand.loss,
    )


def _layer(network: Stack, hand: Step, name: str) -> LayerNumbers:
    last = max(i for i, stage in enumerate(network.stages) if stage.name == name)
    kind = "Dense" if isinstance(network.stages[last - 1 if last else 0], Affine) else "Activation"
    return LayerNumbers(name, kind, hand.values[last + 1], ())
