"""What the step changed, and how far the numbers by hand lie from Keras's."""

from __future__ import annotations

from collections.abc import Iterator

from nnrun.walkthrough.explanation import Block, Heading, paragraph
from nnrun.walkthrough.formula import number
from nnrun.walkthrough.precision import RELATIVE_BOUND, ROUNDING_BOUND
from nnrun.walkthrough.subject import Subject, comparison

_DIGITS = 6
# How the bound goes on after the share of the number.
_REST = f" of the number and {ROUNDING_BOUND} times what rounding to 32 bits was seen to move it."


def tell_after(subject: Subject) -> Iterator[Block]:
    """The loss on the batch before and after the step."""
    hand = subject.hand
    yield Heading(2, "After the step")
    before, after = number(hand.loss, _DIGITS), number(hand.loss_after, _DIGITS)
    yield paragraph("The loss on this batch: ", before, " before, ", after, f" after; it {_course(subject)}.")
    yield comparison(
        [
            ("before", hand.loss, float(subject.numbers["loss"])),
            ("after", hand.loss_after, float(subject.numbers["loss after"])),
        ]
    )
    yield from tell_difference(subject)


def _course(subject: Subject) -> str:
    change = subject.hand.loss_after - subject.hand.loss
    if change == 0:
        return "stays: nothing was learned"
    return (
        "falls" if change < 0 else "rises, as it may when the learning rate is large or the step looks beyond the batch"
    )


def tell_difference(subject: Subject) -> Iterator[Block]:
    """The largest differences, and whether they are what 32-bit numbers explain."""
    found = subject.difference
    absolute, where = found.absolute
    relative, there = found.relative
    yield Heading(2, "By hand and by Keras")
    yield paragraph(
        f"{found.count} numbers were computed twice: by hand with 64 bits, by Keras with 32. "
        "The largest difference is ",
        number(absolute, 2),
        f" ({in_words(subject, where)}), the largest as a share of the number ",
        number(relative, 2),
        f" ({in_words(subject, there)}).",
    )
    if not found.beyond:
        yield paragraph("All agree: none is farther apart than ", number(RELATIVE_BOUND), _REST)
        return
    names = ", ".join(dict.fromkeys(in_words(subject, name) for name in found.beyond))
    yield paragraph(
        "They do not all agree. Farther apart than ",
        number(RELATIVE_BOUND),
        f"{_REST.removesuffix('.')}: {names}.",
    )


def in_words(subject: Subject, name: str) -> str:
    """What a compared quantity is, from its name in `precision.numbers_of`."""
    what, _, index = name.rpartition(" ")
    if not index.isdecimal():
        return {"loss": "the loss", "loss after": "the loss after the step"}[name]
    if what == "output":
        return f"the output of {subject.stack.stages[int(index)].name}"
    weights = subject.keras.weight_names[int(index)]
    return {"gradient": f"the gradient of {weights}", "weights": f"the new {weights}"}.get(what, f"{what} of {weights}")
