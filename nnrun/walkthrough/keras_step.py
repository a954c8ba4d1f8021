"""The numbers that Keras computes in one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.optimizers import Slots
from nnrun.walkthrough.step import Stack, StepStart

# Arrays by the names of the quantities.
Numbers = Mapping[str, Array]


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
        numbers: the numbers of the step, named as by `named_numbers`; of an unsupported model only those of the weights
            and the losses.
        loss_before: the loss of the batch before the step in inference mode; `loss after` among the numbers is the same
            after the step.
    """

    batch: Batch
    start: StepStart
    stack: Stack | None
    unsupported: tuple[str, ...]
    layers: tuple[LayerNumbers, ...]
    weight_names: tuple[str, ...]
    before: tuple[Array, ...]
    numbers: Numbers
    loss_before: float


def named_numbers(
    outputs: Mapping[int, Array],
    loss: float,
    gradients: Sequence[Array],
    slots: Sequence[Slots],
    weights: Sequence[Array],
    loss_after: float,
) -> dict[str, Array]:
    """The numbers of a step by name: `loss`, `loss after`; `output 0` of the first stage; of the first weight array
    `gradient 0`, its state such as `velocity 0`, and its new `weights 0`.
    """
    return (
        {f"output {i}": values for i, values in outputs.items()}
        | {"loss": np.asarray(loss)}
        | {f"gradient {i}": values for i, values in enumerate(gradients)}
        | {f"{name} {i}": values for i, state in enumerate(slots) for name, values in state.items()}
        | {f"weights {i}": values for i, values in enumerate(weights)}
        | {"loss after": np.asarray(loss_after)}
    )
