"""A walkthrough as one self-contained page: no script, no network, its formulas in MathML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from markupsafe import Markup, escape

from nnrun.errors import printable
from nnrun.html.rendering import render_page
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
from nnrun.walkthrough.write_text import equation_lines

_BRACKET = Markup('<mo stretchy="false">{}</mo>')
_OPEN, _CLOSE = _BRACKET.format("("), _BRACKET.format(")")
_MINUS = Markup('<mo form="prefix">−</mo>')


def as_html(document: Explanation) -> str:
    """The document as a page that ends in a line break; a content security policy forbids all but its own style."""
    blocks = [_block(block) for block in document.blocks]
    return render_page("walkthrough.html", "walkthrough.css", title=document.title, blocks=blocks)


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading(level, text):
            return {"kind": "heading", "level": level, "text": text}
        case Paragraph(pieces):
            return {"kind": "paragraph", "text": _inline(pieces)}
        case Formulas(equations):
            return {"kind": "formulas", "rows": [row for equation in equations for row in _rows(equation)]}
        case Table(header, rows):
            return {"kind": "table", "header": header, "rows": [[_inline((cell,)) for cell in row] for row in rows]}


def _inline(pieces: Sequence[Piece]) -> Markup:
    """Words, and formulas among them."""
    return _joined(_text(p) if isinstance(p, str) else _element("math", node_mathml(p)) for p in pieces)


def _rows(equation: Equation) -> Iterator[tuple[Markup, Markup]]:
    """An equation as left and right sides: one where a line of text has room for it, else one for each right side."""
    rights = [_element("mo", sign) + node_mathml(right) for sign, right in equation.signed()]
    if len(equation_lines(equation)) == 1:
        rights = [_joined(rights)]
    for i, right in enumerate(rights):
        yield node_mathml(equation.left) if i == 0 else Markup(), right


def node_mathml(node: Node) -> Markup:
    """A formula as one MathML element."""
    match node:
        case NumberTerm():
            return _number(node)
        case Symbol():
            return _symbol(node)
        case Terms(parts):
            return _element("mrow", _terms(parts))
        case Product(factors):
            return _element("mrow", _product(factors))
        case Fraction(top, bottom):
            return _element("mfrac", node_mathml(top), node_mathml(bottom))
        case Power(base, exponent):
            return _element("msup", _operand(base), node_mathml(exponent))
        case Root(inner):
            return _element("msqrt", node_mathml(inner))
        case FunctionOf(name, arguments):
            listed = _element("mo", ",").join(map(node_mathml, arguments))
            return _element("mrow", _element("mi", name), _OPEN, listed, _CLOSE)
        case Slope(of, by):
            return _element("mfrac", *(_element("mrow", _element("mo", "∂"), node_mathml(part)) for part in (of, by)))
        case Sum(index, body):
            sign = _element("munder", _element("mo", "∑"), _element("mi", index))
            return _element("mrow", sign, node_mathml(body))
        case Where(left, sign, right):
            condition = node_mathml(left) + _element("mo", sign) + node_mathml(right)
            return _element("mrow", _BRACKET.format("["), condition, _BRACKET.format("]"))
        case Dots():
            return _element("mo", "…")


def _text(text: str) -> Markup:
    return escape(printable(text))


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup().join(parts)


def _element(name: str, *content: str) -> Markup:
    """An element without attributes; texts are escaped, markup is not."""
    inner = _joined(part if isinstance(part, Markup) else _text(part) for part in content)
    return Markup("<{0}>{1}</{0}>").format(name, inner)


def _number(number: NumberTerm) -> Markup:
    parts = digits_of(number)
    text = _element("mn", parts.digits)
    if parts.exponent is not None:
        sign = _element("mo", "−") if parts.exponent < 0 else Markup()
        power = _element("mrow", sign, _element("mn", str(abs(parts.exponent))))
        ten = _element("msup", _element("mn", "10"), power)
        text = ten if parts.digits == "1" else text + _element("mo", "·") + ten
    sign = _MINUS if parts.negative else Markup()
    return _element("mrow", sign, text) if sign or parts.exponent is not None else text


def _symbol(symbol: Symbol) -> Markup:
    name = _element("mi", symbol.name)
    mark = f"({symbol.above})" if symbol.above.isdecimal() else symbol.above
    below, above = (_element("mrow", _element("mi", text)) for text in (symbol.below, mark))
    if symbol.below and symbol.above:
        return _element("msubsup", name, below, above)
    if symbol.below:
        return _element("msub", name, below)
    return _element("msup", name, above) if symbol.above else name


def _terms(parts: Sequence[Node]) -> Markup:
    texts = []
    for i, part in enumerate(parts):
        negative, rest = split_sign(part)
        sign = (_MINUS if negative else Markup()) if i == 0 else _element("mo", "−" if negative else "+")
        texts.append(sign + (_bracketed(rest) if sign and begins_negative(rest) else node_mathml(rest)))
    return _joined(texts)


def _product(factors: Sequence[Node]) -> Markup:
    if factors[0] == NumberTerm(-1.0) and len(factors) > 1:
        return _MINUS + _product(factors[1:])
    texts = (_bracketed(f) if needs_brackets(factors, i) else node_mathml(f) for i, f in enumerate(factors))
    return _element("mo", "·").join(texts)


def _operand(node: Node) -> Markup:
    plain = isinstance(node, Symbol) or (isinstance(node, NumberTerm) and not digits_of(node).negative)
    return node_mathml(node) if plain else _bracketed(node)


def _bracketed(node: Node) -> Markup:
    inner = node_mathml(node)
    tall = "<mfrac>" in inner
    opening, closing = (_element("mo", "("), _element("mo", ")")) if tall else (_OPEN, _CLOSE)
    return _element("mrow", opening, inner, closing)
