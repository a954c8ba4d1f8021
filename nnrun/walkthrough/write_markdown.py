"""An explanation as Markdown whose formulas GitHub sets: LaTeX in `$$` blocks, and in $`…`$ within a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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
from nnrun.walkthrough.write_text import equation_lines

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|&$~])")
_LETTERS = {"σ": r"\sigma", "α": r"\alpha", "β": r"\beta", "ε": r"\varepsilon", "μ": r"\mu", "ρ": r"\rho"}
_LATEX = {"\\": r"\backslash ", "{": r"\{", "}": r"\}", "_": r"\_", "^": r"\hat{}", "~": r"\sim ", "|": r"\vert "}
_LATEX |= {c: f"\\{c}" for c in "#$%&"} | {"<": r"\lt ", ">": r"\gt ", "`": "'", " ": r"\ "}
_SIGNS = {"←": r"\leftarrow", "=": "=", ">": r"\gt", "≤": r"\le", "≥": r"\ge"}
_ACCENTS = {"ŷ": r"\hat{y}", "ḡ": r"\bar{g}"}


def as_markdown(document: Explanation) -> str:
    """The document as Markdown that ends in a line break."""
    return "\n\n".join("\n".join(_block(block)) for block in document.blocks) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"{'#' * level} {_escaped(text)}"
        case Paragraph(pieces):
            yield _pieces(pieces)
        case Formulas(equations):
            yield "$$"
            yield r"\begin{aligned}"
            yield " \\\\\n".join(line for equation in equations for line in _equation(equation))
            yield r"\end{aligned}"
            yield "$$"
        case Table(header, rows):
            yield f"| {' | '.join(map(_escaped, header))} |"
            yield f"| --- |{' ---: |' * (len(header) - 1)}"
            for row in rows:
                yield f"| {' | '.join(_pieces((cell,)) for cell in row)} |"


def _pieces(pieces: Sequence[Piece]) -> str:
    return "".join(_escaped(p) if isinstance(p, str) else f"$`{node_latex(p)}`$" for p in pieces)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", printable(text))


def _equation(equation: Equation) -> Iterator[str]:
    rights = [f"{_SIGNS[sign]} {node_latex(right)}" for sign, right in equation.signed()]
    if len(equation_lines(equation)) == 1:
        yield f"{node_latex(equation.left)} &{' '.join(rights)}"
        return
    for i, right in enumerate(rights):
        yield f"{node_latex(equation.left) if i == 0 else ''} &{right}".strip()


def node_latex(node: Node) -> str:
    """A formula as LaTeX."""
    match node:
        case NumberTerm():
            return _number(node)
        case Symbol(name, below, above):
            return (
                f"{name_latex(name)}{f'^{{({above})}}' if above.isdecimal() else above}{f'_{{{below}}}' * bool(below)}"
            )
        case Terms(parts):
            return _terms(parts)
        case Product(factors):
            return _product(factors)
        case Fraction(top, bottom):
            return f"\\frac{{{node_latex(top)}}}{{{node_latex(bottom)}}}"
        case Power(base, exponent):
            return f"{_operand(base)}^{{{node_latex(exponent)}}}"
        case Root(inner):
            return f"\\sqrt{{{node_latex(inner)}}}"
        case FunctionOf(name, arguments):
            return f"{name_latex(name)}({', '.join(map(node_latex, arguments))})"
        case Slope(of, by):
            return f"\\frac{{\\partial {node_latex(of)}}}{{\\partial {node_latex(by)}}}"
        case Sum(index, body):
            return f"\\sum_{{{index}}} {node_latex(body)}"
        case Where(left, sign, right):
            return f"[{node_latex(left)} {_SIGNS[sign]} {node_latex(right)}]"
        case Dots():
            return r"\dots"


def name_latex(name: str) -> str:
    """A name as LaTeX: a single letter as a variable, a word upright."""
    if name.endswith("′"):
        return f"{name_latex(name[:-1])}'"
    if name in _ACCENTS:
        return _ACCENTS[name]
    if name in _LETTERS:
        return _LETTERS[name]
    if len(name) == 1 and name.isalpha():
        return name
    return f"\\mathrm{{{''.join(_LATEX.get(c, c) for c in printable(name))}}}"


def _number(number: NumberTerm) -> str:
    parts = digits_of(number)
    if parts.exponent is not None:
        share = "" if parts.digits == "1" else f"{parts.digits} \\cdot "
        return f"{'-' * parts.negative}{share}10^{{{parts.exponent}}}"
    digits = {"∞": r"\infty", "NaN": r"\mathrm{NaN}"}.get(parts.digits, parts.digits)
    return f"{'-' * parts.negative}{digits}"


def _terms(parts: Sequence[Node]) -> str:
    texts = []
    for i, part in enumerate(parts):
        negative, rest = split_sign(part)
        sign = ("-" * negative) if i == 0 else f" {'-' if negative else '+'} "
        texts.append(sign + (_bracketed(rest) if sign and begins_negative(rest) else node_latex(rest)))
    return "".join(texts)


def _product(factors: Sequence[Node]) -> str:
    if factors[0] == NumberTerm(-1.0) and len(factors) > 1:
        return f"-{_product(factors[1:])}"
    texts = (_bracketed(f) if needs_brackets(factors, i) else node_latex(f) for i, f in enumerate(factors))
    return r" \cdot ".join(texts)


def _operand(node: Node) -> str:
    plain = isinstance(node, Symbol | NumberTerm) and not (isinstance(node, NumberTerm) and digits_of(node).negative)
    return node_latex(node) if plain and not (isinstance(node, Symbol) and node.above) else _bracketed(node)


def _bracketed(node: Node) -> str:
    return f"\\left({node_latex(node)}\\right)"
