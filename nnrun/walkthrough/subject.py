"""All that an explanation of one step speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.explanation import Piece, Table
from nnrun.walkthrough.formula import Node, number
from nnrun.walkthrough.keras_records import KerasStep
from nnrun.walkthrough.precision import Difference, Numbers, bounds, compare, numbers_of
from nnrun.walkthrough.step import Stack, Step, take_step
from nnrun.walkthrough.symbols import Names

# Digits of the numbers that stand beside Keras's.
_COMPARED = 7


@dataclass(frozen=True, eq=False)
class Subject:
    """A step by hand beside Keras's.

    Args:
        names: the symbols.
        hand: the step by hand.
        keras: what Keras computed.
        numbers: the numbers of Keras by name.
        difference: how far apart the two are.
        rows: how many rows of the batch are shown.
    """

    names: Names
    hand: Step
    keras: KerasStep
    numbers: Numbers
    difference: Difference
    rows: int

    @property
    def stack(self) -> Stack:
        """The network with its weights before the step."""
        return self.names.stack

    @property
    def size(self) -> int:
        """How many rows the batch has."""
        return len(self.hand.row_losses)


def subject(stack: Stack, step: KerasStep, columns: Sequence[str], rows: int) -> Subject:
    """Takes the step by hand and holds Keras's against it.

    Args:
        stack: the network as Keras had it before the step.
        step: what Keras computed.
        columns: a name for each number of the input; none where they are to be counted.
        rows: the most rows of the batch to show.
    """
    numbers = step.numbers()
    with np.errstate(all="ignore"):  # a step may overflow: its numbers say so
        hand = take_step(stack, step.moment)
        bound = bounds(stack, step.moment, np.random.default_rng(step.moment.step))
        difference = compare(numbers_of(hand), numbers, bound)
    return Subject(Names(stack, columns), hand, step, numbers, difference, min(rows, len(hand.row_losses)))


def comparison(quantities: Sequence[tuple[Piece, float, float]]) -> Table:
    """A table of quantities by hand and as Keras has them, with their difference."""
    rows = tuple((name, _long(hand), _long(keras), apart(hand, keras)) for name, hand, keras in quantities)
    return Table(("", "by hand", "Keras", "difference"), rows)


def _long(value: float) -> Node:
    return number(value, _COMPARED)


def apart(hand: float, keras: float) -> Node:
    """The distance of two numbers, one digit of it."""
    return number(abs(float(hand) - float(keras)), 1)


def flat(arrays: Sequence[Array]) -> list[list[float]]:
    """Each array as a list of its numbers."""
    return [[float(value) for value in array.reshape(-1)] for array in arrays]
