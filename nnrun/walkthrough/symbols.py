"""The symbols of a stack's quantities in formulas."""

from collections.abc import Sequence

from nnrun.walkthrough.formula import Derivative, Symbol
from nnrun.walkthrough.step import Affine, Nonlinearity, Stack

_CANDIDATES = {
    "weight": ("w", "θ", "W"),
    "bias": ("b", "β", "B"),
    "sum": ("z", "s", "a"),
    "hidden": ("h", "g", "u"),
    "target": ("y", "t", "τ"),
    "prediction": ("ŷ", "p", "q"),
    "loss": ("L", "J", "E"),
    "input": ("x", "X", "ξ"),
}


class SymbolTable:
    """The symbols of a stack; a letter that is the name of a data column is used for nothing else.

    Units and indices count from 0; a letter in place of a number stands for any index.

    Args:
        stack: the network.
        columns: a name for each number of the input, or none where they are numbered.
    """

    def __init__(self, stack: Stack, columns: Sequence[str] = ()) -> None:
        self.stack = stack
        self.columns = tuple(columns)
        self.letters = {
            what: next((letter for letter in letters if letter not in self.columns), letters[0])
            for what, letters in _CANDIDATES.items()
        }
        self.affines = [i for i, stage in enumerate(stack.stages) if isinstance(stage, Affine)]
        self.last = len(stack.stages) - 1
        self.loss = Symbol(self.letters["loss"])

    def affine(self, stage: int) -> Affine:
        """The dense layer of a stage that is one."""
        affine = self.stack.stages[stage]
        assert isinstance(affine, Affine)
        return affine

    def units(self, stage: int) -> int:
        """How many outputs a stage has; for stage −1 how many inputs the network has."""
        before = [i for i in self.affines if i <= stage]
        return self.affine(before[-1]).units if before else self.affine(self.affines[0]).inputs

    def input(self, i: int | str) -> Symbol:
        """An input of the network."""
        if isinstance(i, int) and self.columns:
            return Symbol(self.columns[i])
        return Symbol(self.letters["input"], i if isinstance(i, str) else str(i + 1))

    def value(self, stage: int, unit: int | str) -> Symbol:
        """An output of a stage; stage −1 is the input."""
        if stage < 0:
            return self.input(unit)
        below = self._unit(unit, self.units(stage))
        if stage == self.last:
            return Symbol(self.letters["prediction"], below)
        if not isinstance(self.stack.stages[stage + 1], Nonlinearity):
            return Symbol(self.letters["hidden"], below, self._layer(stage))
        activations = 0
        while stage >= activations and isinstance(self.stack.stages[stage - activations], Nonlinearity):
            activations += 1
        return Symbol(self.letters["sum"] + "′" * activations, below, self._layer(stage))

    def prediction(self, unit: int | str) -> Symbol:
        """An output of the network."""
        return self.value(self.last, unit)

    def weight(self, stage: int, i: int | str, j: int | str) -> Symbol:
        """The weight from input i to unit j of a dense layer."""
        affine = self.affine(stage)
        parts = [self._unit(i, affine.inputs), self._unit(j, affine.units)]
        below = ("," if max(map(len, parts)) > 1 else "").join(part for part in parts if part)
        return Symbol(self.letters["weight"], below, self._layer(stage))

    def bias(self, stage: int, j: int | str) -> Symbol:
        """The bias of unit j of a dense layer."""
        return Symbol(self.letters["bias"], self._unit(j, self.units(stage)), self._layer(stage))

    def target(self, j: int | str) -> Symbol:
        """The target of unit j."""
        return Symbol(self.letters["target"], self._unit(j, self.units(self.last)))

    def derivative(self, quantity: Symbol) -> Derivative:
        """The derivative of the loss by a quantity."""
        return Derivative(self.loss, quantity)

    def weights(self) -> list[list[Symbol]]:
        """A symbol for each number of each weight array, in the order of the array's numbers."""
        symbols = []
        for stage in self.affines:
            affine = self.affine(stage)
            symbols.append([self.weight(stage, i, j) for i in range(affine.inputs) for j in range(affine.units)])
            if affine.bias is not None:
                symbols.append([self.bias(stage, j) for j in range(affine.units)])
        return symbols

    def _layer(self, stage: int) -> str:
        """The number of the dense layer that a stage belongs to, where there are several."""
        return str(sum(i <= stage for i in self.affines)) if len(self.affines) > 1 else ""

    @staticmethod
    def _unit(unit: int | str, units: int) -> str:
        if units == 1:
            return ""
        return unit if isinstance(unit, str) else str(unit + 1)
