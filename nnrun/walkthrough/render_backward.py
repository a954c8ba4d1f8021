"""From the loss back to every weight, by the chain rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.explanation import Block, Formulas, Heading, Piece, paragraph
from nnrun.walkthrough.formula import (
    Dots,
    Equation,
    Fraction,
    FunctionOf,
    Node,
    NumberTerm,
    Sum,
    Symbol,
    Terms,
    difference,
    minus,
    number,
    product,
    terms,
)
from nnrun.walkthrough.render_model import compared, derivative, probability
from nnrun.walkthrough.step import Affine, Curve
from nnrun.walkthrough.subject import Subject, comparison, flat
from nnrun.walkthrough.symbols import Names

# The most rows of a sum that are written out.
_ADDED_UP = 4


def tell_backward(subject: Subject) -> Iterator[Block]:
    """The chain rule in general, with the numbers of the rows that are shown, and summed over the batch."""
    names = subject.names
    yield paragraph(
        "The chain rule leads from the loss back through every stage. Each derivative is that of the mean loss, so "
        f"every row brings 1/{subject.size} of its own."
        if subject.size > 1
        else "The chain rule leads from the loss back through every stage."
    )
    yield Formulas(tuple(_in_general(names)))
    if names.columns[1:]:
        told = [(names.input("i").name, i, column) for i, column in enumerate(names.columns)]
        pieces: list[Piece] = []
        for letter, i, column in told:
            pieces += [", " * (i > 0), Symbol(letter, str(i + 1)), f" is {column}"]
        yield paragraph("Here ", *pieces, ".")
    for row in range(subject.rows):
        yield Heading(3, f"Row {row + 1}")
        yield Formulas(tuple(_row(subject, row)))
    yield Heading(3, f"The gradient: the sum over all {subject.size} rows" if subject.size > 1 else "The gradient")
    yield Formulas(tuple(_sums(subject)))
    yield comparison(list(_gradients(subject)))
    yield from _silent(subject)


def _in_general(names: Names) -> Iterator[Equation]:
    """The derivative by what each stage gives, and by the weights, from the last stage to the first."""
    end = names.stack.measured
    yield Equation(names.slope(compared(names, "j")), (_loss_slope(names),))
    for i in reversed(range(end)):
        stage, first = names.stack.stages[i], names.affines[0]
        inner, outer = names.value(i - 1, "j"), names.value(i, "j")
        if isinstance(stage, Curve) and i > first:
            yield Equation(names.slope(inner), tuple(_through_curve(names, i, inner, outer)))
        elif isinstance(stage, Affine):
            w, b = names.weight(i, "i", "j"), names.bias(i, "j")
            by_w = Sum("r", product(names.slope(outer), names.value(i - 1, "i" if stage.inputs > 1 else 0)))
            yield Equation(names.slope(w), (terms([by_w, *_penalty_slope(stage.kernel_penalty, w)]),))
            if stage.bias is not None:
                by_b = Sum("r", names.slope(outer))
                yield Equation(names.slope(b), (terms([by_b, *_penalty_slope(stage.bias_penalty, b)]),))
            if i > first:
                back = product(w, names.slope(outer))
                yield Equation(names.slope(names.value(i - 1, "i")), (Sum("j", back) if stage.units > 1 else back,))


def _through_curve(names: Names, stage: int, inner: Symbol, outer: Symbol) -> Iterator[Node]:
    curve = names.stack.stages[stage]
    assert isinstance(curve, Curve)
    if curve.activation.kind == "softmax":
        other = names.value(stage, "k")
        inside = Terms((names.slope(outer), minus(Sum("k", product(other, names.slope(other))))))
        yield product(outer, inside)
        return
    yield product(names.slope(outer), derivative(curve.activation, inner, outer))


def _penalty_slope(penalty: tuple[float, float], weight: Symbol) -> list[Node]:
    l1, l2 = penalty
    parts: list[Node] = []
    parts += [product(number(l1), FunctionOf("sign", (weight,)))] * (l1 > 0)
    parts += [product(NumberTerm(2), number(l2), weight)] * (l2 > 0)
    return parts


def _loss_slope(names: Names) -> Node:
    """The derivative of the loss by what it is taken of."""
    loss = names.stack.loss
    n, units = Symbol("n"), names.units(len(names.stack.stages) - 1)
    many: Node = product(*[NumberTerm(units)] * (units > 1), n)
    p, t = probability(names, "j"), names.target("j")
    gap = Terms((p, minus(t)))
    match loss.kind:
        case "squared":
            return product(Fraction(NumberTerm(2), many), gap)
        case "absolute":
            return product(Fraction(NumberTerm(1), many), FunctionOf("sign", (gap,)))
        case "binary" if loss.logits:
            return product(Fraction(NumberTerm(1), many), gap)
        case "binary":
            other = Terms((NumberTerm(1), minus(p)))
            return product(
                Fraction(NumberTerm(1), many),
                Terms((Fraction(Terms((NumberTerm(1), minus(t))), other), minus(Fraction(t, p)))),
            )
        case "categorical" | "sparse" if loss.logits:
            return product(Fraction(NumberTerm(1), n), gap)
        case "categorical" | "sparse":
            total = Fraction(Sum("k", names.target("k")), Sum("k", probability(names, "k")))
            return product(Fraction(NumberTerm(1), n), Terms((total, minus(Fraction(t, p)))))


def _row(subject: Subject, row: int) -> Iterator[Equation]:
    """The derivatives of one row, back to the first layer's weighted sum."""
    names, slopes = subject.names, subject.hand.slopes
    end = subject.stack.measured
    for j, equation in enumerate(_loss_slope_with_numbers(subject, row)):
        assert slopes[end - 1] is not None
        yield Equation(names.slope(compared(names, j)), equation)
    for i in reversed(range(names.affines[0], end - 1)):
        slope = slopes[i]
        assert slope is not None
        for j in range(slope.shape[1]):
            rights = _chain(subject, row, i, j)
            if rights:
                yield Equation(names.slope(names.value(i, j)), (*rights, number(float(slope[row, j]))))


