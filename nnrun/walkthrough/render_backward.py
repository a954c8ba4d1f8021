"""The backward pass, from the loss to every weight, by the chain rule."""

from collections.abc import Iterator

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.compared_step import ComparedStep
from nnrun.walkthrough.explanation import Block, Heading, formulas, listed, paragraph
from nnrun.walkthrough.formula import Equation, FunctionOf, Node, NumberTerm, Sum, Symbol, number, product, terms
from nnrun.walkthrough.render_forward import added_up
from nnrun.walkthrough.render_model import compared_with_target, derivative, loss_gradient, probability
from nnrun.walkthrough.step import Affine, Nonlinearity
from nnrun.walkthrough.symbols import SymbolTable


def render_backward(step: ComparedStep) -> Iterator[Block]:
    """The chain rule in general, with the numbers of the samples that are shown, and summed over the batch."""
    symbols, n = step.symbols, step.size
    share = f" The loss is the mean over the batch, so each sample contributes 1/{n} of its own gradient." * (n > 1)
    yield paragraph(f"The chain rule leads from the loss back through every layer.{share}")
    yield formulas(_in_general(symbols))
    if symbols.columns[1:]:
        letter = symbols.input("i").name
        columns = ((Symbol(letter, str(i + 1)), f" is {column}") for i, column in enumerate(symbols.columns))
        yield paragraph("Here ", *listed(columns), ".")
    for row in range(step.shown):
        yield Heading(3, f"Sample {row + 1}")
        yield formulas(_sample(step, row))
    yield Heading(3, f"Weight gradients: the sum over all {n} samples" if n > 1 else "Weight gradients")
    yield formulas(_sums(step))
    yield step.compare_weights("gradient")
    yield from _dead_units(step)


def _in_general(symbols: SymbolTable) -> Iterator[Equation]:
    """The derivatives by the outputs of each stage and by the weights, from the last stage to the first."""
    first = symbols.affines[0]
    by = symbols.derivative
    yield Equation(by(compared_with_target(symbols, "j")), (_loss_gradient(symbols),))
    for i in reversed(range(symbols.stack.loss_stage)):
        stage, inner, outer = symbols.stack.stages[i], symbols.value(i - 1, "j"), symbols.value(i, "j")
        if isinstance(stage, Affine):
            w, b = symbols.weight(i, "i", "j"), symbols.bias(i, "j")
            by_w = Sum("r", by(outer) * symbols.value(i - 1, "i" if stage.inputs > 1 else 0))
            yield Equation(by(w), (terms([by_w, *_penalty_gradient(stage.kernel_penalty, w)]),))
            if stage.bias is not None:
                yield Equation(by(b), (terms([Sum("r", by(outer)), *_penalty_gradient(stage.bias_penalty, b)]),))
            if i > first:
                back = w * by(outer)
                yield Equation(by(symbols.value(i - 1, "i")), (Sum("j", back) if stage.units > 1 else back,))
        elif i > first and stage.activation.kind == "softmax":
            other = symbols.value(i, "k")
            yield Equation(by(inner), (outer * (by(outer) - Sum("k", other * by(other))),))
        elif i > first:
            yield Equation(by(inner), (by(outer) * derivative(stage.activation, inner, outer),))


def _penalty_gradient(penalty: tuple[float, float], weight: Symbol) -> list[Node]:
    l1, l2 = penalty
    parts: list[Node] = []
    parts += [number(l1) * FunctionOf("sign", (weight,))] * (l1 > 0)
    parts += [2 * number(l2) * weight] * (l2 > 0)
    return parts


def _loss_gradient(symbols: SymbolTable) -> Node:
    """The derivative of the loss by an output or a logit."""
    loss, n, units = symbols.stack.loss, Symbol("n"), symbols.units(symbols.last)
    p, t = probability(symbols, "j"), symbols.target("j")
    many = product(*[NumberTerm(units)] * (units > 1 and not loss.is_categorical), n)
    if loss.logits or not loss.is_crossentropy:
        return loss_gradient(loss, p, t, many)
    if loss.is_categorical:
        return 1 / many * (Sum("k", symbols.target("k")) / Sum("k", probability(symbols, "k")) - t / p)
    return 1 / many * ((1 - t) / (1 - p) - t / p)


