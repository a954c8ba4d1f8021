"""The parts of an explanation, before it is text, Markdown or HTML."""

from collections.abc import Iterable

from msgspec import Struct

from nnrun.walkthrough.formula import Equation, Node, number

# A run of words or a formula within a line.
Piece = str | Node


class Heading(Struct, frozen=True):
    """A title; level 1 is that of the document."""

    level: int
    text: str


class Paragraph(Struct, frozen=True):
    """Words, with formulas among them."""

    pieces: tuple[Piece, ...]


class Formulas(Struct, frozen=True):
    """Equations below each other."""

    equations: tuple[Equation, ...]


class Table(Struct, frozen=True):
    """Rows of cells under a header; the first column is aligned to the left, the others to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[Piece, ...], ...]


Block = Heading | Paragraph | Formulas | Table


class Explanation(Struct, frozen=True):
    """An explanation.

    Args:
        title: what it explains.
        blocks: from top to bottom; the title is the first heading.
    """

    title: str
    blocks: tuple[Block, ...]


def paragraph(*pieces: Piece) -> Paragraph:
    """A paragraph of these pieces."""
    return Paragraph(pieces)


def formulas(equations: Iterable[Equation]) -> Formulas:
    """These equations below each other."""
    return Formulas(tuple(equations))


def listed(items: Iterable[tuple[Piece, ...]]) -> list[Piece]:
    """The pieces of all items, with commas between the items."""
    return [piece for item in items for piece in (", ", *item)][1:]


def assignments(values: Iterable[tuple[Node, float]]) -> list[Piece]:
    """A list such as "x = 1, y = 2"."""
    return listed((symbol, " = ", number(value)) for symbol, value in values)


def comparison(quantities: Iterable[tuple[Piece, float, float]]) -> Table:
    """A table of quantities by hand and from Keras, with their absolute difference."""
    rows = tuple(
        (name, number(hand, 7), number(keras, 7), number(abs(float(hand) - float(keras)), 1))
        for name, hand, keras in quantities
    )
    return Table(("", "by hand", "Keras", "difference"), rows)
