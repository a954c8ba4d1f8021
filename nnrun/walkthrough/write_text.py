"""An explanation as plain text within 80 columns, its formulas in Unicode."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence

from nnrun.errors import printable
from nnrun.walkthrough.explanation import Block, Explanation, Formulas, Heading, Paragraph, Piece, Table
from nnrun.walkthrough.formula import (
    Dots,
    Equation,
    Fraction,
    FunctionOf,
    Node,
    NumberTerm,
    Power,
    Product,
    Root,
    Slope,
    Sum,
    Symbol,
    Terms,
    Where,
    begins_negative,
    digits_of,
    needs_brackets,
    split_sign,
)

WIDTH = 80
_INDENT = "  "
_GAP = "  "
# A space at which a line must not break.
_FIRM = "\N{NO-BREAK SPACE}"
_BELOW = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_ABOVE = str.maketrans("0123456789-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾")
_SMALL_LETTERS = {"i": "ᵢ", "j": "ⱼ", "k": "ₖ", "r": "ᵣ", "t": "ₜ"}

# What becomes of a heading's text, for a terminal that can make it bold.
Bold = Callable[[str], str]


def as_text(document: Explanation, bold: Bold = str) -> str:
    """The document as text that ends in a line break.

    Args:
        document: what to write.
        bold: what becomes of the lines of headings.
    """
    blocks = ["\n".join(_block(block, bold)) for block in document.blocks]
    return "\n\n".join(blocks) + "\n"


def _block(block: Block, bold: Bold) -> Iterator[str]:
    match block:
        case Heading(level, text):
            line = printable(text)
            yield bold(line)
            yield bold({1: "=", 2: "-"}.get(level, "·") * min(len(line), WIDTH))
        case Paragraph(pieces):
            yield from textwrap.wrap(_pieces(pieces), WIDTH, break_on_hyphens=False)
        case Formulas(equations):
            for equation in equations:
                yield from (line.replace(_FIRM, " ") for line in equation_lines(equation))
        case Table(header, rows):
            yield from _table([header, *[[_pieces((cell,)) for cell in row] for row in rows]])


def _pieces(pieces: Sequence[Piece]) -> str:
    texts = (printable(p) if isinstance(p, str) else node_text(p).replace(" ", _FIRM) for p in pieces)
    return "".join(texts).replace(_FIRM, " ")


def equation_lines(equation: Equation) -> list[str]:
    """An equation on one line where there is room, else a line for each thing that it equals."""
    left = _INDENT + node_text(equation.left)
    rights = [f"{sign}{_FIRM}{node_text(right)}" for sign, right in equation.signed()]
    whole = " ".join([left, *rights])
    if len(whole) <= WIDTH:
        return [whole]
    room = max(WIDTH - len(left) - 1, WIDTH // 2)
    lines = [line for right in rights for line in _folded(right, room)]
    aligned = len(left) + 1 + max(map(len, lines)) <= WIDTH
    if aligned:
        return [f"{left if i == 0 else ' ' * len(left)} {line}" for i, line in enumerate(lines)]
    return [left, *(f"{_INDENT * 2}{line}" for right in rights for line in _folded(right, WIDTH - 4))]


def _folded(text: str, room: int) -> list[str]:
    """The text in lines; a sum breaks before its signs."""
    return textwrap.wrap(text, room, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False)


def node_text(node: Node) -> str:
    """A formula in a line; it may break at its spaces."""
    match node:
        case NumberTerm():
            return _number(node)
        case Symbol(name, below, above):
            return f"{printable(name)}{_above(above)}{_below(below)}"
        case Terms(parts):
            return _terms(parts)
        case Product(factors):
            return _product(factors)
        case Fraction(top, bottom):
            above = node_text(top) if isinstance(top, Product | Root | Power) else _operand(top)
            return f"{above}/{node_text(bottom) if isinstance(bottom, Root) else _operand(bottom)}"
        case Power(base, exponent):
            raised = node_text(exponent)
            simple = all(character in "0123456789" for character in raised)
            return f"{_operand(base)}{raised.translate(_ABOVE) if simple else '^' + _operand(exponent)}"
        case Root(inner):
            return f"√{_operand(inner)}"
        case FunctionOf(name, arguments):
            return f"{name}({', '.join(map(node_text, arguments))})"
        case Slope(of, by):
            return f"∂{node_text(of)}/∂{node_text(by)}"
        case Sum(index, body):
            return f"Σ{_below(index)}{_FIRM}{node_text(body)}"
        case Where(left, sign, right):
            return f"[{node_text(left)}{_FIRM}{sign}{_FIRM}{node_text(right)}]"
        case Dots():
            return "…"


def _number(number: NumberTerm) -> str:
    parts = digits_of(number)
    if parts.exponent is None:
        return f"{'−' * parts.negative}{parts.digits}"
    power = f"10{str(parts.exponent).translate(_ABOVE)}"
    return f"{'−' * parts.negative}{power if parts.digits == '1' else f'{parts.digits}·{power}'}"


def _terms(parts: Sequence[Node]) -> str:
    texts = []
    for i, part in enumerate(parts):
        negative, rest = split_sign(part)
        sign = ("−" * negative) if i == 0 else f" {'−' if negative else '+'}{_FIRM}"
        texts.append(sign + (f"({node_text(rest)})" if sign and begins_negative(rest) else node_text(rest)))
    return "".join(texts)


def _product(factors: Sequence[Node]) -> str:
    if factors[0] == NumberTerm(-1.0) and len(factors) > 1:
        return f"−{_product(factors[1:])}"
    brackets = (needs_brackets(factors, i) for i in range(len(factors)))
    dot = f"{_FIRM}·{_FIRM}" if any(isinstance(factor, Slope) for factor in factors) else "·"
    return dot.join(f"({node_text(f)})" if b else node_text(f) for f, b in zip(factors, brackets, strict=True))


def _operand(node: Node) -> str:
    """A part that a division, a power or a root takes as a whole."""
    text = node_text(node)
    plain = isinstance(node, NumberTerm) and text.replace(".", "").isdecimal()
    return text if plain or isinstance(node, Symbol | FunctionOf | Dots | Where) else f"({text})"


def _below(text: str) -> str:
    return "".join(_SMALL_LETTERS.get(c, c) for c in text.translate(_BELOW))


def _above(text: str) -> str:
    return f"({text})".translate(_ABOVE) if text.isdecimal() else text


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[0] = max(1, min(widths[0], WIDTH - len(_INDENT) - sum(len(_GAP) + w for w in widths[1:])))
    for i, row in enumerate(rows):
        first = row[0] if len(row[0]) <= widths[0] else row[0][: widths[0] - 1] + "…"
        cells = [f"{first:<{widths[0]}}", *(f"{cell:>{w}}" for cell, w in zip(row[1:], widths[1:], strict=True))]
        yield (_INDENT + _GAP.join(cells)).rstrip()
        if i == 0:
            yield _INDENT + "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
