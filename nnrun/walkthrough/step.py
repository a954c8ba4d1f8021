"""One training step of a stack of dense layers by hand: forward, loss, backward by the chain rule, update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.loss_functions import Loss, Rounding
from nnrun.walkthrough.optimizers import Optimizer, Slots


@dataclass(frozen=True, eq=False)
class Affine:
    """The weighted sum of a dense layer, z = x·W + b.

    Args:
        name: the layer's name.
        kernel: W, (inputs, units).
        bias: b, (units,); None for a layer without.
        kernel_penalty: the factors (l1, l2) of the kernel's regularizer, which adds l1·Σ|w| + l2·Σw² to the loss.
        bias_penalty: the same of the bias.
    """

    name: str
    kernel: Array
    bias: Array | None
    kernel_penalty: tuple[float, float] = (0.0, 0.0)
    bias_penalty: tuple[float, float] = (0.0, 0.0)

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return int(self.kernel.shape[0])

    @property
    def units(self) -> int:
        """The number of outputs."""
        return int(self.kernel.shape[1])


@dataclass(frozen=True)
class Nonlinearity:
    """An activation: of a dense layer, or a layer of its own.

    Args:
        name: the layer's name.
        activation: the function.
        is_layer: whether it is a layer of its own.
    """

    name: str
    activation: Activation
    is_layer: bool


@dataclass(frozen=True, eq=False)
class Stack:
    """A network as stages, each with the output of the one before it as its input, its loss and its optimizer."""

    stages: tuple[Affine | Nonlinearity, ...]
    loss: Loss
    optimizer: Optimizer

    @property
    def parameters(self) -> list[tuple[Array, tuple[float, float]]]:
        """Each weight array with its regularizer's factors (l1, l2), kernel before bias, in the order of the layers."""
        return [
            (weights, penalty)
            for stage in self.stages
            if isinstance(stage, Affine)
            for weights, penalty in ((stage.kernel, stage.kernel_penalty), (stage.bias, stage.bias_penalty))
            if weights is not None
        ]

    @property
    def weights(self) -> list[Array]:
        """The weight arrays in the order of `parameters`."""
        return [weights for weights, _ in self.parameters]

    @property
    def loss_stage(self) -> int:
        """How many stages come before the loss: all of them, or all but the last activation."""
        return len(self.stages) - self.loss.before_activation

    @property
    def loss_fits_activation(self) -> bool:
        """Whether a crossentropy is taken from logits whose activation is the one that the network ends in."""
        last = self.stages[-1]
        fits = isinstance(last, Nonlinearity) and last.activation.kind == self.loss.activation
        return fits and self.loss.before_activation

    def with_weights(self, weights: Sequence[Array]) -> Stack:
        """The same network with other weights, in the order of `parameters`."""
        rest, stages = iter(weights), list(self.stages)
        for i, stage in enumerate(stages):
            if isinstance(stage, Affine):
                stages[i] = replace(stage, kernel=next(rest), bias=None if stage.bias is None else next(rest))
        return replace(self, stages=tuple(stages))


@dataclass(frozen=True, eq=False)
class StepStart:
    """What a step starts from besides the weights.

    Args:
        x: the inputs of the batch, (samples, …).
        y: the targets of the batch, (samples, …).
        slots: the optimizer's state for each weight array.
        rate: the learning rate.
        step: the number of the step in the whole training, from 1.
    """

    x: Array
    y: Array
    slots: tuple[Slots, ...]
    rate: float
    step: int


@dataclass(frozen=True, eq=False)
class Step:
    """All the numbers of one step.

    Args:
        values: the input, (samples, inputs), and the outputs of each stage, (samples, units).
        targets: the targets as numbers, (samples, units).
        sample_losses: the loss of each sample, (samples,).
        penalty: what the regularizers add.
        loss: the mean of the losses of the samples, and the penalty.
        output_gradients: the derivative of the loss by each of `values` but the input; None for the network's outputs
            where the loss is taken from logits.
        gradients: the derivative of the loss by each weight array, of its shape.
        weights: the weight arrays after the update.
        slots: the optimizer's state for each afterwards.
        loss_after: the loss of the same batch with the new weights.
    """

    values: tuple[Array, ...]
    targets: Array
    sample_losses: Array
    penalty: float
    loss: float
    output_gradients: tuple[Array | None, ...]
    gradients: tuple[Array, ...]
    weights: tuple[Array, ...]
    slots: tuple[Slots, ...]
    loss_after: float