def _loss_slope_with_numbers(subject: Subject, row: int) -> Iterator[tuple[Node, ...]]:
    loss, n = subject.stack.loss, subject.size
    slope = subject.hand.slopes[subject.stack.measured - 1]
    assert slope is not None
    answers, targets = subject.hand.values[-1][row], subject.hand.targets[row]
    last = subject.stack.stages[-1]
    kind = last.activation.kind if isinstance(last, Curve) else "linear"
    own = loss.before_activation and kind == ("sigmoid" if loss.kind == "binary" else "softmax")
    for j in range(slope.shape[1]):
        result = number(float(slope[row, j]))
        gap = difference(number(float(answers[j])), number(float(targets[j])))
        many = n if loss.kind in ("categorical", "sparse") else n * slope.shape[1]
        if loss.kind == "squared":
            yield product(Fraction(NumberTerm(2), NumberTerm(many)), gap), result
        elif loss.kind == "absolute":
            yield product(Fraction(NumberTerm(1), NumberTerm(many)), FunctionOf("sign", (gap,))), result
        elif own:
            yield product(Fraction(NumberTerm(1), NumberTerm(many)), gap), result
        else:
            yield (result,)


def _chain(subject: Subject, row: int, stage: int, j: int) -> tuple[Node, ...]:
    """How the derivative by unit j of a stage follows from those of the stage after it, in numbers.

    Nothing for what a dense layer gives to an activation's input: that step is told together with the activation.
    """
    stages, slopes = subject.stack.stages, subject.hand.slopes
    following, later = stages[stage + 1], slopes[stage + 1]
    assert later is not None
    if isinstance(following, Affine):
        if isinstance(stages[stage], Curve) and stage > subject.names.affines[0] and _simple(stages[stage]):
            return ()
        return (_back_through(following, later[row], j),)
    value = subject.hand.values[stage + 1][row]
    if following.activation.kind == "softmax":
        return ()
    after = stages[stage + 2] if stage + 2 < subject.stack.measured else None
    slope_in = following.activation.derivative(np.asarray(value))[j]
    if isinstance(after, Affine) and (further := slopes[stage + 2]) is not None:
        return (product(_back_through(after, further[row], j), number(float(slope_in))),)
    return (product(number(float(later[row, j])), number(float(slope_in))),)


def _simple(stage: object) -> bool:
    return isinstance(stage, Curve) and stage.activation.kind != "softmax"


def _back_through(affine: Affine, slopes: Array, i: int) -> Node:
    return terms([product(number(float(w)), number(float(s))) for w, s in zip(affine.kernel[i], slopes, strict=True)])


def _sums(subject: Subject) -> Iterator[Equation]:
    """The gradient of the first weight and the first bias of each layer, as a sum over the rows."""
    names = subject.names
    gradients = iter(subject.hand.gradients)
    for i in names.affines:
        affine, slope = subject.stack.stages[i], subject.hand.slopes[i]
        assert isinstance(affine, Affine)
        assert slope is not None
        given = subject.hand.values[i]
        products = [product(number(float(s)), number(float(x))) for s, x in zip(slope[:, 0], given[:, 0], strict=True)]
        yield _sum(
            names.slope(names.weight(i, 0, 0)),
            products,
            affine.kernel_penalty,
            affine.kernel[0, 0],
            next(gradients)[0, 0],
            subject,
        )
        if affine.bias is not None:
            parts: list[Node] = [number(float(s)) for s in slope[:, 0]]
            yield _sum(
                names.slope(names.bias(i, 0)), parts, affine.bias_penalty, affine.bias[0], next(gradients)[0], subject
            )


def _sum(
    left: Node, parts: list[Node], penalty: tuple[float, float], weight: float, result: float, subject: Subject
) -> Equation:
    l1, l2 = penalty
    shown = parts if len(parts) <= _ADDED_UP else parts[: max(1, subject.rows)]
    added: list[Node] = [*shown, *([Dots()] * (len(parts) > len(shown)))]
    added += [number(l1 * float(np.sign(weight)))] * (l1 > 0)
    added += [product(NumberTerm(2), number(l2), number(float(weight)))] * (l2 > 0)
    return Equation(left, (terms(added), number(float(result))))


def _gradients(subject: Subject) -> Iterator[tuple[Piece, float, float]]:
    keras = [subject.numbers[f"gradient {i}"] for i in range(len(subject.hand.gradients))]
    for symbols, by_hand, theirs in zip(
        subject.names.weights(), flat(subject.hand.gradients), flat(keras), strict=True
    ):
        for symbol, hand, other in zip(symbols, by_hand, theirs, strict=True):
            yield subject.names.slope(symbol), hand, other


def _silent(subject: Subject) -> Iterator[Block]:
    """Which units give 0 on every row of the batch: no gradient comes through them."""
    for i, stage in enumerate(subject.stack.stages):
        if isinstance(stage, Curve) and stage.activation.kind == "relu":
            dead = np.flatnonzero((subject.hand.values[i + 1] == 0).all(axis=0))
            if dead.size:
                pieces: list[Piece] = []
                for j in dead:
                    pieces += [", " * bool(pieces), subject.names.value(i, int(j))]
                told = " is 0 on every row of the batch: relu lets no gradient through, and the weights before it stay."
                yield paragraph(*pieces, told if dead.size == 1 else told.replace(" is ", " are ", 1))
