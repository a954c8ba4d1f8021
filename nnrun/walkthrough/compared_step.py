"""A step by hand next to the same step of Keras."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.walkthrough.explanation import Piece, Table, comparison
from nnrun.walkthrough.keras_step import KerasStep, Numbers
from nnrun.walkthrough.precision import Discrepancy, bounds, compare, numbers_of
from nnrun.walkthrough.step import Stack, Step, take_step
from nnrun.walkthrough.symbols import SymbolTable


@dataclass(frozen=True, eq=False)
class ComparedStep:
    """A step by hand and the same step of Keras.

    Args:
        symbols: the symbols of the network with its weights before the step.
        hand: the step by hand.
        keras: the step of Keras.
        hand_numbers: the numbers by hand by name.
        difference: how far the two differ.
        shown: how many samples of the batch are shown.
    """

    symbols: SymbolTable
    hand: Step
    keras: KerasStep
    hand_numbers: Numbers
    difference: Discrepancy
    shown: int

    @property
    def stack(self) -> Stack:
        """The network with its weights before the step."""
        return self.symbols.stack

    @property
    def size(self) -> int:
        """How many samples the batch has."""
        return len(self.hand.sample_losses)

    def compare_weights(self, quantity: str) -> Table:
        """A table of a quantity that each weight has: `gradient`, `weights`, or a part of the optimizer's state."""
        rows: list[tuple[Piece, float, float]] = []
        for i, symbols in enumerate(self.symbols.weights()):
            named = [self.symbols.derivative(symbol) for symbol in symbols] if quantity == "gradient" else symbols
            name = f"{quantity} {i}"
            rows += zip(named, self.hand_numbers[name].flat, self.keras.numbers[name].flat, strict=True)
        return comparison(rows)


def compare_step(stack: Stack, step: KerasStep, columns: Sequence[str], samples: int) -> ComparedStep:
    """Takes the step by hand and compares it with Keras's.

    Args:
        stack: the network as Keras had it before the step.
        step: the step of Keras.
        columns: a name for each number of the input; none where they are numbered.
        samples: the most samples of the batch to show.
    """
    with np.errstate(all="ignore"):  # a step may overflow: its numbers say so
        hand = take_step(stack, step.start)
        hand_numbers = numbers_of(hand)
        bound = bounds(stack, step.start, np.random.default_rng(step.start.step))
        difference = compare(hand_numbers, step.numbers, bound)
    shown = min(samples, len(hand.sample_losses))
    return ComparedStep(SymbolTable(stack, columns), hand, step, hand_numbers, difference, shown)
