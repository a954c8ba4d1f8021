"""What the step changed, and how far the numbers by hand differ from Keras's."""

from collections.abc import Iterator

from nnrun.walkthrough.compared_step import ComparedStep
from nnrun.walkthrough.explanation import Block, Heading, comparison, paragraph
from nnrun.walkthrough.formula import number
from nnrun.walkthrough.precision import RELATIVE_BOUND, ROUNDING_BOUND

_DIGITS = 6


def render_after(step: ComparedStep) -> Iterator[Block]:
    """The loss of the batch before and after the step, and the comparison with Keras."""
    hand, keras = step.hand, step.keras.numbers
    change = hand.loss_after - hand.loss
    verdict = "does not change" if change == 0 else "decreases" if change < 0 else "increases"
    if change > 0:
        verdict += ", as it can with a large learning rate, or when the optimizer also follows earlier batches"
    before, after = number(hand.loss, _DIGITS), number(hand.loss_after, _DIGITS)
    yield Heading(2, "After the step")
    yield paragraph("The loss of this batch is ", before, " before the step and ", after, f" after it: it {verdict}.")
    losses = (("before", hand.loss, "loss"), ("after", hand.loss_after, "loss after"))
    yield comparison((what, value, float(keras[name])) for what, value, name in losses)
    yield from _render_difference(step)


def _render_difference(step: ComparedStep) -> Iterator[Block]:
    """The largest differences, and whether rounding to float32 explains them."""
    found = step.difference
    (absolute, where), (relative, there) = found.absolute, found.relative
    yield Heading(2, "Comparison with Keras")
    yield paragraph(
        f"{found.count} numbers are computed twice: by hand in float64 and by Keras in float32. "
        "The largest absolute difference is ",
        number(absolute, 2),
        f" ({_in_words(step, where)}), the largest relative difference ",
        number(relative, 2),
        f" ({_in_words(step, there)}).",
    )
    bound = f" of the value plus {ROUNDING_BOUND} times the measured effect of rounding to float32"
    if not found.beyond:
        yield paragraph("All agree: no difference exceeds ", number(RELATIVE_BOUND), f"{bound}.")
        return
    names = ", ".join(dict.fromkeys(_in_words(step, name) for name in found.beyond))
    yield paragraph("They do not all agree. The difference exceeds ", number(RELATIVE_BOUND), f"{bound} for {names}.")


def _in_words(step: ComparedStep, name: str) -> str:
    """A compared quantity in words, from its name in `precision.numbers_of`."""
    what, _, index = name.rpartition(" ")
    if not index.isdecimal():
        return {"loss": "the loss", "loss after": "the loss after the step"}[name]
    if what == "output":
        return f"the output of {step.stack.stages[int(index)].name}"
    weights = step.keras.weight_names[int(index)]
    known = {"gradient": f"the gradient of {weights}", "weights": f"the updated {weights}"}
    return known.get(what, f"{what} of {weights}")
