"""The model as formulas: of its layers in general, with its own numbers, and of its loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.explanation import Block, Formulas, Heading, paragraph
from nnrun.walkthrough.formula import (
    Equation,
    Fraction,
    FunctionOf,
    Node,
    NumberTerm,
    Power,
    Product,
    Sum,
    Symbol,
    Terms,
    Where,
    minus,
    number,
    product,
    terms,
)
from nnrun.walkthrough.loss_functions import EPSILON, Loss
from nnrun.walkthrough.step import Affine, Curve
from nnrun.walkthrough.symbols import Names

# The most inputs of a unit whose weighted sum is written out in a general formula.
_WRITTEN_OUT = 3
_E = Symbol("e")

FUNCTIONS = {
    "linear": "linear",
    "relu": "relu",
    "leaky_relu": "leaky_relu",
    "elu": "elu",
    "sigmoid": "σ",
    "tanh": "tanh",
    "softmax": "softmax",
}


def tell_model(names: Names, numbers: bool = True) -> Iterator[Block]:
    """Each layer in general and, unless there are too many for that, with its own numbers."""
    told: set[Activation] = set()
    for i, stage in enumerate(names.stack.stages):
        if isinstance(stage, Affine):
            yield Heading(3, _affine_title(stage, _activation_after(names, i)))
            yield Formulas(tuple(_layer_in_general(names, i)))
        elif stage.own:
            yield Heading(3, f"{stage.name}: the activation {stage.activation.kind}")
            yield Formulas((_curve_in_general(names, i),))
        if isinstance(stage, Curve) and stage.activation not in told and stage.activation.kind != "linear":
            told.add(stage.activation)
            yield Formulas((definition(stage.activation),))
        if isinstance(stage, Affine) and numbers:
            yield paragraph("With its own numbers:")
            yield Formulas(tuple(_layer_with_numbers(names, i)))


def _affine_title(stage: Affine, activation: Activation | None) -> str:
    inputs = "1 input" if stage.inputs == 1 else f"{stage.inputs} inputs"
    units = "1 unit" if stage.units == 1 else f"{stage.units} units"
    count = stage.kernel.size + (0 if stage.bias is None else stage.bias.size)
    rule = f"{stage.units} × ({stage.inputs} + 1)" if stage.bias is not None else f"{stage.units} × {stage.inputs}"
    function = f", {activation.kind}" if activation else ""
    return f"{stage.name}: Dense, {inputs}, {units}{function}; {rule} = {_parameters(count)}"


def _parameters(count: int) -> str:
    return "1 parameter" if count == 1 else f"{count} parameters"


def _activation_after(names: Names, stage: int) -> Activation | None:
    """The activation that is a part of a dense layer."""
    following = names.stack.stages[stage + 1 : stage + 2]
    return following[0].activation if following and isinstance(following[0], Curve) and not following[0].own else None


def _layer_in_general(names: Names, stage: int) -> Iterator[Equation]:
    yield Equation(names.value(stage, "j"), (weighted_sum(names, stage, "j"),))
    if _activation_after(names, stage):
        yield _curve_in_general(names, stage + 1)


def _curve_in_general(names: Names, stage: int) -> Equation:
    curve = names.stack.stages[stage]
    assert isinstance(curve, Curve)
    return Equation(names.value(stage, "j"), (applied(curve.activation, names.value(stage - 1, "j"), "j"),))


def applied(activation: Activation, inner: Node, unit: str = "") -> Node:
    """An activation of a quantity; softmax, which takes all units, is indexed by the one that is meant."""
    if activation.kind == "linear":
        return inner
    return FunctionOf(FUNCTIONS[activation.kind], (inner,))


def weighted_sum(names: Names, stage: int, j: int | str) -> Node:
    """The weighted sum of unit j: term by term for a few inputs, else as a sum over i."""
    affine = names.stack.stages[stage]
    assert isinstance(affine, Affine)
    few = affine.inputs <= _WRITTEN_OUT or (isinstance(j, int) and affine.inputs == 1)
    if few:
        parts: list[Node] = [
            product(names.weight(stage, i, j), names.value(stage - 1, i)) for i in range(affine.inputs)
        ]
    else:
        parts = [Sum("i", product(names.weight(stage, "i", j), names.value(stage - 1, "i")))]
    return terms([*parts, *([] if affine.bias is None else [names.bias(stage, j)])])


def _layer_with_numbers(names: Names, stage: int) -> Iterator[Equation]:
    affine = names.stack.stages[stage]
    assert isinstance(affine, Affine)
    activation = _activation_after(names, stage)
    through = activation is not None and activation.kind != "softmax"
    for j in range(affine.units):
        inner = sum_with_numbers(affine, j, [names.value(stage - 1, i) for i in range(affine.inputs)])
        if through and activation:
            yield Equation(names.value(stage + 1, j), (applied(activation, inner),))
        else:
            yield Equation(names.value(stage, j), (inner,))


def sum_with_numbers(affine: Affine, j: int, inputs: Sequence[Node]) -> Node:
    """The weighted sum of unit j with the layer's own numbers, of inputs that are symbols or numbers."""
    parts: list[Node] = [product(number(w), x) for w, x in zip(affine.kernel[:, j], inputs, strict=True)]
    return terms([*parts, *([] if affine.bias is None else [number(affine.bias[j])])])


