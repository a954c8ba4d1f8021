"""The parts of an explanation, before it is text, Markdown or HTML."""

from collections.abc import Iterable
from dataclasses import dataclass

from nnrun.walkthrough.formula import Equation, Node, number

# A run of words or a formula within a line.
Piece = str | Node


@dataclass(frozen=True)
class Heading:
    """A title; level 1 is that of the document."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Words, with formulas among them."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Formulas:
    """Equations below each other."""

    equations: tuple[Equation, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header; the first column is aligned to the left, the others to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[Piece, ...], ...]


Block = Heading | Paragraph | Formulas | Table


@dataclass(frozen=True)
class Explanation:
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
