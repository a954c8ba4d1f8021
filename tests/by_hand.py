"""Steps made on the spot: small networks, and a Keras that computes just what is computed by hand."""

from __future__ import annotations

import numpy as np

from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.keras_records import Batch, KerasStep, LayerNumbers
from nnrun.walkthrough.loss_functions import Loss
from nnrun.walkthrough.optimizers import SGD, Optimizer
from nnrun.walkthrough.step import Affine, Curve, Moment, Stack, Step, take_step


def dense(name: str, kernel: list, bias: list | None = None, activation: str = "linear", slope: float = 1.0) -> list:
    """The stages of a dense layer."""
    affine = Affine(name, np.array(kernel, float), None if bias is None else np.array(bias, float))
    return [affine] if activation == "linear" else [affine, Curve(name, Activation(activation, slope), own=False)]


def stack(*layers: list, loss: Loss | None = None, optimizer: Optimizer | None = None) -> Stack:
    """A network of these layers."""
    stages = tuple(stage for layer in layers for stage in layer)
    return Stack(stages, loss or Loss("squared"), optimizer or SGD())


def moment(network: Stack, x: list, y: list, rate: float = 0.1, step: int = 1) -> Moment:
    """The start of a step of a network whose optimizer remembers nothing yet."""
    slots = tuple({slot: np.zeros_like(w) for slot in network.optimizer.slots} for w in network.weights)
    return Moment(np.array(x, float), np.array(y, float), slots, rate, step)


def keras_that_agrees(network: Stack, start: Moment) -> KerasStep:
    """The record of a Keras whose numbers are exactly those by hand."""
    hand = take_step(network, start)
    names = list(dict.fromkeys(stage.name for stage in network.stages))
    weights = [f"{s.name}/{w}" for s in network.stages if isinstance(s, Affine) for w in ("kernel", "bias")]
    return KerasStep(
        batch=Batch(start.step, 1, start.step, 4, np.arange(len(start.x)), 4 * len(start.x)),
        moment=start,
        stack=network,
        missing=(),
        layers=tuple(_layer(network, hand, name) for name in names),
        weight_names=tuple(weights[: len(network.weights)]),
        before=tuple(network.weights),
        gradients=hand.gradients,
        after=hand.weights,
        slots=tuple(dict(slots) for slots in hand.slots),
        loss=hand.loss,
        loss_before=hand.loss,
        loss_after=hand.loss_after,
    )


def _layer(network: Stack, hand: Step, name: str) -> LayerNumbers:
    last = max(i for i, stage in enumerate(network.stages) if stage.name == name)
    kind = "Dense" if isinstance(network.stages[last - 1 if last else 0], Affine) else "Activation"
    return LayerNumbers(name, kind, hand.values[last + 1], ())
