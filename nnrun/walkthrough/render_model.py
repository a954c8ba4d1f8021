"""The model as formulas: its layers in general and with their weights, and its loss."""

from collections.abc import Iterable, Iterator, Sequence

from nnrun.walkthrough.activation_functions import Activation, ActivationKind
from nnrun.walkthrough.explanation import Block, Heading, formulas, paragraph
from nnrun.walkthrough.formula import Equation, FunctionOf, Indicator, Node, Sum, Symbol, difference, number, terms
from nnrun.walkthrough.loss_functions import EPSILON, Loss
from nnrun.walkthrough.step import Affine, Nonlinearity
from nnrun.walkthrough.symbols import SymbolTable

# The most inputs of a unit whose weighted sum is written out in a general formula.
_WRITTEN_OUT = 3
E = Symbol("e")
ZERO = number(0)


def render_model(symbols: SymbolTable, numbers: bool = True) -> Iterator[Block]:
    """Each layer in general and, unless there are too many for that, with its weights."""
    defined: set[Activation] = set()
    for i, stage in enumerate(symbols.stack.stages):
        if isinstance(stage, Affine):
            activation = activation_of(symbols, i)
            yield Heading(3, _title(stage, activation))
            weighted = Equation(symbols.value(i, "j"), (weighted_sum(symbols, i, "j"),))
            yield formulas([weighted, *([_applied_in_general(symbols, i + 1)] if activation else [])])
        elif stage.is_layer:
            yield Heading(3, f"{stage.name}: the activation {stage.activation.kind}")
            yield formulas([_applied_in_general(symbols, i)])
        if isinstance(stage, Nonlinearity) and stage.activation not in defined and stage.activation.kind != "linear":
            defined.add(stage.activation)
            yield formulas([definition(stage.activation)])
        if isinstance(stage, Affine) and numbers:
            yield paragraph("With the current weights:")
            yield formulas(_layer_with_numbers(symbols, i))


def _title(stage: Affine, activation: Activation | None) -> str:
    count = stage.kernel.size + (0 if stage.bias is None else stage.bias.size)
    rule = f"{stage.units} × {stage.inputs if stage.bias is None else f'({stage.inputs} + 1)'}"
    function = f", {activation.kind}" if activation else ""
    inputs, units = _counted(stage.inputs, "input"), _counted(stage.units, "unit")
    return f"{stage.name}: Dense, {inputs}, {units}{function}; {rule} = {_counted(count, 'parameter')}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"


def activation_of(symbols: SymbolTable, stage: int) -> Activation | None:
    """The activation that is a part of a dense layer."""
    for following in symbols.stack.stages[stage + 1 : stage + 2]:
        if isinstance(following, Nonlinearity) and not following.is_layer:
            return following.activation
    return None


def _applied_in_general(symbols: SymbolTable, stage: int) -> Equation:
    nonlinearity = symbols.stack.stages[stage]
    assert isinstance(nonlinearity, Nonlinearity)
    return Equation(symbols.value(stage, "j"), (applied(nonlinearity.activation, symbols.value(stage - 1, "j")),))


def applied(activation: Activation, inner: Node) -> Node:
    """An activation of a quantity."""
    return inner if activation.kind == "linear" else FunctionOf(_name(activation), (inner,))


def _name(activation: Activation) -> str:
    return "σ" if activation.kind == "sigmoid" else activation.kind


def weighted_sum(symbols: SymbolTable, stage: int, j: int | str) -> Node:
    """The weighted sum of unit j: term by term for a few inputs, else as a sum over i."""
    affine = symbols.affine(stage)
    indices: Iterable[int | str] = range(affine.inputs) if affine.inputs <= _WRITTEN_OUT else ("i",)
    parts: list[Node] = [symbols.weight(stage, i, j) * symbols.value(stage - 1, i) for i in indices]
    if affine.inputs > _WRITTEN_OUT:
        parts = [Sum("i", *parts)]
    return terms([*parts, *([] if affine.bias is None else [symbols.bias(stage, j)])])


def _layer_with_numbers(symbols: SymbolTable, stage: int) -> Iterator[Equation]:
    affine, activation = symbols.affine(stage), activation_of(symbols, stage)
    inputs = [symbols.value(stage - 1, i) for i in range(affine.inputs)]
    for j in range(affine.units):
        inner = sum_with_numbers(affine, j, inputs)
        if activation is not None and activation.kind != "softmax":
            yield Equation(symbols.value(stage + 1, j), (applied(activation, inner),))
        else:
            yield Equation(symbols.value(stage, j), (inner,))


def sum_with_numbers(affine: Affine, j: int, inputs: Sequence[Node]) -> Node:
    """The weighted sum of unit j with the layer's weights, of inputs that are symbols or numbers."""
    parts: list[Node] = [number(w) * x for w, x in zip(affine.kernel[:, j], inputs, strict=True)]
    return terms([*parts, *([] if affine.bias is None else [number(affine.bias[j])])])


def _pieces(activation: Activation, z: Node) -> tuple[Indicator, Node]:
    """1 above 0, and the factor α below 0."""
    return Indicator(z, ">", ZERO), Indicator(z, "≤", ZERO) * number(activation.alpha)


