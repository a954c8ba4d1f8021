"""The explanation of one step from its first heading to its last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnrun.walkthrough.explanation import Block, Heading, paragraph
from nnrun.walkthrough.keras_records import KerasStep
from nnrun.walkthrough.render_after import tell_after
from nnrun.walkthrough.render_backward import tell_backward
from nnrun.walkthrough.render_forward import tell_forward
from nnrun.walkthrough.render_model import tell_loss, tell_model
from nnrun.walkthrough.render_statistics import tell_layers, tell_losses, tell_weights
from nnrun.walkthrough.render_update import tell_update
from nnrun.walkthrough.step import Stack
from nnrun.walkthrough.subject import Subject, subject
from nnrun.walkthrough.symbols import Names

# The most parameters of a model whose every number is shown; XOR with 16 hidden units has 65.
MOST_IN_FULL = 70
# The most parameters of a model of which three rows are shown unless asked otherwise, and not one.
_SMALL = 10


def in_full(stack: Stack) -> bool:
    """Whether every number of the network is shown."""
    return count_parameters(stack) <= MOST_IN_FULL


def count_parameters(stack: Stack) -> int:
    """How many numbers the network learns."""
    return sum(w.size for w in stack.weights)


def rows_to_show(stack: Stack) -> int:
    """How many rows of the batch are shown unless asked otherwise: three of a tiny model, one of a larger one."""
    return 3 if count_parameters(stack) <= _SMALL else 1


def tell_step(
    step: KerasStep, columns: Sequence[str], targets: str, rows: int | None, steps: int, scheduled: bool
) -> Iterator[Block]:
    """One training step: by hand where it can be, in full where the model is small.

    Args:
        step: what Keras computed.
        columns: a name for each number of the input; none where they are to be counted.
        targets: the names of the target columns.
        rows: the most rows of the batch to show; None for as many as are sensible.
        steps: how many steps the whole training has.
        scheduled: whether the learning rate changes from step to step.
    """
    if step.stack is None:
        yield from _tell_roughly(step, steps)
        return
    told = subject(step.stack, step, columns, rows or rows_to_show(step.stack))
    if in_full(step.stack):
        yield from _tell_in_full(told, targets, steps, scheduled)
    else:
        yield from _tell_shortly(told, steps)


def _tell_in_full(told: Subject, targets: str, steps: int, scheduled: bool) -> Iterator[Block]:
    yield Heading(2, f"The model before step {told.keras.batch.step}")
    yield from tell_model(told.names)
    yield from tell_loss(told.names)
    yield from _tell_batch(told.keras, steps)
    yield paragraph(
        "Numbers are shown rounded and were computed with 16 digits. "
        "Beside them stands what Keras computes in the same step."
    )
    yield Heading(2, "Forward: from the inputs to the loss")
    yield from tell_forward(told, targets)
    yield Heading(2, "Backward: from the loss to the gradient")
    yield from tell_backward(told)
    yield Heading(2, f"The update by {told.stack.optimizer.name}")
    yield from tell_update(told, scheduled)
    yield from tell_after(told)


def _tell_shortly(told: Subject, steps: int) -> Iterator[Block]:
    """The formulas in general, and statistics of the numbers by hand."""
    count = count_parameters(told.stack)
    yield paragraph(
        f"The model has {count} parameters. The step is followed by hand with all of them; shown are formulas, shapes "
        f"and statistics. Up to {MOST_IN_FULL} parameters every number is shown."
    )
    yield Heading(2, "The model")
    yield from tell_model(told.names, numbers=False)
    yield from tell_loss(told.names)
    yield from _tell_batch(told.keras, steps)
    yield from tell_layers(told.keras)
    yield from tell_weights(told.keras, told.hand.gradients, told.hand.weights)
    yield from tell_after(told)


def _tell_roughly(step: KerasStep, steps: int) -> Iterator[Block]:
    """What Keras computes, of a model that is not followed by hand."""
    yield paragraph(
        f"Not followed by hand: {'; '.join(step.missing)}. What follows are shapes and statistics of what Keras "
        "computes in this step."
    )
    yield from _tell_batch(step, steps)
    yield from tell_layers(step)
    yield from tell_weights(step, step.gradients, step.after)
    yield from tell_losses(step)


def _tell_batch(step: KerasStep, steps: int) -> Iterator[Block]:
    batch = step.batch
    yield Heading(2, f"Step {batch.step} of {steps}")
    taken = len(batch.rows)
    rows = f"{taken} of the {batch.training} training rows"
    if taken == batch.training:
        rows = f"all {taken} training rows" if taken > 1 else "the only training row"
    before = "the step before" if batch.step == 2 else f"the {batch.step - 1} steps before"
    weights = (
        "The weights are the initial ones."
        if batch.step == 1
        else f"The weights are those after {before}, which Keras has just trained again from the start."
    )
    yield paragraph(f"It is batch {batch.number} of {batch.of} in epoch {batch.epoch} and takes {rows}. {weights}")


def tell_trained(names: Names) -> Iterator[Block]:
    """The formulas of a trained model."""
    yield Heading(2, "The trained model")
    yield from tell_model(names, numbers=in_full(names.stack))