def definition(activation: Activation) -> Equation:
    """What an activation function is."""
    z = Symbol("z")
    slope = number(activation.slope)
    below: Node = Product((Where(z, "≤", NumberTerm(0)), slope, z))
    match activation.kind:
        case "relu":
            return Equation(FunctionOf("relu", (z,)), (FunctionOf("max", (NumberTerm(0), z)),))
        case "leaky_relu":
            return Equation(
                FunctionOf("leaky_relu", (z,)), (Terms((Product((Where(z, ">", NumberTerm(0)), z)), below)),)
            )
        case "elu":
            drop = product(slope, Terms((Power(_E, z), NumberTerm(-1))))
            parts = (
                Product((Where(z, ">", NumberTerm(0)), z)),
                Product((Where(z, "≤", NumberTerm(0)), *_factors(drop))),
            )
            return Equation(FunctionOf("elu", (z,)), (Terms(parts),))
        case "sigmoid":
            return Equation(
                FunctionOf("σ", (z,)), (Fraction(NumberTerm(1), Terms((NumberTerm(1), Power(_E, minus(z))))),)
            )
        case "tanh":
            up, down = Power(_E, z), Power(_E, minus(z))
            return Equation(FunctionOf("tanh", (z,)), (Fraction(Terms((up, minus(down))), Terms((up, down))),))
        case "softmax":
            zj, zk = Symbol("z", "j"), Symbol("z", "k")
            return Equation(FunctionOf("softmax", (zj,)), (Fraction(Power(_E, zj), Sum("k", Power(_E, zk))),))
        case "linear":
            return Equation(FunctionOf("linear", (z,)), (z,))


def _factors(node: Node) -> tuple[Node, ...]:
    return node.factors if isinstance(node, Product) else (node,)


def derivative(activation: Activation, z: Node, value: Node) -> Node:
    """The derivative of an activation function, in words of its argument or its value."""
    slope = number(activation.slope)
    match activation.kind:
        case "relu":
            return Where(z, ">", NumberTerm(0))
        case "leaky_relu":
            return Terms((Where(z, ">", NumberTerm(0)), Product((Where(z, "≤", NumberTerm(0)), slope))))
        case "elu":
            return Terms((Where(z, ">", NumberTerm(0)), Product((Where(z, "≤", NumberTerm(0)), slope, Power(_E, z)))))
        case "sigmoid":
            return Product((value, Terms((NumberTerm(1), minus(value)))))
        case "tanh":
            return Terms((NumberTerm(1), minus(Power(value, NumberTerm(2)))))
        case "linear" | "softmax":
            return NumberTerm(1)


def tell_loss(names: Names) -> Iterator[Block]:
    """The loss of a row, and that of the batch."""
    loss = names.stack.loss
    yield Heading(3, f"Loss: {loss_name(loss)}")
    row, n = Symbol(names.letters["loss"], "r"), Symbol("n")
    penalties = _penalties(names)
    mean: Node = product(Fraction(NumberTerm(1), n), Sum("r", row))
    equations = [Equation(row, (row_loss(names),)), Equation(names.loss, (terms([mean, *penalties]),))]
    yield Formulas(tuple(equations))
    told = "L" if names.letters["loss"] == "L" else names.letters["loss"]
    yield paragraph(row, " is the loss of row r of the batch, ", Symbol(told), " that of the batch of n rows.")
    yield from _how_keras_takes_it(names)


