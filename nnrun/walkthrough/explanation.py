"""What an explanation consists of, before it is text, Markdown or HTML."""

from __future__ import annotations

from dataclasses import dataclass

from nnrun.walkthrough.formula import Equation, Node

# A run of words or a formula within a line.
Piece = str | Node


@dataclass(frozen=True)
class Heading:
    """The title of what follows; level 1 is the document's own."""

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
