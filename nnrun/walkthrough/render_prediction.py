"""Predictions of a trained model by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.walkthrough.explanation import Block, Heading, assignments, comparison, formulas, paragraph
from nnrun.walkthrough.formula import Equation, Node, Symbol, difference, number
from nnrun.walkthrough.render_forward import render_values
from nnrun.walkthrough.step import forward
from nnrun.walkthrough.symbols import SymbolTable


@dataclass(frozen=True, eq=False)
class PredictedSamples:
    """Samples and their predictions by Keras.

    Args:
        inputs: in the units of the data, (samples, numbers).
        input_scale: the scaling of the inputs, if any.
        target_scale: the scaling of the targets, if any.
        predictions: of Keras's model, in the units of the targets, (samples, units).
    """

    inputs: Array
    input_scale: ColumnScale | None
    target_scale: ColumnScale | None
    predictions: Array


def render_predictions(symbols: SymbolTable, samples: PredictedSamples, shown: int) -> Iterator[Block]:
    """Some predictions by hand, next to those of Keras.

    Args:
        symbols: the symbols and the trained network.
        samples: the samples.
        shown: the most of them to show.
    """
    yield Heading(2, "Predictions by hand")
    inputs = samples.inputs[:shown].astype(np.float64)
    scale, target_scale = samples.input_scale, samples.target_scale
    given = inputs if scale is None else scale.before_scaling(inputs)
    scaled = given if scale is None else np.asarray((given - scale.offset) * scale.factor)
    values = forward(symbols.stack, scaled)
    outputs = values[-1]
    linear = outputs if target_scale is None else np.asarray(outputs / target_scale.factor + target_scale.offset)
    predictions = linear if target_scale is None else target_scale.after_scaling(linear)
    for row in range(len(inputs)):
        yield Heading(3, f"Sample {row + 1}")
        yield paragraph(*assignments((symbols.input(i), value) for i, value in enumerate(inputs[row])))
        if scale is not None:
            yield paragraph("The inputs are scaled first:" if scale.is_linear else _PREPARED)
            yield formulas(_scaling(symbols, given[row], scaled[row], scale))
        yield formulas(render_values(symbols, [stage[row] for stage in values]))
        if target_scale is not None:
            yield paragraph("Scaled back to the units of the target:" if target_scale.is_linear else _RESTORED)
            yield formulas(_unscaling(symbols, outputs[row], linear[row], target_scale))
        pairs = zip(predictions[row], samples.predictions[row], strict=True)
        yield comparison((symbols.prediction(j), hand, keras) for j, (hand, keras) in enumerate(pairs))


_PREPARED = "The inputs are clipped and their logarithms taken, as data.json says, and then scaled:"
_RESTORED = "Scaled back; the prediction is e to the power of a number whose target is a logarithm:"


def _scaling(symbols: SymbolTable, inputs: Array, scaled: Array, scale: ColumnScale) -> Iterator[Equation]:
    for i, (x, offset, factor, result) in enumerate(_columns(inputs, scale, scaled)):
        yield Equation(_primed(symbols.input(i)), (difference(x, offset) * factor, result))


def _unscaling(symbols: SymbolTable, outputs: Array, predictions: Array, scale: ColumnScale) -> Iterator[Equation]:
    for j, (output, offset, factor, result) in enumerate(_columns(outputs, scale, predictions)):
        yield Equation(_primed(symbols.prediction(j)), (output / factor + offset, result))


def _columns(values: Array, scale: ColumnScale, results: Array) -> Iterator[tuple[Node, ...]]:
    """Of each column the value, the offset, the factor and the result, as nodes."""
    for column in zip(*np.broadcast_arrays(values, scale.offset, scale.factor, results), strict=True):
        yield tuple(map(number, column))


def _primed(symbol: Symbol) -> Symbol:
    return Symbol(symbol.name, symbol.below, "′")


def render_scaling(columns: Sequence[str], inputs: ColumnScale | None, targets: ColumnScale | None) -> Iterator[Block]:
    """That the numbers of the network are scaled, where they are."""
    if inputs is not None:
        named = ", ".join(columns) or "x"
        yield paragraph(f"The inputs are scaled: below, {named} {'are' if columns[1:] else 'is'} the scaled input.")
    if targets is not None:
        yield paragraph("The targets are scaled as well." if inputs is not None else "The targets are scaled.")