def loss_name(loss: Loss) -> str:
    """The name of the loss."""
    return {
        "squared": "mean squared error",
        "absolute": "mean absolute error",
        "binary": "binary crossentropy",
        "categorical": "categorical crossentropy",
        "sparse": "sparse categorical crossentropy",
    }[loss.kind]


def compared(names: Names, j: int | str) -> Symbol:
    """What the loss compares with the target: the answer, or what goes into the last activation."""
    return names.value(names.stack.measured - 1, j)


def probability(names: Names, j: int | str) -> Node:
    """What the logarithm of a crossentropy is taken of."""
    loss = names.stack.loss
    if not loss.logits:
        return names.value(len(names.stack.stages) - 1, j)
    if _is_own(names):
        return names.value(len(names.stack.stages) - 1, j)
    return FunctionOf("σ" if loss.kind == "binary" else "softmax", (compared(names, j),))


def _is_own(names: Names) -> bool:
    """Whether the loss takes the very activation for granted that the network ends in."""
    last, loss = names.stack.stages[-1], names.stack.loss
    if not loss.before_activation or not isinstance(last, Curve):
        return False
    return last.activation.kind == ("sigmoid" if loss.kind == "binary" else "softmax")


def row_loss(names: Names) -> Node:
    """The loss of a row in symbols."""
    loss, units = names.stack.loss, names.units(len(names.stack.stages) - 1)
    t, p = names.target("j"), probability(names, "j")
    share: Node = Fraction(NumberTerm(1), NumberTerm(units))

    def over_units(body: Node) -> Node:
        return body if units == 1 else product(share, Sum("j", body))

    match loss.kind:
        case "squared":
            return over_units(Power(Terms((p, minus(t))), NumberTerm(2)))
        case "absolute":
            return over_units(FunctionOf("abs", (Terms((p, minus(t))),)))
        case "binary":
            return over_units(_binary(t, p))
        case "categorical" | "sparse":
            return minus(Sum("j", product(t, FunctionOf("log", (p,)))))


def _binary(t: Node, p: Node) -> Node:
    other_t, other_p = Terms((NumberTerm(1), minus(t))), Terms((NumberTerm(1), minus(p)))
    return Terms((minus(product(t, FunctionOf("log", (p,)))), minus(Product((other_t, FunctionOf("log", (other_p,)))))))


def _penalties(names: Names) -> list[Node]:
    """What the regularizers add, a part for each factor."""
    parts: list[Node] = []
    for stage in names.affines:
        affine = names.stack.stages[stage]
        assert isinstance(affine, Affine)
        pairs = ((affine.kernel_penalty, names.weight(stage, "i", "j")), (affine.bias_penalty, names.bias(stage, "j")))
        for (l1, l2), symbol in pairs:
            bare = Symbol(symbol.name, "", symbol.above)
            parts += [product(number(l1), Sum("", FunctionOf("abs", (bare,))))] * (l1 > 0)
            parts += [product(number(l2), Sum("", Power(bare, NumberTerm(2))))] * (l2 > 0)
    return parts


def _how_keras_takes_it(names: Names) -> Iterator[Block]:
    loss = names.stack.loss
    if loss.kind in ("squared", "absolute"):
        return
    if loss.kind == "sparse":
        yield paragraph("A label stands for a vector: ", names.target("j"), " is 1 for the label's unit, else 0.")
    if loss.before_activation and not _is_own(names):
        yield paragraph(
            f"Keras takes a {loss_name(loss)} not from the answers but from what goes into the last activation, and "
            "puts its own function in that one's place: what is trained is not what the network answers."
        )
    elif loss.logits:
        yield paragraph("Keras takes the logarithm from ", compared(names, "j"), " directly, so that it stays exact.")
    else:
        yield paragraph(
            "Keras first clips every probability to between ε and 1 − ε with ε = ",
            number(EPSILON),
            "."
            + (" Before that, it divides the answers of a row by their sum." if loss.kind == "categorical" else "")
            + (" After that, it divides the answers of a row by their sum." if loss.kind == "sparse" else ""),
        )