def definition(activation: Activation) -> Equation:
    """The definition of an activation function."""
    z = Symbol("z", "j" if activation.kind == "softmax" else "")
    above, below = _pieces(activation, z)
    rights: dict[ActivationKind, Node] = {
        "linear": z,
        "relu": FunctionOf("max", (ZERO, z)),
        "leaky_relu": above * z + below * z,
        "elu": above * z + below * (E**z - 1),
        "sigmoid": 1 / (1 + E**-z),
        "tanh": (E**z - E**-z) / (E**z + E**-z),
        "softmax": E**z / Sum("k", E ** Symbol("z", "k")),
    }
    return Equation(FunctionOf(_name(activation), (z,)), (rights[activation.kind],))


def derivative(activation: Activation, z: Node, value: Node) -> Node:
    """The derivative of an activation function, in terms of its argument or its value."""
    above, below = _pieces(activation, z)
    derivatives: dict[ActivationKind, Node] = {
        "relu": above,
        "leaky_relu": above + below,
        "elu": above + below * E**z,
        "sigmoid": value * (1 - value),
        "tanh": 1 - value**2,
    }
    return derivatives.get(activation.kind, number(1))


def render_loss(symbols: SymbolTable) -> Iterator[Block]:
    """The loss of a sample, and that of the batch."""
    yield Heading(3, f"Loss: {symbols.stack.loss.name}")
    row = Symbol(symbols.letters["loss"], "r")
    mean = 1 / Symbol("n") * Sum("r", row)
    yield formulas(
        [Equation(row, (_sample_loss(symbols),)), Equation(symbols.loss, (terms([mean, *_penalties(symbols)]),))]
    )
    yield paragraph(row, " is the loss of sample r, ", symbols.loss, " the loss of the batch of n samples.")
    yield from _computation_in_keras(symbols)


def compared_with_target(symbols: SymbolTable, j: int | str) -> Symbol:
    """What the loss compares with the target: an output, or the logit, the input of the last activation."""
    return symbols.value(symbols.stack.loss_stage - 1, j)


def probability(symbols: SymbolTable, j: int | str) -> Node:
    """The probability that a crossentropy takes the logarithm of; for other losses the output."""
    stack = symbols.stack
    if not stack.loss.logits or stack.loss_fits_activation:
        return symbols.prediction(j)
    return applied(Activation(stack.loss.activation), compared_with_target(symbols, j))


def _sample_loss(symbols: SymbolTable) -> Node:
    loss, units = symbols.stack.loss, symbols.units(symbols.last)
    body = unit_loss(loss, probability(symbols, "j"), symbols.target("j"))
    if loss.is_categorical:
        return -Sum("j", body)
    return body if units == 1 else 1 / number(units) * Sum("j", body)


def unit_loss(loss: Loss, p: Node, t: Node) -> Node:
    """The part of a unit in the loss of a sample, but for the minus sign of a categorical crossentropy.

    Args:
        loss: the loss.
        p: the output or the probability, a symbol or a number.
        t: the target.
    """
    match loss.kind:
        case "mean_squared_error":
            return difference(p, t) ** 2
        case "mean_absolute_error":
            return FunctionOf("abs", (difference(p, t),))
        case "binary_crossentropy":
            return -(t * FunctionOf("log", (p,))) - (1 - t) * FunctionOf("log", (1 - p,))
        case "categorical_crossentropy" | "sparse_categorical_crossentropy":
            return t * FunctionOf("log", (p,))


def loss_gradient(loss: Loss, p: Node, t: Node, many: Node) -> Node:
    """The derivative of the loss by what it compares with the target; not of a crossentropy of probabilities.

    Args:
        loss: the loss.
        p: the output or the probability, a symbol or a number.
        t: the target.
        many: how many numbers the loss averages.
    """
    gap = difference(p, t)
    if loss.kind == "mean_squared_error":
        return 2 / many * gap
    return 1 / many * (FunctionOf("sign", (gap,)) if loss.kind == "mean_absolute_error" else gap)


def _penalties(symbols: SymbolTable) -> list[Node]:
    """What the regularizers add, a part for each factor."""
    parts: list[Node] = []
    for stage in symbols.affines:
        affine = symbols.affine(stage)
        named = ((affine.kernel_penalty, symbols.weight(stage, 0, 0)), (affine.bias_penalty, symbols.bias(stage, 0)))
        for (l1, l2), symbol in named:
            bare = Symbol(symbol.name, "", symbol.above)
            parts += [number(l1) * Sum("", FunctionOf("abs", (bare,)))] * (l1 > 0)
            parts += [number(l2) * Sum("", bare**2)] * (l2 > 0)
    return parts


def _computation_in_keras(symbols: SymbolTable) -> Iterator[Block]:
    loss = symbols.stack.loss
    if not loss.is_crossentropy:
        return
    if loss.kind == "sparse_categorical_crossentropy":
        yield paragraph("Labels are one-hot encoded: ", symbols.target("j"), " is 1 for the unit of the label, else 0.")
    if loss.before_activation and not symbols.stack.loss_fits_activation:
        yield paragraph(
            f"Keras computes the {loss.name} from the input of the last activation, with {loss.activation} in place "
            "of that activation: the loss does not depend on the outputs that the model predicts."
        )
    elif loss.logits:
        logits = compared_with_target(symbols, "j")
        yield paragraph("Keras computes this loss from the logits ", logits, ", which is numerically stable.")
    else:
        when = {"categorical_crossentropy": "Before", "sparse_categorical_crossentropy": "After"}.get(loss.kind)
        normalized = f" {when} that, it divides the outputs of each sample by their sum." if when else ""
        epsilon = number(EPSILON)
        yield paragraph("Keras first clips every probability to [ε, 1 − ε] with ε = ", epsilon, f".{normalized}")
