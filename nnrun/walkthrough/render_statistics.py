"""A step in shapes and statistics, of a model that is too large for all its numbers or not supported by hand."""

from collections.abc import Iterator

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.explanation import Block, Heading, Piece, Table, paragraph
from nnrun.walkthrough.formula import number
from nnrun.walkthrough.keras_step import KerasStep, Numbers


def render_layers(step: KerasStep) -> Iterator[Block]:
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


def render_weights(step: KerasStep, numbers: Numbers) -> Iterator[Block]:
    """Each weight array with its size, that of its gradient and that of its change, from the numbers of the step."""
    yield Heading(2, "Gradients and weight update")
    yield paragraph("‖…‖ is the Euclidean norm.")
    rows: list[tuple[Piece, ...]] = []
    for i, (name, before) in enumerate(zip(step.weight_names, step.before, strict=True)):
        change = np.abs(numbers[f"weights {i}"] - before).max(initial=0.0)
        sizes = (np.linalg.norm(before), np.linalg.norm(numbers[f"gradient {i}"]), change)
        rows.append((name, _shape(before), *(number(float(size)) for size in sizes)))
    yield Table(("weights", "shape", "‖weights‖", "‖gradient‖", "largest change"), tuple(rows))


def render_losses(step: KerasStep) -> Iterator[Block]:
    """The loss of the batch as Keras computes it."""
    yield Heading(2, "After the step")
    before, after = number(step.loss_before, 6), number(float(step.numbers["loss after"]), 6)
    yield paragraph("Keras evaluates the loss of this batch as ", before, " before the step and ", after, " after it.")
