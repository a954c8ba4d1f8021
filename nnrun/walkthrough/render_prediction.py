"""Points put into the formulas of a trained model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.walkthrough.explanation import Block, Formulas, Heading, Piece, paragraph
from nnrun.walkthrough.formula import Equation, Fraction, Symbol, difference, number, product, terms
from nnrun.walkthrough.render_forward import tell_values
from nnrun.walkthrough.step import forward
from nnrun.walkthrough.subject import comparison
from nnrun.walkthrough.symbols import Names


@dataclass(frozen=True, eq=False)
class Points:
    """Points to predict.

    Args:
        inputs: in the data's own units, (points, numbers).
        input_scale: what brings them to the network's units, if anything does.
        target_scale: what brings targets to the network's units, if anything does.
        answers: what Keras's model says in the targets' own units, (points, units).
    """

    inputs: Array
    input_scale: ColumnScale | None
    target_scale: ColumnScale | None
    answers: Array


def tell_predictions(names: Names, points: Points, rows: int) -> Iterator[Block]:
    """Some points by hand, and beside them what the model says.

    Args:
        names: the symbols and the trained network.
        points: the points.
        rows: the most of them to show.
    """
    yield Heading(2, "Predictions by hand")
    shown = points.inputs[:rows].astype(np.float64)
    scaled = shown if points.input_scale is None else _scaled(shown, points.input_scale)
    values = forward(names.stack, scaled)
    answers = values[-1] if points.target_scale is None else _unscaled(values[-1], points.target_scale)
    for row in range(len(shown)):
        yield Heading(3, f"Point {row + 1}")
        yield _point(names, shown[row])
        if points.input_scale is not None:
            yield paragraph("The network takes its inputs scaled:")
            yield Formulas(tuple(_scaling(names, shown[row], scaled[row], points.input_scale)))
        yield Formulas(tuple(tell_values(names, [stage[row] for stage in values])))
        if points.target_scale is not None:
            yield paragraph("In the target's own units:")
            yield Formulas(tuple(_unscaling(names, values[-1][row], answers[row], points.target_scale)))
        last = len(names.stack.stages) - 1
        yield comparison(
            [
                (names.value(last, j), float(hand), float(keras))
                for j, (hand, keras) in enumerate(zip(answers[row], points.answers[row], strict=True))
            ]
        )


def _scaled(values: Array, scale: ColumnScale) -> Array:
    return np.asarray((values - scale.offset) * scale.factor)


def _unscaled(values: Array, scale: ColumnScale) -> Array:
    return np.asarray(values / scale.factor + scale.offset)


def _point(names: Names, inputs: Array) -> Block:
    pieces: list[Piece] = []
    for i, value in enumerate(inputs):
        pieces += [", " * (i > 0), names.input(i), " = ", number(float(value))]
    return paragraph(*pieces)


def _scaling(names: Names, inputs: Array, scaled: Array, scale: ColumnScale) -> Iterator[Equation]:
    offsets, factors = (np.broadcast_to(part, inputs.shape) for part in (scale.offset, scale.factor))
    for i, (value, result) in enumerate(zip(inputs, scaled, strict=True)):
        gap = difference(number(float(value)), number(float(offsets[i])))
        symbol = names.input(i)
        left = Symbol(symbol.name, symbol.below, "′")
        yield Equation(left, (product(gap, number(float(factors[i]))), number(float(result))))


def _unscaling(names: Names, answer: Array, result: Array, scale: ColumnScale) -> Iterator[Equation]:
    offsets, factors = (np.broadcast_to(part, answer.shape) for part in (scale.offset, scale.factor))
    for j, value in enumerate(answer):
        symbol = names.value(len(names.stack.stages) - 1, j)
        quotient = Fraction(number(float(value)), number(float(factors[j])))
        yield Equation(
            Symbol(symbol.name, symbol.below, "′"),
            (terms([quotient, number(float(offsets[j]))]), number(float(result[j]))),
        )


def scaling_told(columns: Sequence[str], inputs: ColumnScale | None, targets: ColumnScale | None) -> Iterator[Block]:
    """That the network's numbers are scaled ones, where they are."""
    if inputs is not None:
        named = f"{', '.join(columns)} below stand" if columns[1:] else f"{columns[0] if columns else 'x'} below stands"
        yield paragraph(f"The inputs are scaled: {named} for what the network takes.")
    if targets is not None:
        yield paragraph("The targets are scaled, too." if inputs is not None else "The targets are scaled.")
