"""The weight update of the optimizer."""

from collections.abc import Iterator, Mapping
from typing import Any

from nnrun.walkthrough.compared_step import ComparedStep
from nnrun.walkthrough.explanation import Block, Heading, Piece, Table, assignments, formulas, paragraph
from nnrun.walkthrough.formula import Equation, Node, Symbol, number

_SENTENCES = {
    "SGD": "SGD moves each weight against its gradient g, scaled by the learning rate α.",
    "RMSprop": "RMSprop divides each gradient g by the root of v, a moving average of its square.",
    "Adam": "Adam keeps two moving averages: m of each gradient g, and v of its square.",
}
_MOMENTUM = " The velocity v accumulates the gradients of earlier steps; it starts at 0."


def render_update(step: ComparedStep, scheduled: bool) -> Iterator[Block]:
    """The rule, its constants, the first weight in full, and all weights next to Keras's.

    Args:
        step: the step.
        scheduled: whether the learning rate changes from step to step.
    """
    optimizer = step.stack.optimizer
    first = step.symbols.weights()[0][0]
    before, after = _first_weight(step)
    names = {letter: _symbol(letter) for letter in after} | {"w": Symbol(step.symbols.letters["weight"])}
    yield paragraph(_SENTENCES[optimizer.name] + _MOMENTUM * (optimizer.name == "SGD" and bool(optimizer.slots)))
    yield formulas(
        Equation(names[letter], (formula,), "=" if letter == "αₜ" else "←")
        for letter, formula in _assigned(step, names, names)
    )
    yield _constants(step, after, scheduled)
    yield Heading(3, "The first weight")
    yield paragraph("For ", first, " with the gradient g = ", number(before["g"]), ":")
    old, new = ({letter: number(value) for letter, value in values.items()} for values in (before, after))
    yield formulas(
        Equation(first if letter == "w" else names[letter], (formula, new[letter]), "←")
        for letter, formula in _assigned(step, old, new)
        if letter != "αₜ"
    )
    if optimizer.slots:
        yield Heading(3, "Optimizer state")
    for slot, letter in optimizer.slots.items():
        yield paragraph(names[letter], " after the step:")
        yield step.compare_weights(slot)
    yield Heading(3, "All weights")
    yield _changes(step)
    yield paragraph("The updated weights:")
    yield step.compare_weights("weights")


def _symbol(letter: str) -> Symbol:
    """The symbol of a letter; β₁, β₂ and αₜ have an index."""
    index = {"₁": "1", "₂": "2", "ₜ": "t"}.get(letter[-1], "")
    return Symbol(letter[0], index) if index else Symbol(letter)


def _first_weight(step: ComparedStep) -> tuple[dict[str, Any], dict[str, Any]]:
    """The quantities of the first weight before and after the step, by their letters."""
    start, hand, optimizer = step.keras.start, step.hand, step.stack.optimizer
    slots = {slot: float(values.flat[0]) for slot, values in start.slots[0].items()}
    weight, gradient = (float(arrays[0].flat[0]) for arrays in (step.stack.weights, hand.gradients))
    before = optimizer.quantities(weight, gradient, slots, start.rate, start.step)
    after = dict(before)
    optimizer.apply(after)
    return before, after


class _Assignments(dict[str, Any]):
    """The quantities of a rule that is applied to formulas; each assignment is recorded, and replaced by its result."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        super().__init__(old)
        self.new = new
        self.recorded: list[tuple[str, Node]] = []

    def __setitem__(self, letter: str, formula: Node) -> None:
        self.recorded.append((letter, formula))
        super().__setitem__(letter, self.new[letter])


def _assigned(step: ComparedStep, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Node]]:
    """The formula of each quantity that the rule changes, in terms of the old quantities and the new ones."""
    assignments = _Assignments(old, new)
    step.stack.optimizer.apply(assignments)
    return assignments.recorded


def _constants(step: ComparedStep, values: Mapping[str, float], scheduled: bool) -> Block:
    shown = ["α", *(letter for letter in step.stack.optimizer.constants if values[letter] or letter != "μ")]
    shown += ["t", "αₜ"] if "αₜ" in values else []
    schedule = " The learning rate follows a schedule; α is its value at this step." if scheduled else ""
    return paragraph("Here ", *assignments((_symbol(c), values[c]) for c in shown), f".{schedule}")


def _changes(step: ComparedStep) -> Table:
    """Each weight before the step, its gradient, its change, and the weight after the step."""
    rows: list[tuple[Piece, ...]] = []
    arrays = zip(step.symbols.weights(), step.stack.weights, step.hand.gradients, step.hand.weights, strict=True)
    for symbols, before, gradients, after in arrays:
        for symbol, old, gradient, new in zip(symbols, before.flat, gradients.flat, after.flat, strict=True):
            rows.append((symbol, *map(number, (old, gradient, new - old, new))))
    return Table(("", "before", "gradient", "change", "after"), tuple(rows))
