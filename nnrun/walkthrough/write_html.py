"""An explanation as one self-contained page: no script, no network, its formulas in MathML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from nnrun.html.frame import BASE_STYLE, escaped, page
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

_OPEN, _CLOSE = '<mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo>'

_STYLE = (
    BASE_STYLE
    + """.formulas { background: var(--soft); border-radius: .4rem; padding: .5em 1em; }
.formulas mtd { padding: .3em .15em; text-align: left; }
.formulas mtd:first-child { text-align: right; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .8em; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
"""
)


def as_html(document: Explanation) -> str:
    """The document as a page that ends in a line break; a content security policy forbids all but its own style."""
    body = "\n".join(line for block in document.blocks for line in _block(block))
    return page(document.title, body, _STYLE)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"<h{level}>{escaped(text)}</h{level}>"
        case Paragraph(pieces):
            yield f"<p>{_pieces(pieces)}</p>"
        case Formulas(equations):
            yield '<div class="wide formulas"><math display="block"><mtable displaystyle="true">'
            yield from (row for equation in equations for row in _rows(equation))
            yield "</mtable></math></div>"
        case Table(header, rows):
            yield '<div class="wide"><table>'
            yield f"<thead><tr>{''.join(f'<th>{escaped(cell)}</th>' for cell in header)}</tr></thead>"
            yield "<tbody>"
            yield from (f"<tr>{''.join(f'<td>{_pieces((cell,))}</td>' for cell in row)}</tr>" for row in rows)
            yield "</tbody></table></div>"


def _pieces(pieces: Sequence[Piece]) -> str:
    return "".join(escaped(p) if isinstance(p, str) else f"<math>{node_mathml(p)}</math>" for p in pieces)


def _rows(equation: Equation) -> Iterator[str]:
    """An equation as rows of a table: one where a line of text has room for it, else one for each right side."""
    left = node_mathml(equation.left)
    rights = [f"<mo>{escape(sign)}</mo>{node_mathml(right)}" for sign, right in equation.signed()]
    if len(equation_lines(equation)) == 1:
        rights = ["".join(rights)]
    for i, right in enumerate(rights):
        yield f"<mtr><mtd>{left if i == 0 else ''}</mtd><mtd><mrow>{right}</mrow></mtd></mtr>"


def node_mathml(node: Node) -> str:
    """A formula as one MathML element."""
    match node:
        case NumberTerm():
            return _number(node)
        case Symbol():
            return _symbol(node)
        case Terms(parts):
            return f"<mrow>{_terms(parts)}</mrow>"
        case Product(factors):
            return f"<mrow>{_product(factors)}</mrow>"
        case Fraction(top, bottom):
            return f"<mfrac>{node_mathml(top)}{node_mathml(bottom)}</mfrac>"
        case Power(base, exponent):
            return f"<msup>{_operand(base)}{node_mathml(exponent)}</msup>"
        case Root(inner):
            return f"<msqrt>{node_mathml(inner)}</msqrt>"
        case FunctionOf(name, arguments):
            listed = "<mo>,</mo>".join(map(node_mathml, arguments))
            return f"<mrow><mi>{escaped(name)}</mi>{_OPEN}{listed}{_CLOSE}</mrow>"
        case Slope(of, by):
            return f"<mfrac><mrow><mo>∂</mo>{node_mathml(of)}</mrow><mrow><mo>∂</mo>{node_mathml(by)}</mrow></mfrac>"
        case Sum(index, body):
            return f"<mrow><munder><mo>∑</mo><mi>{escaped(index)}</mi></munder>{node_mathml(body)}</mrow>"
        case Where(left, sign, right):
            condition = f"{node_mathml(left)}<mo>{escape(sign)}</mo>{node_mathml(right)}"
            return f'<mrow><mo stretchy="false">[</mo>{condition}<mo stretchy="false">]</mo></mrow>'
        case Dots():
            return "<mo>…</mo>"


def _number(number: NumberTerm) -> str:
    parts = digits_of(number)
    text = f"<mn>{parts.digits}</mn>"
    if parts.exponent is not None:
        power = f"<mo>−</mo><mn>{-parts.exponent}</mn>" if parts.exponent < 0 else f"<mn>{parts.exponent}</mn>"
        ten = f"<msup><mn>10</mn><mrow>{power}</mrow></msup>"
        text = ten if parts.digits == "1" else f"{text}<mo>·</mo>{ten}"
    sign = '<mo form="prefix">−</mo>' if parts.negative else ""
    return f"<mrow>{sign}{text}</mrow>" if sign or parts.exponent is not None else text


def _symbol(symbol: Symbol) -> str:
    name = f"<mi>{escaped(symbol.name)}</mi>"
    below = f"<mrow><mi>{escaped(symbol.below)}</mi></mrow>"
    mark = f"({symbol.above})" if symbol.above.isdecimal() else symbol.above
    above = f"<mrow><mi>{escaped(mark)}</mi></mrow>"
    if symbol.below and symbol.above:
        return f"<msubsup>{name}{below}{above}</msubsup>"
    if symbol.below:
        return f"<msub>{name}{below}</msub>"
    return f"<msup>{name}{above}</msup>" if symbol.above else name


def _terms(parts: Sequence[Node]) -> str:
    texts = []
    for i, part in enumerate(parts):
        negative, rest = split_sign(part)
        sign = ('<mo form="prefix">−</mo>' * negative) if i == 0 else f"<mo>{'−' if negative else '+'}</mo>"
        texts.append(sign + (_bracketed(rest) if sign and begins_negative(rest) else node_mathml(rest)))
    return "".join(texts)


def _product(factors: Sequence[Node]) -> str:
    if factors[0] == NumberTerm(-1.0) and len(factors) > 1:
        return f'<mo form="prefix">−</mo>{_product(factors[1:])}'
    texts = (_bracketed(f) if needs_brackets(factors, i) else node_mathml(f) for i, f in enumerate(factors))
    return "<mo>·</mo>".join(texts)


def _operand(node: Node) -> str:
    plain = isinstance(node, Symbol) or (isinstance(node, NumberTerm) and not digits_of(node).negative)
    return node_mathml(node) if plain else _bracketed(node)


def _bracketed(node: Node) -> str:
    inner = node_mathml(node)
    opening, closing = ("<mo>(</mo>", "<mo>)</mo>") if "<mfrac>" in inner else (_OPEN, _CLOSE)
    return f"<mrow>{opening}{inner}{closing}</mrow>"
