"""An explanation as Markdown with formulas that GitHub renders: LaTeX in `$$` blocks, and in $`…`$ within a line."""

import re
from collections.abc import Iterator, Sequence

from nnrun.errors import printable
from nnrun.walkthrough.explanation import Block, Explanation, Formulas, Heading, Paragraph, Piece, Table
from nnrun.walkthrough.formula import Digits, Equation, Node, NumberTerm, Symbol, digits_of
from nnrun.walkthrough.formula_writer import FormulaWriter
from nnrun.walkthrough.write_text import equation_lines

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|&$~])")
_LETTERS = {"σ": r"\sigma", "α": r"\alpha", "β": r"\beta", "ε": r"\varepsilon", "μ": r"\mu", "ρ": r"\rho"}
_LETTERS |= {"ŷ": r"\hat{y}", "ḡ": r"\bar{g}"}
_LATEX = {"\\": r"\backslash ", "{": r"\{", "}": r"\}", "_": r"\_", "^": r"\hat{}", "~": r"\sim ", "|": r"\vert "}
_LATEX |= {c: f"\\{c}" for c in "#$%&"} | {"<": r"\lt ", ">": r"\gt ", "`": "'", " ": r"\ "}
_SIGNS = {"←": r"\leftarrow", "=": "=", ">": r"\gt", "≤": r"\le", "≥": r"\ge"}


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


class _LatexWriter(FormulaWriter):
    plus, minus, times, dots = " + ", " - ", r" \cdot ", r"\dots"
    brackets, fraction, power, root = r"\left({}\right)", r"\frac{{{}}}{{{}}}", "{}^{{{}}}", r"\sqrt{{{}}}"
    derivative, sum = r"\frac{{\partial {}}}{{\partial {}}}", r"\sum_{{{}}} {}"

    def number(self, digits: Digits) -> str:
        text = {"∞": r"\infty", "NaN": r"\mathrm{NaN}"}.get(digits.digits, digits.digits)
        if digits.exponent is not None:
            text = f"{'' if text == '1' else text + self.times}10^{{{digits.exponent}}}"
        return f"{'-' * digits.negative}{text}"

    def symbol(self, symbol: Symbol) -> str:
        above = f"^{{({symbol.above})}}" if symbol.above.isdecimal() else symbol.above
        return f"{self.name(symbol.name)}{above}{f'_{{{symbol.below}}}' * bool(symbol.below)}"

    def name(self, name: str) -> str:
        """A name as LaTeX: a single letter as a variable, a word upright."""
        if name.endswith("′"):
            return f"{self.name(name[:-1])}'"
        if name in _LETTERS:
            return _LETTERS[name]
        if len(name) == 1 and name.isalpha():
            return name
        return f"\\mathrm{{{''.join(_LATEX.get(c, c) for c in printable(name))}}}"

    def sign(self, sign: str) -> str:
        return _SIGNS[sign]

    def is_simple(self, node: Node) -> bool:
        if isinstance(node, Symbol):
            return not node.above
        return isinstance(node, NumberTerm) and not digits_of(node).negative


_WRITER = _LatexWriter()


def node_latex(node: Node) -> str:
    """A formula as LaTeX."""
    return _WRITER.write(node)
