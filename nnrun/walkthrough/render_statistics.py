"""A step in shapes and summary statistics, of a model too large for all its numbers or not followed by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.explanation import Block, Heading, Piece, Table, paragraph
from nnrun.walkthrough.formula import number
from nnrun.walkthrough.keras_records import KerasStep

_DIGITS = 4


def tell_layers(step: KerasStep) -> Iterator[Block]:
    """Each layer with its shape, its parameters and what it gives for the batch."""
    yield Heading(2, "The layers")
    shapes = dict(zip(step.weight_names, (w.shape for w in step.before), strict=True))
    rows: list[tuple[Piece, ...]] = []
    for layer in step.layers:
        count = sum(int(np.prod(shapes[name])) for name in layer.weights)
        rows.append((layer.name, layer.kind, _shape(layer.output), str(count)))
    yield Table(("layer", "kind", "output", "parameters"), tuple(rows))
    given = [(layer.name, layer.output) for layer in step.layers if layer.output is not None]
    if given:
        yield paragraph("What they give for the rows of the batch, before the step and without dropout:")
        yield Table(
            ("layer", "least", "mean", "most", "zeros"), tuple(_outputs(name, values) for name, values in given)
        )


def _shape(output: Array | None) -> str:
    return "" if output is None else f"({', '.join(map(str, output.shape[1:]))})"


def _outputs(name: str, values: Array) -> tuple[Piece, ...]:
    zeros = 100 * float((values == 0).mean())
    least, mean, most = (number(float(f(values)), _DIGITS) for f in (np.min, np.mean, np.max))
    return name, least, mean, most, f"{zeros:.0f} %"


def tell_weights(step: KerasStep, gradients: tuple[Array, ...], after: tuple[Array, ...]) -> Iterator[Block]:
    """Each weight array: its size, its gradient's and its change's.

    Args:
        step: what Keras computed.
        gradients: the gradient of each array.
        after: each array after the step.
    """
    yield Heading(2, "The gradients and the update")
    yield paragraph("‖…‖ is the length: the root of the sum of the squares.")
    rows: list[tuple[Piece, ...]] = []
    for name, before, gradient, new in zip(step.weight_names, step.before, gradients, after, strict=True):
        lengths = (number(float(np.linalg.norm(a)), _DIGITS) for a in (before, gradient))
        change = number(float(np.abs(new - before).max(initial=0.0)), _DIGITS)
        rows.append((name, f"({', '.join(map(str, before.shape))})", *lengths, change))
    yield Table(("weights", "shape", "‖weights‖", "‖gradient‖", "largest change"), tuple(rows))


def tell_losses(step: KerasStep) -> Iterator[Block]:
    """The loss on the batch as Keras computes it."""
    yield Heading(2, "After the step")
    before, after = number(step.loss_before, 6), number(step.loss_after, 6)
    yield paragraph("The loss on this batch, as Keras evaluates it: ", before, " before, ", after, " after.")
