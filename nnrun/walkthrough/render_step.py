"""The explanation of one training step."""

from collections.abc import Iterator, Sequence

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.compared_step import ComparedStep, compare_step
from nnrun.walkthrough.explanation import Block, Heading, Piece, Table, paragraph
from nnrun.walkthrough.formula import number
from nnrun.walkthrough.keras_step import KerasStep, Numbers
from nnrun.walkthrough.render_after import render_after
from nnrun.walkthrough.render_backward import render_backward
from nnrun.walkthrough.render_forward import render_forward
from nnrun.walkthrough.render_model import render_loss, render_model
from nnrun.walkthrough.render_update import render_update
from nnrun.walkthrough.step import Stack
from nnrun.walkthrough.symbols import SymbolTable

# The most parameters of a model whose every number is shown; XOR with 16 hidden units has 65.
MOST_IN_FULL = 70
# The most parameters of a model of which three samples are shown by default, and not one.
_TINY = 10


def is_small(stack: Stack) -> bool:
    """Whether every number of the network is shown."""
    return _count_parameters(stack) <= MOST_IN_FULL


def _count_parameters(stack: Stack) -> int:
    return sum(w.size for w in stack.weights)


def samples_to_show(stack: Stack) -> int:
    """How many samples of the batch are shown by default: three for a tiny model, one for a larger one."""
    return 3 if _count_parameters(stack) <= _TINY else 1


def render_step(
    step: KerasStep, columns: Sequence[str], target_names: str, samples: int | None, steps: int, scheduled: bool
) -> Iterator[Block]:
    """One training step: by hand where it is supported, in full where the model is small.

    Args:
        step: the step of Keras.
        columns: a name for each number of the input; none where they are numbered.
        target_names: the names of the target columns.
        samples: the most samples of the batch to show; None for the default.
        steps: how many steps the whole training has.
        scheduled: whether the learning rate changes from step to step.
    """
    if step.stack is None:
        yield from _render_unsupported(step, steps)
        return
    compared = compare_step(step.stack, step, columns, samples or samples_to_show(step.stack))
    if is_small(step.stack):
        yield from _render_in_full(compared, target_names, steps, scheduled)
    else:
        yield from _render_summary(compared, steps)


def _render_in_full(step: ComparedStep, target_names: str, steps: int, scheduled: bool) -> Iterator[Block]:
    yield Heading(2, f"The model before step {step.keras.batch.step}")
    yield from render_model(step.symbols)
    yield from render_loss(step.symbols)
    yield from _render_batch(step.keras, steps)
    yield paragraph(
        "All numbers are computed with 16 digits and shown rounded. The tables compare them with the numbers that "
        "Keras computes in the same step."
    )
    yield Heading(2, "Forward pass: from the inputs to the loss")
    yield from render_forward(step, target_names)
    yield Heading(2, "Backward pass: from the loss to the gradients")
    yield from render_backward(step)
    yield Heading(2, f"Weight update: {step.stack.optimizer.name}")
    yield from render_update(step, scheduled)
    yield from render_after(step)


def _render_summary(step: ComparedStep, steps: int) -> Iterator[Block]:
    """The formulas in general, and statistics of the numbers by hand."""
    yield paragraph(
        f"The model has {_count_parameters(step.stack)} parameters. All numbers of the step are computed by hand, but "
        f"only formulas, shapes and statistics are shown. Models with up to {MOST_IN_FULL} parameters are shown in "
        "full."
    )
    yield Heading(2, "The model")
    yield from render_model(step.symbols, numbers=False)
    yield from render_loss(step.symbols)
    yield from _render_batch(step.keras, steps)
    yield from _render_layers(step.keras)
    yield from _render_weights(step.keras, step.hand_numbers)
    yield from render_after(step)


def _render_unsupported(step: KerasStep, steps: int) -> Iterator[Block]:
    """Statistics of the numbers of Keras, of a model that is not supported by hand."""
    yield paragraph(
        f"Not supported by hand: {'; '.join(step.unsupported)}. Shapes and statistics of the numbers that Keras "
        "computes in this step are shown instead."
    )
    yield from _render_batch(step, steps)
    yield from _render_layers(step)
    yield from _render_weights(step, step.numbers)
    yield from _render_losses(step)


def _render_batch(step: KerasStep, steps: int) -> Iterator[Block]:
    batch = step.batch
    count = len(batch.rows)
    samples = f"{count} of the {batch.training} training samples"
    if count == batch.training:
        samples = f"all {count} training samples" if count > 1 else "the only training sample"
    weights = "The weights are the initial ones."
    if batch.step > 1:
        weights = "To get the weights before it, Keras has repeated the training up to this step."
    yield Heading(2, f"Step {batch.step} of {steps}")
    yield paragraph(f"This is batch {batch.number} of {batch.of} in epoch {batch.epoch}, with {samples}. {weights}")


def render_trained(symbols: SymbolTable) -> Iterator[Block]:
    """The formulas of a trained model."""
    yield Heading(2, "The trained model")
    yield from render_model(symbols, numbers=is_small(symbols.stack))


def _render_layers(step: KerasStep) -> Iterator[Block]:
    """Each layer with its shape, its parameters and its outputs for the batch."""
    yield Heading(2, "Layers")
    sizes = {name: weights.size for name, weights in zip(step.weight_names, step.before, strict=True)}
    rows: list[tuple[Piece, ...]] = []
    for layer in step.layers:
        shape = "" if layer.output is None else _shape(layer.output[0])
        rows.append((layer.name, layer.kind, shape, str(sum(sizes[name] for name in layer.weights))))
    yield Table(("layer", "type", "output shape", "parameters"), tuple(rows))
    outputs = [(layer.name, layer.output) for layer in step.layers if layer.output is not None]
    if outputs:
        yield paragraph("Outputs for the batch, before the step and in inference mode:")
        statistics = tuple(_statistics(name, values) for name, values in outputs)
        yield Table(("layer", "min", "mean", "max", "zeros"), statistics)


def _shape(array: Array) -> str:
    return f"({', '.join(map(str, array.shape))})"


def _statistics(name: str, values: Array) -> tuple[Piece, ...]:
    zeros = 100 * float((values == 0).mean())
    return name, number(values.min()), number(values.mean()), number(values.max()), f"{zeros:.0f} %"


def _render_weights(step: KerasStep, numbers: Numbers) -> Iterator[Block]:
    """Each weight array with its size, that of its gradient and that of its change, from the numbers of the step."""
    yield Heading(2, "Gradients and weight update")
    yield paragraph("‖…‖ is the Euclidean norm.")
    rows: list[tuple[Piece, ...]] = []
    for i, (name, before) in enumerate(zip(step.weight_names, step.before, strict=True)):
        change = np.abs(numbers[f"weights {i}"] - before).max(initial=0.0)
        sizes = (np.linalg.norm(before), np.linalg.norm(numbers[f"gradient {i}"]), change)
        rows.append((name, _shape(before), *(number(float(size)) for size in sizes)))
    yield Table(("weights", "shape", "‖weights‖", "‖gradient‖", "largest change"), tuple(rows))


def _render_losses(step: KerasStep) -> Iterator[Block]:
    """The loss of the batch as Keras computes it."""
    yield Heading(2, "After the step")
    before, after = number(step.loss_before, 6), number(float(step.numbers["loss after"]), 6)
    yield paragraph("Keras evaluates the loss of this batch as ", before, " before the step and ", after, " after it.")
