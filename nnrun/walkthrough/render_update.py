"""What the optimizer makes of the gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nnrun.data.dataset import Array
from nnrun.walkthrough.explanation import Block, Formulas, Heading, Piece, Table, paragraph
from nnrun.walkthrough.formula import (
    Equation,
    Fraction,
    Node,
    NumberTerm,
    Power,
    Root,
    Symbol,
    Terms,
    minus,
    number,
    product,
)
from nnrun.walkthrough.optimizers import SGD, Adam, Optimizer, RMSprop
from nnrun.walkthrough.subject import Subject, comparison, flat

# What the optimizer remembers is written as, by optimizer and slot.
_SLOTS = {
    "SGD": {"velocity": "v"},
    "RMSprop": {"velocity": "v", "average": "ḡ", "momentum": "m"},
    "Adam": {"momentum": "m", "velocity": "v"},
}
_TOLD = {
    "SGD": "Stochastic gradient descent moves each weight against its gradient g, by the learning rate α.",
    "RMSprop": "RMSprop divides each gradient g by the root of a moving mean of its squares, v.",
    "Adam": "Adam takes moving means of each gradient g, m, and of its squares, v.",
}
_MOMENTUM = " The velocity v remembers the steps before; it begins at 0."


# The constants of the rules, by optimizer: the letter and the setting it stands for.
_CONSTANTS = {
    "SGD": {"μ": "momentum"},
    "RMSprop": {"ρ": "rho", "ε": "epsilon", "μ": "momentum"},
    "Adam": {"β₁": "beta_1", "β₂": "beta_2", "ε": "epsilon"},
}
_PLAIN = str.maketrans("₁₂", "12")
_ONE, _TWO = NumberTerm(1), NumberTerm(2)

Nodes = Mapping[str, Node]


def tell_update(subject: Subject, scheduled: bool) -> Iterator[Block]:
    """The rule, its constants, the first weight in full, and all weights beside Keras's.

    Args:
        subject: the step.
        scheduled: whether the learning rate changes from step to step.
    """
    optimizer = subject.stack.optimizer
    yield paragraph(_TOLD[optimizer.name] + _MOMENTUM * ("velocity" in optimizer.slots and optimizer.name == "SGD"))
    yield Formulas(tuple(_in_symbols(subject)))
    yield _constants(subject, scheduled)
    first = subject.names.weights()[0][0]
    yield Heading(3, "The first weight")
    yield paragraph("For ", first, ", whose gradient is g = ", _first(subject.hand.gradients), ":")
    yield Formulas(tuple(_first_weight(subject)))
    if optimizer.slots:
        yield Heading(3, "What the optimizer remembers")
        yield from _memory(subject)
    yield Heading(3, "All weights")
    yield _moves(subject)
    yield paragraph("The new weights beside Keras's:")
    yield comparison(list(_weights(subject)))


def _in_symbols(subject: Subject) -> Iterator[Equation]:
    optimizer = subject.stack.optimizer
    symbols = _letters(subject)
    constants = {"α": Symbol("α"), "αₜ": Symbol("α", "t")} | {c: _constant(c) for c in _CONSTANTS[optimizer.name]}
    for what, right in _rule(optimizer, symbols, symbols, Symbol("g"), constants):
        if isinstance(optimizer, Adam) and what == "weight":
            yield Equation(Symbol("α", "t"), (_corrected_rate(),))
        yield Equation(symbols[what], (right,), "←")


def _letters(subject: Subject) -> dict[str, Symbol]:
    """The quantities that change, as symbols."""
    letters = _SLOTS[subject.stack.optimizer.name]
    slots = {slot: Symbol(letters[slot]) for slot in subject.stack.optimizer.slots}
    return {**slots, "weight": Symbol(subject.names.letters["weight"])}


def _constant(letter: str) -> Symbol:
    return Symbol("β", letter.translate(_PLAIN)[1:]) if letter.startswith("β") else Symbol(letter)


def _corrected_rate() -> Node:
    t = Symbol("t")
    top = product(Symbol("α"), Root(Terms((_ONE, minus(Power(Symbol("β", "2"), t))))))
    return Fraction(top, Terms((_ONE, minus(Power(Symbol("β", "1"), t)))))


def _rule(optimizer: Optimizer, old: Nodes, new: Nodes, gradient: Node, c: Nodes) -> Iterator[tuple[str, Node]]:
    """What each quantity becomes, first what is remembered, then the weight.

    Args:
        optimizer: the optimizer.
        old: the quantities before.
        new: the quantities afterwards.
        gradient: of the weight.
        c: the constants by their letters.
    """
    if isinstance(optimizer, SGD):
        yield from _sgd(optimizer, old, new, product(c["α"], gradient), c)
    elif isinstance(optimizer, RMSprop):
        yield from _rmsprop(optimizer, old, new, gradient, c)
    else:
        yield from _adam(old, new, gradient, c)


def _sgd(optimizer: SGD, old: Nodes, new: Nodes, step: Node, c: Nodes) -> Iterator[tuple[str, Node]]:
    move: tuple[Node, ...] = (minus(step),)
    if optimizer.momentum:
        yield "velocity", Terms((product(c["μ"], old["velocity"]), minus(step)))
        move = (product(c["μ"], new["velocity"]), minus(step)) if optimizer.nesterov else (new["velocity"],)
    yield "weight", Terms((old["weight"], *move))


def _rmsprop(optimizer: RMSprop, old: Nodes, new: Nodes, gradient: Node, c: Nodes) -> Iterator[tuple[str, Node]]:
    rest = Terms((_ONE, minus(c["ρ"])))
    yield "velocity", Terms((product(c["ρ"], old["velocity"]), product(rest, Power(gradient, _TWO))))
    under: tuple[Node, ...] = (new["velocity"], c["ε"])
    if optimizer.centered:
        yield "average", Terms((product(c["ρ"], old["average"]), product(rest, gradient)))
        under = (new["velocity"], minus(Power(new["average"], _TWO)), c["ε"])
    move: Node = Fraction(product(c["α"], gradient), Root(Terms(under)))
    if optimizer.momentum > 0:
        yield "momentum", Terms((product(c["μ"], old["momentum"]), move))
        move = new["momentum"]
    yield "weight", Terms((old["weight"], minus(move)))


def _adam(old: Nodes, new: Nodes, gradient: Node, c: Nodes) -> Iterator[tuple[str, Node]]:
    m, v = old["momentum"], old["velocity"]
    yield "momentum", Terms((m, product(Terms((_ONE, minus(c["β₁"]))), Terms((gradient, minus(m))))))
    squares = Terms((Power(gradient, _TWO), minus(v)))
    yield "velocity", Terms((v, product(Terms((_ONE, minus(c["β₂"]))), squares)))
    move = Fraction(product(c["αₜ"], new["momentum"]), Terms((Root(new["velocity"]), c["ε"])))
    yield "weight", Terms((old["weight"], minus(move)))


def _values(subject: Subject) -> dict[str, float]:
    """The constants of the rule by their letters."""
    optimizer, moment = subject.stack.optimizer, subject.keras.moment
    values = {"α": moment.rate}
    values |= {letter: getattr(optimizer, setting) for letter, setting in _CONSTANTS[optimizer.name].items()}
    if isinstance(optimizer, Adam):
        values |= {"t": moment.step, "αₜ": optimizer.rate(moment.rate, moment.step)}
    return {letter: value for letter, value in values.items() if value or letter != "μ"}


def _constants(subject: Subject, scheduled: bool) -> Block:
    pieces: list[Piece] = ["Here "]
    for i, (letter, value) in enumerate(_values(subject).items()):
        symbol = Symbol("α", "t") if letter == "αₜ" else _constant(letter)
        pieces += [", " * (i > 0), symbol, " = ", number(value)]
    told = ". The learning rate follows a schedule; this is what Keras makes of it at this step." if scheduled else "."
    return paragraph(*pieces, told)


def _first_weight(subject: Subject) -> Iterator[Equation]:
    """The rule with the numbers of the first weight."""
    optimizer, moment, hand = subject.stack.optimizer, subject.keras.moment, subject.hand
    old = {slot: _first([values]) for slot, values in moment.slots[0].items()} | {
        "weight": _first(subject.stack.weights)
    }
    new = {slot: _first([values]) for slot, values in hand.slots[0].items()} | {"weight": _first(hand.weights)}
    constants = {letter: number(value) for letter, value in _values(subject).items()}
    letters = _letters(subject) | {"weight": subject.names.weights()[0][0]}
    for what, right in _rule(optimizer, old, new, _first(hand.gradients), constants):
        yield Equation(letters[what], (right, new[what]), "←")


def _first(arrays: Sequence[Array]) -> NumberTerm:
    """The first number of the first array."""
    return number(float(arrays[0].flat[0]))


def _memory(subject: Subject) -> Iterator[Block]:
    """What is remembered of each weight, before and after the step, beside Keras's."""
    for slot in subject.stack.optimizer.slots:
        letter = _SLOTS[subject.stack.optimizer.name][slot]
        hand = flat([slots[slot] for slots in subject.hand.slots])
        keras = flat([subject.numbers[f"{slot} {i}"] for i in range(len(hand))])
        rows: list[tuple[Piece, float, float]] = []
        for symbols, ours, theirs in zip(subject.names.weights(), hand, keras, strict=True):
            rows += zip(symbols, ours, theirs, strict=True)
        yield paragraph(Symbol(letter), " after the step, of each weight:")
        yield comparison(rows)


def _moves(subject: Subject) -> Table:
    """Each weight before the step, its gradient, its change."""
    rows: list[tuple[Piece, ...]] = []
    parts = (subject.stack.weights, subject.hand.gradients, subject.hand.weights)
    for symbols, before, gradient, after in zip(subject.names.weights(), *map(flat, parts), strict=True):
        for symbol, *numbers in zip(symbols, before, gradient, after, strict=True):
            old, slope, new = numbers
            rows.append((symbol, number(old), number(slope), number(new - old), number(new)))
    return Table(("", "before", "gradient", "change", "after"), tuple(rows))


def _weights(subject: Subject) -> Iterator[tuple[Piece, float, float]]:
    keras = [subject.numbers[f"weights {i}"] for i in range(len(subject.hand.weights))]
    for symbols, ours, theirs in zip(subject.names.weights(), flat(subject.hand.weights), flat(keras), strict=True):
        yield from zip(symbols, ours, theirs, strict=True)