def _sample(step: ComparedStep, row: int) -> Iterator[Equation]:
    """The derivatives of one sample, back to the first layer's weighted sum."""
    symbols, end, by = step.symbols, step.stack.loss_stage, step.symbols.derivative
    loss, gradient = step.stack.loss, _output_gradient(step, end - 1)[row]
    many = NumberTerm(step.size * (1 if loss.is_categorical else len(gradient)))
    for j, result in enumerate(gradient):
        rights: tuple[Node, ...] = (number(result),)
        if not loss.is_crossentropy or step.stack.loss_fits_activation:
            p, t = number(step.hand.values[-1][row, j]), number(step.hand.targets[row, j])
            rights = (loss_gradient(loss, p, t, many), *rights)
        yield Equation(by(compared_with_target(symbols, j)), rights)
    for i in reversed(range(symbols.affines[0], end - 1)):
        for j, result in enumerate(_output_gradient(step, i)[row]):
            chain = _chain(step, row, i, j)
            if chain is not None:
                yield Equation(by(symbols.value(i, j)), (chain, number(result)))


def _output_gradient(step: ComparedStep, stage: int) -> Array:
    """The derivative of the loss by the outputs of a stage before the loss, (samples, units)."""
    gradient = step.hand.output_gradients[stage]
    assert gradient is not None
    return gradient


def _chain(step: ComparedStep, row: int, stage: int, j: int) -> Node | None:
    """The derivative by unit j of a stage from those of the stage after it, in numbers.

    None for the input of a dense layer that an activation precedes: that derivative is part of the activation's.
    """
    stages = step.stack.stages
    this, following, later = stages[stage], stages[stage + 1], _output_gradient(step, stage + 1)[row]
    if isinstance(following, Affine):
        simple = isinstance(this, Nonlinearity) and this.activation.kind != "softmax"
        return None if simple and stage > step.symbols.affines[0] else _through_affine(following, later, j)
    if following.activation.kind == "softmax":
        return None
    inner = number(following.activation.derivative(step.hand.values[stage + 1][row])[j])
    after = stages[stage + 2] if stage + 2 < step.stack.loss_stage else None
    if isinstance(after, Affine):
        return _through_affine(after, _output_gradient(step, stage + 2)[row], j) * inner
    return number(later[j]) * inner


def _through_affine(affine: Affine, gradients: Array, i: int) -> Node:
    return terms([number(w) * number(gradient) for w, gradient in zip(affine.kernel[i], gradients, strict=True)])


def _sums(step: ComparedStep) -> Iterator[Equation]:
    """The gradient of the first weight and the first bias of each layer, as a sum over the samples."""
    symbols, gradients = step.symbols, iter(step.hand.gradients)
    for i in symbols.affines:
        affine, upstream = symbols.affine(i), [number(g) for g in _output_gradient(step, i)[:, 0]]
        products = [g * number(x) for g, x in zip(upstream, step.hand.values[i][:, 0], strict=True)]
        parts: list[tuple[Symbol, list[Node], tuple[float, float], Array | None]] = [
            (symbols.weight(i, 0, 0), products, affine.kernel_penalty, affine.kernel),
            (symbols.bias(i, 0), [*upstream], affine.bias_penalty, affine.bias),
        ]
        for symbol, summands, (l1, l2), weights in parts:
            if weights is not None:
                weight = float(weights.flat[0])
                penalties = [number(l1 * np.sign(weight))] * (l1 > 0) + [2 * number(l2) * number(weight)] * (l2 > 0)
                total = added_up(summands, step, *penalties)
                yield Equation(symbols.derivative(symbol), (total, number(next(gradients).flat[0])))


def _dead_units(step: ComparedStep) -> Iterator[Block]:
    """The units of relu that are 0 for every sample of the batch."""
    for i, stage in enumerate(step.stack.stages):
        if isinstance(stage, Nonlinearity) and stage.activation.kind == "relu":
            dead = np.flatnonzero((step.hand.values[i + 1] == 0).all(axis=0))
            if dead.size:
                units = listed((step.symbols.value(i, int(j)),) for j in dead)
                verb = "is" if dead.size == 1 else "are"
                yield paragraph(*units, f" {verb} 0 for every sample of the batch: relu passes no gradient back.")
