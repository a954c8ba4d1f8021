"""What the quantities of a stack are called in formulas."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.walkthrough.formula import Slope, Symbol
from nnrun.walkthrough.step import Affine, Curve, Stack

_CANDIDATES = {
    "weight": ("w", "θ", "W"),
    "bias": ("b", "β", "B"),
    "sum": ("z", "s", "a"),
    "hidden": ("h", "g", "u"),
    "target": ("y", "t", "τ"),
    "answer": ("ŷ", "p", "q"),
    "loss": ("L", "J", "E"),
    "input": ("x", "X", "ξ"),
}


class Names:
    """The symbols of a stack; a letter that a data column has for its name is not used for anything else.

    Args:
        stack: the network.
        columns: a name for each number of the input, or none where they are to be counted.
    """

    def __init__(self, stack: Stack, columns: Sequence[str] = ()) -> None:
        self.stack = stack
        self.columns = tuple(columns)
        taken = set(columns)
        self.letters = {
            what: next((letter for letter in letters if letter not in taken), letters[0])
            for what, letters in _CANDIDATES.items()
        }
        self.affines = [i for i, stage in enumerate(stack.stages) if isinstance(stage, Affine)]
        self.loss = Symbol(self.letters["loss"])

    def layer(self, stage: int) -> str:
        """The number of the weight layer that a stage belongs to, where there are several."""
        number = sum(i <= stage for i in self.affines)
        return str(number) if len(self.affines) > 1 else ""

    def input(self, i: int | str) -> Symbol:
        """The input number i, from 0, or at the index that a letter stands for."""
        if isinstance(i, int) and self.columns:
            return Symbol(self.columns[i])
        return Symbol(self.letters["input"], i if isinstance(i, str) else str(i + 1))

    def value(self, stage: int, unit: int | str) -> Symbol:
        """What a stage gives at a unit, from 0, or at the index that a letter stands for; stage −1 is the input."""
        if stage < 0:
            return self.input(unit)
        below = self._unit(unit, self.units(stage))
        if stage == len(self.stack.stages) - 1:
            return Symbol(self.letters["answer"], below)
        before_curve = isinstance(self.stack.stages[stage + 1], Curve)
        name = self.letters["sum" if before_curve else "hidden"]
        primes = "′" * self._curves_before(stage) if before_curve else ""
        return Symbol(name + primes, below, self.layer(stage))

    def _curves_before(self, stage: int) -> int:
        """How many activations stand between a stage and the weights before it."""
        count = 0
        while stage - count >= 0 and isinstance(self.stack.stages[stage - count], Curve):
            count += 1
        return count

    def units(self, stage: int) -> int:
        """How many numbers a stage gives; for stage −1 how many the input has."""
        before = [self.stack.stages[i] for i in self.affines if i <= stage]
        last = before[-1] if before else None
        first = self.stack.stages[self.affines[0]]
        assert isinstance(first, Affine)
        return last.units if isinstance(last, Affine) else first.inputs

    def weight(self, stage: int, i: int | str, j: int | str) -> Symbol:
        """The weight from input i to unit j of a dense layer."""
        affine = self.stack.stages[stage]
        assert isinstance(affine, Affine)
        parts = [self._unit(i, affine.inputs), self._unit(j, affine.units)]
        below = ("," if max(map(len, parts)) > 1 else "").join(part for part in parts if part)
        return Symbol(self.letters["weight"], below, self.layer(stage))

    def bias(self, stage: int, j: int | str) -> Symbol:
        """The bias of unit j of a dense layer."""
        return Symbol(self.letters["bias"], self._unit(j, self.units(stage)), self.layer(stage))

    def target(self, j: int | str) -> Symbol:
        """The target of unit j."""
        return Symbol(self.letters["target"], self._unit(j, self.units(len(self.stack.stages) - 1)))

    def slope(self, quantity: Symbol) -> Slope:
        """The derivative of the loss by a quantity."""
        return Slope(self.loss, quantity)

    def weights(self) -> list[list[Symbol]]:
        """A symbol for each number of each weight array, in the order of the array's numbers."""
        symbols = []
        for stage in self.affines:
            affine = self.stack.stages[stage]
            assert isinstance(affine, Affine)
            symbols.append([self.weight(stage, i, j) for i in range(affine.inputs) for j in range(affine.units)])
            if affine.bias is not None:
                symbols.append([self.bias(stage, j) for j in range(affine.units)])
        return symbols

    @staticmethod
    def _unit(unit: int | str, units: int) -> str:
        if units == 1:
            return ""
        return unit if isinstance(unit, str) else str(unit + 1)