def take_step(stack: Stack, start: StepStart, rounded: Rounding = np.asarray) -> Step:
    """One training step.

    Args:
        stack: the network with the weights before the step, float64.
        start: what else the step starts from.
        rounded: the rounding of intermediate results; none by default.
    """
    values = forward(stack, start.x, rounded)
    targets, sample_losses = _losses(stack, values, start.y, rounded)
    output_gradients, gradients = backward(stack, values, targets, rounded)
    moved = [
        stack.optimizer.update(rounded(w), g, slots, start.rate, start.step)
        for w, g, slots in zip(stack.weights, gradients, start.slots, strict=True)
    ]
    weights, slots = zip(*moved, strict=True)
    penalty = _penalty(stack)
    return Step(
        values=tuple(values),
        targets=targets,
        sample_losses=sample_losses,
        penalty=penalty,
        loss=float(sample_losses.mean()) + penalty,
        output_gradients=tuple(output_gradients),
        gradients=tuple(gradients),
        weights=weights,
        slots=slots,
        loss_after=loss_of(stack.with_weights(weights), start, rounded),
    )


def forward(stack: Stack, x: Array, rounded: Rounding = np.asarray) -> list[Array]:
    """The input as rows of numbers, and the outputs of each stage: each (samples, units)."""
    values = [x.reshape(len(x), -1).astype(np.float64)]  # (samples, inputs)
    for stage in stack.stages:
        if isinstance(stage, Nonlinearity):
            values.append(rounded(stage.activation.forward(values[-1])))
        else:
            z = values[-1] @ rounded(stage.kernel)  # (samples, units)
            values.append(rounded(z if stage.bias is None else z + stage.bias))
    return values


def loss_of(stack: Stack, start: StepStart, rounded: Rounding = np.asarray) -> float:
    """The loss of the batch, penalties included."""
    _, sample_losses = _losses(stack, forward(stack, start.x, rounded), start.y, rounded)
    return float(sample_losses.mean()) + _penalty(stack)


def _losses(stack: Stack, values: Sequence[Array], y: Array, rounded: Rounding) -> tuple[Array, Array]:
    """The targets as numbers, (samples, units), and the loss of each sample, (samples,)."""
    targets = stack.loss.targets(y, values[-1].shape[1])
    return targets, stack.loss.per_sample(values[stack.loss_stage], targets, rounded)


def backward(
    stack: Stack, values: Sequence[Array], targets: Array, rounded: Rounding = np.asarray
) -> tuple[list[Array | None], list[Array]]:
    """The chain rule from the loss back to every weight.

    Args:
        stack: the network.
        values: the result of `forward`.
        targets: as numbers, (samples, units).
        rounded: the rounding of intermediate results.

    Returns:
        The derivatives by the outputs of each stage, as in `Step.output_gradients`; the gradient of each weight array.
    """
    end = stack.loss_stage
    gradient = stack.loss.gradient(values[end], targets, rounded)  # (samples, units)
    output_gradients: list[Array | None] = [None] * (len(stack.stages) - end)
    gradients: list[Array] = []
    for stage, given in zip(reversed(stack.stages[:end]), reversed(values[:end]), strict=True):
        gradient = rounded(gradient)
        output_gradients.insert(0, gradient)
        if isinstance(stage, Nonlinearity):
            gradient = stage.activation.backward(gradient, given)
        else:
            own = [given.T @ gradient, *([] if stage.bias is None else [gradient.sum(axis=0)])]
            gradients = [*own, *gradients]
            gradient = gradient @ rounded(stage.kernel).T  # (samples, inputs)
    penalized = zip(gradients, stack.parameters, strict=True)
    return output_gradients, [g + l1 * np.sign(w) + 2 * l2 * w for g, (w, (l1, l2)) in penalized]


def _penalty(stack: Stack) -> float:
    return float(sum(l1 * np.abs(w).sum() + l2 * (w**2).sum() for w, (l1, l2) in stack.parameters))
