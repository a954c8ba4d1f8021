"""From the inputs to the loss, with the numbers of some rows."""

from __future__ import annotations

from collections.abc import Iterator

from nnrun.data.dataset import Array
from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.explanation import Block, Formulas, Heading, Piece, paragraph
from nnrun.walkthrough.formula import (
    Dots,
    Equation,
    Fraction,
    FunctionOf,
    Node,
    NumberTerm,
    Power,
    Symbol,
    Terms,
    difference,
    minus,
    number,
    product,
    terms,
)
from nnrun.walkthrough.render_model import applied, sum_with_numbers, weighted_sum
from nnrun.walkthrough.step import Affine, Curve
from nnrun.walkthrough.subject import Subject, comparison
from nnrun.walkthrough.symbols import Names

# The most rows whose losses are added up one by one.
_ADDED_UP = 4
_E = Symbol("e")


def tell_forward(subject: Subject, targets: str) -> Iterator[Block]:
    """The forward pass of the rows that are shown, and the loss of the batch.

    Args:
        subject: the step.
        targets: the names of the target columns.
    """
    for row in range(subject.rows):
        yield Heading(3, f"Row {row + 1} of the batch: training row {subject.keras.batch.rows[row] + 1}")
        yield _row(subject, row, targets)
        yield Formulas(tuple(tell_values(subject.names, [values[row] for values in subject.hand.values])))
        yield Formulas((_row_loss(subject, row),))
        yield comparison(list(_outputs(subject, row)))
    yield Heading(3, f"All {subject.size} rows" if subject.size > 1 else "The batch")
    yield Formulas((_batch_loss(subject),))
    yield comparison([(subject.names.loss, subject.hand.loss, float(subject.numbers["loss"]))])


def _row(subject: Subject, row: int, targets: str) -> Block:
    names, pieces = subject.names, list[Piece]()
    for i, value in enumerate(subject.hand.values[0][row]):
        pieces += [", " * (i > 0), names.input(i), " = ", number(float(value))]
    told = "" if targets == names.letters["target"] else f" {targets}"
    pieces.append(f"; the target{told} is ")
    for j, value in enumerate(subject.hand.targets[row]):
        pieces += [", " * (j > 0), names.target(j), " = ", number(float(value))]
    return paragraph(*pieces, ".")


def tell_values(names: Names, values: list[Array]) -> Iterator[Equation]:
    """What each stage makes of one row: the first unit of a layer in symbols too, the others in numbers.

    Args:
        names: the symbols.
        values: the input and what each stage gives, for one row, each (units,).
    """
    stages = names.stack.stages
    for i, stage in enumerate(stages):
        given, results = values[i], values[i + 1]
        if isinstance(stage, Affine):
            following = stages[i + 1] if i + 1 < len(stages) else None
            joined = isinstance(following, Curve) and following.activation.kind != "softmax"
            for j in range(1 if joined else stage.units):
                inner = sum_with_numbers(stage, j, [number(float(x)) for x in given])
                first = (weighted_sum(names, i, j),) * (j == 0)
                yield Equation(names.value(i, j), (*first, inner, number(float(results[j]))))
        else:
            yield from _curve_values(names, i, stage.activation, given, results, values[i - 1] if i else None)


def _curve_values(
    names: Names, stage: int, activation: Activation, given: Array, results: Array, before: Array | None
) -> Iterator[Equation]:
    affine = names.stack.stages[stage - 1] if stage else None
    for j, result in enumerate(results):
        value = number(float(result))
        z = number(float(given[j]))
        if activation.kind == "softmax":
            below = terms([Power(_E, number(float(other))) for other in given])
            yield Equation(names.value(stage, j), (Fraction(Power(_E, z), below), value))
        elif j == 0:
            symbolic = applied(activation, names.value(stage - 1, j))
            yield Equation(names.value(stage, j), (symbolic, applied(activation, z), value))
        elif isinstance(affine, Affine) and before is not None:
            inner = sum_with_numbers(affine, j, [number(float(x)) for x in before])
            yield Equation(names.value(stage, j), (applied(activation, inner), applied(activation, z), value))
        else:
            yield Equation(names.value(stage, j), (applied(activation, z), value))


def _outputs(subject: Subject, row: int) -> Iterator[tuple[Piece, float, float]]:
    """What each layer gives for a row, by hand and as Keras has it."""
    for i in range(len(subject.stack.stages)):
        name = f"output {i}"
        if name in subject.numbers:
            for j, value in enumerate(subject.hand.values[i + 1][row]):
                yield subject.names.value(i, j), float(value), float(subject.numbers[name][row, j])


def _row_loss(subject: Subject, row: int) -> Equation:
    names = subject.names
    p = subject.hand.values[-1][row]
    t = subject.hand.targets[row]
    parts = _row_loss_parts(subject, [float(v) for v in p], [float(v) for v in t])
    left = Symbol(names.letters["loss"], str(row + 1))
    return Equation(left, (*parts, number(float(subject.hand.row_losses[row]))))


def _row_loss_parts(subject: Subject, p: list[float], t: list[float]) -> tuple[Node, ...]:
    """The loss of a row with numbers; nothing where Keras's function is not the activation that is shown."""
    loss, units = subject.stack.loss, len(p)
    last = subject.stack.stages[-1]
    kind = last.activation.kind if isinstance(last, Curve) else "linear"
    expected = "sigmoid" if loss.kind == "binary" else "softmax"
    if loss.kind not in ("squared", "absolute") and (not loss.logits or not loss.before_activation or kind != expected):
        return ()
    share = (Fraction(NumberTerm(1), NumberTerm(units)),) * (units > 1)
    gaps = [difference(number(a), number(b)) for a, b in zip(p, t, strict=True)]
    match loss.kind:
        case "squared":
            squares = terms([Power(gap, NumberTerm(2)) for gap in gaps])
            return (product(*share, squares),)
        case "absolute":
            return (product(*share, terms([FunctionOf("abs", (gap,)) for gap in gaps])),)
        case "binary" if units == 1 and t[0] in (0.0, 1.0):
            inner: Node = number(p[0]) if t[0] == 1.0 else Terms((NumberTerm(1), minus(number(p[0]))))
            return (minus(FunctionOf("log", (inner,))),)
        case "categorical" | "sparse" if sum(t) == 1.0 and max(t) == 1.0:
            return (minus(FunctionOf("log", (number(p[t.index(1.0)]),))),)
        case _:
            return ()


def _batch_loss(subject: Subject) -> Equation:
    rows, n = subject.hand.row_losses, subject.size
    shown = [number(float(loss)) for loss in (rows if n <= _ADDED_UP else rows[: max(1, subject.rows)])]
    added = terms([*shown, *([Dots()] * (n > len(shown)))])
    mean = product(Fraction(NumberTerm(1), NumberTerm(n)), added) if n > 1 else added
    penalty = [number(subject.hand.penalty)] if subject.hand.penalty else []
    return Equation(subject.names.loss, (terms([mean, *penalty]), number(subject.hand.loss)))
