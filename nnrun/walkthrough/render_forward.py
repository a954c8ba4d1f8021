"""The forward pass, from the inputs to the loss, with the numbers of some samples."""

from collections.abc import Iterator, Sequence

from nnrun.data.dataset import Array
from nnrun.walkthrough.compared_step import ComparedStep
from nnrun.walkthrough.explanation import Block, Heading, Piece, assignments, comparison, formulas, paragraph
from nnrun.walkthrough.formula import Dots, Equation, FunctionOf, Node, Symbol, number, product, terms
from nnrun.walkthrough.render_model import E, applied, sum_with_numbers, unit_loss, weighted_sum
from nnrun.walkthrough.step import Affine, Nonlinearity
from nnrun.walkthrough.symbols import SymbolTable

# The most samples that a sum writes out; of more, those that are shown.
_ADDED_UP = 4


def render_forward(step: ComparedStep, target_names: str) -> Iterator[Block]:
    """The forward pass of the samples that are shown, and the loss of the batch.

    Args:
        step: the step.
        target_names: the names of the target columns.
    """
    symbols, hand = step.symbols, step.hand
    for row in range(step.shown):
        yield Heading(3, f"Sample {row + 1} of the batch: training sample {step.keras.batch.rows[row] + 1}")
        inputs = assignments((symbols.input(i), value) for i, value in enumerate(hand.values[0][row]))
        targets = assignments((symbols.target(j), value) for j, value in enumerate(hand.targets[row]))
        name = "" if target_names == symbols.letters["target"] else f" {target_names}"
        yield paragraph(*inputs, f"; the target{name} is ", *targets, ".")
        yield formulas(render_values(symbols, [values[row] for values in hand.values]))
        result = number(hand.sample_losses[row])
        yield formulas([Equation(Symbol(symbols.letters["loss"], str(row + 1)), (*_sample_loss(step, row), result))])
        yield comparison(_outputs(step, row))
    yield Heading(3, f"All {step.size} samples" if step.size > 1 else "The batch")
    yield formulas([_batch_loss(step)])
    yield comparison([(symbols.loss, hand.loss, float(step.keras.numbers["loss"]))])


def render_values(symbols: SymbolTable, values: Sequence[Array]) -> Iterator[Equation]:
    """The outputs of each stage for one sample: the first unit of a layer in symbols too, the others in numbers.

    Args:
        symbols: the symbols.
        values: the input and the outputs of each stage for one sample, each (units,).
    """
    stages = symbols.stack.stages
    for i, stage in enumerate(stages):
        given, results = values[i], values[i + 1]
        if isinstance(stage, Nonlinearity):
            yield from _activation_values(symbols, i, values)
            continue
        following = stages[i + 1] if i + 1 < len(stages) else None
        joined = isinstance(following, Nonlinearity) and following.activation.kind != "softmax"
        for j in range(1 if joined else stage.units):
            inner = sum_with_numbers(stage, j, [number(x) for x in given])
            first = (weighted_sum(symbols, i, j),) * (j == 0)
            yield Equation(symbols.value(i, j), (*first, inner, number(results[j])))


def _activation_values(symbols: SymbolTable, stage: int, values: Sequence[Array]) -> Iterator[Equation]:
    """The outputs of an activation; the weighted sums that `render_values` left out are part of its formulas."""
    nonlinearity, given = symbols.stack.stages[stage], values[stage]
    before = symbols.stack.stages[stage - 1] if stage else None
    assert isinstance(nonlinearity, Nonlinearity)
    activation = nonlinearity.activation
    for j, (z, result) in enumerate(zip(map(number, given), map(number, values[stage + 1]), strict=True)):
        rights: tuple[Node, ...] = (applied(activation, z), result)
        if activation.kind == "softmax":
            rights = (E**z / terms([E ** number(other) for other in given]), result)
        elif j == 0:
            rights = (applied(activation, symbols.value(stage - 1, j)), *rights)
        elif isinstance(before, Affine):
            inner = sum_with_numbers(before, j, [number(x) for x in values[stage - 1]])
            rights = (applied(activation, inner), *rights)
        yield Equation(symbols.value(stage, j), rights)


def _outputs(step: ComparedStep, row: int) -> Iterator[tuple[Piece, float, float]]:
    """The outputs of each layer for a sample, by hand and from Keras."""
    for i in range(len(step.stack.stages)):
        name = f"output {i}"
        if name in step.keras.numbers:
            for j, value in enumerate(step.hand.values[i + 1][row]):
                yield step.symbols.value(i, j), value, step.keras.numbers[name][row, j]


def _sample_loss(step: ComparedStep, row: int) -> tuple[Node, ...]:
    """The loss of a sample with numbers; nothing for a crossentropy that is not taken from the activation shown."""
    loss = step.stack.loss
    p, t = ([float(v) for v in values[row]] for values in (step.hand.values[-1], step.hand.targets))
    if not loss.is_crossentropy:
        parts = [unit_loss(loss, number(a), number(b)) for a, b in zip(p, t, strict=True)]
        share = (1 / number(len(p)),) * (len(p) > 1)
        return (product(*share, terms(parts)),)
    if not step.stack.loss_fits_activation:
        return ()
    if loss.kind == "binary_crossentropy" and len(p) == 1 and t[0] in (0.0, 1.0):
        return (-FunctionOf("log", (number(p[0]) if t[0] == 1.0 else 1 - number(p[0]),)),)
    if loss.kind != "binary_crossentropy" and sum(t) == 1.0 and max(t) == 1.0:
        return (-FunctionOf("log", (number(p[t.index(1.0)]),)),)
    return ()


def _batch_loss(step: ComparedStep) -> Equation:
    n = step.size
    added = added_up([number(loss) for loss in step.hand.sample_losses], step)
    mean = 1 / number(n) * added if n > 1 else added
    penalty = [number(step.hand.penalty)] if step.hand.penalty else []
    return Equation(step.symbols.loss, (terms([mean, *penalty]), number(step.hand.loss)))


def added_up(parts: Sequence[Node], step: ComparedStep, *more: Node) -> Node:
    """The sum of a part for each sample, of many only the first, and of more parts."""
    shown = parts if len(parts) <= _ADDED_UP else parts[: max(1, step.shown)]
    return terms([*shown, *([Dots()] * (len(parts) > len(shown))), *more])
