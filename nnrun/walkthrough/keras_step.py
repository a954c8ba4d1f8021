"""The numbers that Keras computes in one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.step import Stack, StepStart


@dataclass(frozen=True, eq=False)
class Batch:
    """The samples of one step.

    Args:
        step: its number in the whole training, from 1.
        epoch: its epoch, from 1.
        number: its number in the epoch, from 1.
        of: how many steps an epoch has.
        rows: the rows of the training set, from 0, (samples,).
        training: how many rows the training set has.
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
        output: its output for the batch before the update, (samples, …); None where it is not one array.
        weights: the names of its trained weight arrays.
    """

    name: str
    kind: str
    output: Array | None
    weights: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class KerasStep:
    """One step of Keras.

    Args:
        batch: which samples.
        start: what the step starts from besides the weights; without optimizer state where the model is unsupported.
        stack: the model with its weights before the step, to compute by hand; None where it is unsupported.
        unsupported: the parts that are not supported by hand, in words.
        layers: the layers with their outputs; without outputs for a functional model.
        weight_names: the name of every trained weight array.
        before: these arrays before the step.
        gradients: the derivative of the loss by each.
        after: these arrays after the step.
        slots: the optimizer's state for each afterwards; empty where the model is unsupported.
        loss: the loss of the step.
        loss_before: the loss of the batch before the step in inference mode.
        loss_after: the same after the step.
    """

    batch: Batch
    start: StepStart
    stack: Stack | None
    unsupported: tuple[str, ...]
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
        last_stages = {stage.name: i for i, stage in enumerate(self.stack.stages)}
        outputs = [(layer.output, last_stages[layer.name]) for layer in self.layers if layer.name in last_stages]
        return (
            {f"output {i}": output.reshape(len(output), -1) for output, i in outputs if output is not None}
            | {"loss": np.asarray(self.loss)}
            | {f"gradient {i}": values for i, values in enumerate(self.gradients)}
            | {f"{name} {i}": values for i, slots in enumerate(self.slots) for name, values in slots.items()}
            | {f"weights {i}": values for i, values in enumerate(self.after)}
            | {"loss after": np.asarray(self.loss_after)}
        )
