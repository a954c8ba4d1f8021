"""A walkthrough as one self-contained page: no script, no network, its formulas in MathML."""

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup, escape

from nnrun.errors import printable
from nnrun.html.rendering import render_page
from nnrun.walkthrough.explanation import Block, Explanation, Formulas, Heading, Paragraph, Piece, Table
from nnrun.walkthrough.formula import Digits, Equation, Node, NumberTerm, Symbol, digits_of
from nnrun.walkthrough.formula_writer import FormulaWriter
from nnrun.walkthrough.write_text import equation_lines

_OPERATOR, _NUMBER, _NAME, _ROW = (Markup(f"<{tag}>{{}}</{tag}>") for tag in ("mo", "mn", "mi", "mrow"))
_BRACKETS = '<mo stretchy="false">{}</mo>{{}}<mo stretchy="false">{}</mo>'.format
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
    formula = Markup("<math>{}</math>")
    return Markup().join(_text(p) if isinstance(p, str) else formula.format(node_mathml(p)) for p in pieces)


def _rows(equation: Equation) -> Iterator[tuple[Markup, Markup]]:
    """An equation as left and right sides: one where a line of text has room for it, else one for each right side."""
    rights = [_OPERATOR.format(sign) + node_mathml(right) for sign, right in equation.signed()]
    if len(equation_lines(equation)) == 1:
        rights = [Markup().join(rights)]
    for i, right in enumerate(rights):
        yield node_mathml(equation.left) if i == 0 else Markup(), right


def _text(text: str) -> Markup:
    return escape(printable(text))


class _MathmlWriter(FormulaWriter):
    joiner = Markup()
    negative_sign = _MINUS
    plus, minus, times, comma, dots = (_OPERATOR.format(sign) for sign in "+−·,…")
    group = _ROW
    fraction = Markup("<mfrac>{}{}</mfrac>")
    power = Markup("<msup>{}{}</msup>")
    root = Markup("<msqrt>{}</msqrt>")
    function = Markup(f"<mrow><mi>{{}}</mi>{_BRACKETS('(', ')')}</mrow>")
    derivative = Markup("<mfrac><mrow><mo>∂</mo>{}</mrow><mrow><mo>∂</mo>{}</mrow></mfrac>")
    sum = Markup("<mrow><munder><mo>∑</mo><mi>{}</mi></munder>{}</mrow>")
    indicator = Markup(f"<mrow>{_BRACKETS('[', ']').format('{}<mo>{}</mo>{}')}</mrow>")

    def number(self, digits: Digits) -> Markup:
        text, sign = _NUMBER.format(digits.digits), _MINUS * digits.negative
        if digits.exponent is None:
            return _ROW.format(sign + text) if sign else text
        power = _OPERATOR.format("−") * (digits.exponent < 0) + _NUMBER.format(abs(digits.exponent))
        ten = self.power.format(_NUMBER.format(10), _ROW.format(power))
        return _ROW.format(sign + (ten if digits.digits == "1" else text + self.times + ten))

    def symbol(self, symbol: Symbol) -> Markup:
        name = _NAME.format(_text(symbol.name))
        mark = f"({symbol.above})" if symbol.above.isdecimal() else symbol.above
        below, above = (_ROW.format(_NAME.format(_text(text))) for text in (symbol.below, mark))
        if symbol.below and symbol.above:
            return Markup("<msubsup>{}{}{}</msubsup>").format(name, below, above)
        if symbol.below:
            return Markup("<msub>{}{}</msub>").format(name, below)
        return Markup("<msup>{}{}</msup>").format(name, above) if symbol.above else name

    def name(self, name: str) -> Markup:
        return _text(name)

    def is_simple(self, node: Node) -> bool:
        return isinstance(node, Symbol) or (isinstance(node, NumberTerm) and not digits_of(node).negative)

    def bracketed(self, node: Node) -> Markup:
        inner = self.write(node)
        tall = Markup("<mrow><mo>(</mo>{}<mo>)</mo></mrow>")
        return (tall if "<mfrac>" in inner else Markup(f"<mrow>{_BRACKETS('(', ')')}</mrow>")).format(inner)


_WRITER = _MathmlWriter()


def node_mathml(node: Node) -> Markup:
    """A formula as one MathML element."""
    written = _WRITER.write(node)
    assert isinstance(written, Markup), "every template of MathML is markup"
    return written
