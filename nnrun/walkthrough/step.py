"""One training step of a stack of dense layers by hand: forward, loss, backward by the chain rule, update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.loss_functions import Loss
from nnrun.walkthrough.optimizers import Optimizer, Slots
from nnrun.walkthrough.rounding import Rounding, exactly


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
        """The numbers that it takes."""
        return int(self.kernel.shape[0])

    @property
    def units(self) -> int:
        """The numbers that it gives."""
        return int(self.kernel.shape[1])


@dataclass(frozen=True)
class Curve:
    """An activation: of a dense layer, or a layer of its own.

    Args:
        name: the layer's name.
        activation: the function.
        own: whether it is a layer of its own.
    """

    name: str
    activation: Activation
    own: bool


Stage = Affine | Curve


@dataclass(frozen=True, eq=False)
class Stack:
    """A network as stages, each taking what the one before it gives, and what it is trained with."""

    stages: tuple[Stage, ...]
    loss: Loss
    optimizer: Optimizer

    @property
    def weights(self) -> list[Array]:
        """The weight arrays, kernel before bias, in the order of the layers."""
        return [
            w for stage in self.stages if isinstance(stage, Affine) for w in (stage.kernel, stage.bias) if w is not None
        ]

    @property
    def penalties(self) -> list[tuple[float, float]]:
        """The regularizer's factors (l1, l2) of each weight array."""
        return [
            penalty
            for stage in self.stages
            if isinstance(stage, Affine)
            for w, penalty in ((stage.kernel, stage.kernel_penalty), (stage.bias, stage.bias_penalty))
            if w is not None
        ]

    @property
    def measured(self) -> int:
        """After how many stages the loss is taken: all of them, or all but the last activation."""
        return len(self.stages) - self.loss.before_activation

    def with_weights(self, weights: Sequence[Array]) -> Stack:
        """The same network with other weights, in the order of `weights`."""
        rest = iter(weights)
        return replace(self, stages=tuple(_exchanged(stage, rest) for stage in self.stages))


def _exchanged(stage: Stage, weights: Iterator[Array]) -> Stage:
    if isinstance(stage, Curve):
        return stage
    kernel = next(weights)
    return replace(stage, kernel=kernel, bias=None if stage.bias is None else next(weights))


@dataclass(frozen=True, eq=False)
class Moment:
    """What a step starts from besides the weights.

    Args:
        x: the inputs of the batch, (rows, …).
        y: the targets of the batch, (rows, …).
        slots: what the optimizer remembers of each weight array.
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
        values: the input, (rows, inputs), and what each stage gives, (rows, units).
        targets: the targets as numbers, (rows, units).
        row_losses: the loss of each row, (rows,).
        penalty: what the regularizers add.
        loss: the mean of the rows' losses and the penalty.
        slopes: the derivative of the loss by each of `values` but the input, and None where the loss is taken from
            logits and so never asks for the derivative by the answers.
        gradients: the derivative of the loss by each weight array, of its shape.
        weights: the weight arrays after the update.
        slots: what the optimizer remembers of each afterwards.
        loss_after: the loss on the same batch with the new weights.
    """

    values: tuple[Array, ...]
    targets: Array
    row_losses: Array
    penalty: float
    loss: float
    slopes: tuple[Array | None, ...]
    gradients: tuple[Array, ...]
    weights: tuple[Array, ...]
    slots: tuple[Slots, ...]
    loss_after: float


def take_step(stack: Stack, moment: Moment, rounded: Rounding = exactly) -> Step:
    """One training step.

    Args:
        stack: the network with the weights before the step, float64.
        moment: what else the step starts from.
        rounded: what becomes of a number on the way; by default it keeps its 64 bits.
    """
    values = forward(stack, moment.x, rounded)
    targets, row_losses = _compare(stack, values, moment.y, rounded)
    slopes, gradients = backward(stack, values, targets, rounded)
    moved = [
        stack.optimizer.update(rounded(w), g, slots, moment.rate, moment.step)
        for w, g, slots in zip(stack.weights, gradients, moment.slots, strict=True)
    ]
    weights, slots = zip(*moved, strict=True)
    penalty = _penalty(stack)
    return Step(
        values=tuple(values),
        targets=targets,
        row_losses=row_losses,
        penalty=penalty,
        loss=float(row_losses.mean()) + penalty,
        slopes=tuple(slopes),
        gradients=tuple(gradients),
        weights=weights,
        slots=slots,
        loss_after=loss_of(stack.with_weights(weights), moment, rounded),
    )


def forward(stack: Stack, x: Array, rounded: Rounding = exactly) -> list[Array]:
    """The input as rows of numbers, and what each stage makes of it: each (rows, units)."""
    values = [x.reshape(len(x), -1).astype(np.float64)]  # (rows, inputs)
    for stage in stack.stages:
        if isinstance(stage, Curve):
            values.append(rounded(stage.activation.forward(values[-1])))
        else:
            z = values[-1] @ rounded(stage.kernel)  # (rows, units)
            values.append(rounded(z if stage.bias is None else z + stage.bias))
    return values


def loss_of(stack: Stack, moment: Moment, rounded: Rounding = exactly) -> float:
    """The loss on the batch, penalties included."""
    _, rows = _compare(stack, forward(stack, moment.x, rounded), moment.y, rounded)
    return float(rows.mean()) + _penalty(stack)


def _compare(stack: Stack, values: Sequence[Array], y: Array, rounded: Rounding) -> tuple[Array, Array]:
    """The targets as numbers, (rows, units), and the loss of each row, (rows,)."""
    targets = stack.loss.targets(y, values[-1].shape[1])
    return targets, stack.loss.rows(values[stack.measured], targets, rounded)


def backward(
    stack: Stack, values: Sequence[Array], targets: Array, rounded: Rounding = exactly
) -> tuple[list[Array | None], list[Array]]:
    """The chain rule from the loss back to every weight.

    Args:
        stack: the network.
        values: what `forward` gave.
        targets: as numbers, (rows, units).
        rounded: what becomes of a number on the way.

    Returns:
        The derivative of the loss by what each stage gives, as in `Step.slopes`; the gradient of each weight array.
    """
    end = stack.measured
    slope = stack.loss.slopes(values[end], targets, rounded)  # (rows, units)
    slopes: list[Array | None] = [None] * (len(stack.stages) - end)
    gradients: list[Array] = []
    for stage, given in zip(reversed(stack.stages[:end]), reversed(values[:end]), strict=True):
        slope = rounded(slope)
        slopes.insert(0, slope)
        if isinstance(stage, Curve):
            slope = stage.activation.backward(slope, given)
        else:
            own = [given.T @ slope, *([] if stage.bias is None else [slope.sum(axis=0)])]
            gradients = [*own, *gradients]
            slope = slope @ rounded(stage.kernel).T  # (rows, inputs)
    penalized = zip(gradients, stack.weights, stack.penalties, strict=True)
    return slopes, [g + l1 * np.sign(w) + 2 * l2 * w for g, w, (l1, l2) in penalized]


def _penalty(stack: Stack) -> float:
    pairs = zip(stack.weights, stack.penalties, strict=True)
    return float(sum(l1 * np.abs(w).sum() + l2 * (w**2).sum() for w, (l1, l2) in pairs))
