"""What Keras computed in one step, as plain records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.step import Moment, Stack


@dataclass(frozen=True, eq=False)
class Batch:
    """The rows of one step.

    Args:
        step: its number in the whole training, from 1.
        epoch: its epoch, from 1.
        number: its number in the epoch, from 1.
        of: how many steps an epoch has.
        rows: which rows it takes of the training rows, from 0, (rows,).
        training: how many training rows there are.
    """

    step: int
    epoch: int
    number: int
    of: int
    rows: Array
    training: int


@dataclass(frozen=True, eq=False)
class LayerNumbers:
    """What Keras computes for one layer.

    Args:
        name: the layer's name.
        kind: Keras's class name.
        output: what it gives for the batch before the update, (rows, …); None where it is not one array.
        weights: the names of its trained weight arrays.
    """

    name: str
    kind: str
    output: Array | None
    weights: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class KerasStep:
    """One step as Keras takes it.

    Args:
        batch: which rows.
        moment: what the step starts from besides the weights; without memory of the optimizer when not covered.
        stack: the model with its weights before the step as it can be followed by hand; None when it cannot.
        missing: what stands in the way of that, in words.
        layers: the layers with their outputs; empty for a graph.
        weight_names: the name of every trained weight array.
        before: these arrays before the step.
        gradients: the derivative of the loss by each.
        after: these arrays after the step.
        slots: what the optimizer remembers of each afterwards; empty when not covered.
        loss: the loss of the step.
        loss_before: the loss on the batch before the step, as `evaluate` computes it, without dropout and the like.
        loss_after: the same after the step.
    """

    batch: Batch
    moment: Moment
    stack: Stack | None
    missing: tuple[str, ...]
    layers: tuple[LayerNumbers, ...]
    weight_names: tuple[str, ...]
    before: tuple[Array, ...]
    gradients: tuple[Array, ...]
    after: tuple[Array, ...]
    slots: tuple[dict[str, Array], ...]
    loss: float
    loss_before: float
    loss_after: float

    def numbers(self) -> dict[str, Array]:
        """The numbers that the step by hand has too, named as `precision.numbers_of` names them."""
        assert self.stack is not None
        numbers = {}
        for i, stage in _last_stages(self.stack):
            output = next(layer.output for layer in self.layers if layer.name == stage)
            if output is not None:
                numbers[f"output {i}"] = output.reshape(len(output), -1)
        numbers["loss"] = np.asarray(self.loss)
        numbers |= {f"gradient {i}": values for i, values in enumerate(self.gradients)}
        numbers |= {f"{name} {i}": values for i, slots in enumerate(self.slots) for name, values in slots.items()}
        numbers |= {f"weights {i}": values for i, values in enumerate(self.after)}
        return numbers | {"loss after": np.asarray(self.loss_after)}


def _last_stages(stack: Stack) -> Iterator[tuple[int, str]]:
    """The number of the last stage of each layer, with the layer's name."""
    return iter({stage.name: (i, stage.name) for i, stage in enumerate(stack.stages)}.values())
