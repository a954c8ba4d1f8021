"""An explanation as plain text within 80 columns, its formulas in Unicode."""

import textwrap
from collections.abc import Callable, Iterator, Sequence

from nnrun.errors import printable
from nnrun.walkthrough import formula as f
from nnrun.walkthrough.explanation import Block, Explanation, Formulas, Heading, Paragraph, Piece, Table
from nnrun.walkthrough.formula_writer import FormulaWriter

WIDTH = 80
_INDENT = "  "
_GAP = "  "
# A space at which a line must not break.
_FIRM = "\N{NO-BREAK SPACE}"
_BELOW = str.maketrans("0123456789+-ijkrt", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖᵣₜ")
_ABOVE = str.maketrans("0123456789-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾")

# Makes a heading bold, for a terminal that can.
Bold = Callable[[str], str]


def as_text(document: Explanation, bold: Bold = str) -> str:
    """The document as text that ends in a line break.

    Args:
        document: what to write.
        bold: applied to the lines of headings.
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
    texts = (printable(p) if isinstance(p, str) else node_text(p) for p in pieces)
    return "".join(texts).replace(_FIRM, " ")


def equation_lines(equation: f.Equation) -> list[str]:
    """An equation on one line where there is room, else a line for each right side."""
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


class _TextWriter(FormulaWriter):
    """Unicode in one line, which may break at its spaces."""

    negative_sign, plus, minus = "−", f" +{_FIRM}", f" −{_FIRM}"
    sum = f"Σ{{}}{_FIRM}{{}}"
    indicator = f"[{{}}{_FIRM}{{}}{_FIRM}{{}}]"

    def write(self, node: f.Node) -> str:
        match node:
            case f.Fraction(top, bottom):
                above = self.write(top) if isinstance(top, f.Product | f.Root | f.Power) else self.operand(top)
                return f"{above}/{self.write(bottom) if isinstance(bottom, f.Root) else self.operand(bottom)}"
            case f.Power(base, exponent):
                raised = self.write(exponent)
                simple = all(character in "0123456789" for character in raised)
                return f"{self.operand(base)}{raised.translate(_ABOVE) if simple else '^' + self.operand(exponent)}"
            case f.Root(inner):
                return self.root.format(self.operand(inner))
            case _:
                return super().write(node)

    def number(self, digits: f.Digits) -> str:
        sign = self.negative_sign * digits.negative
        if digits.exponent is None:
            return f"{sign}{digits.digits}"
        power = f"10{str(digits.exponent).translate(_ABOVE)}"
        return f"{sign}{power if digits.digits == '1' else f'{digits.digits}·{power}'}"

    def symbol(self, symbol: f.Symbol) -> str:
        above = f"({symbol.above})".translate(_ABOVE) if symbol.above.isdecimal() else symbol.above
        return f"{printable(symbol.name)}{above}{self.index(symbol.below)}"

    def index(self, index: str) -> str:
        return index.translate(_BELOW)

    def dot(self, factors: Sequence[f.Node]) -> str:
        return f"{_FIRM}·{_FIRM}" if any(isinstance(factor, f.Derivative) for factor in factors) else "·"

    def is_simple(self, node: f.Node) -> bool:
        plain = isinstance(node, f.NumberTerm) and self.write(node).replace(".", "").isdecimal()
        return plain or isinstance(node, f.Symbol | f.FunctionOf | f.Dots | f.Indicator)


_WRITER = _TextWriter()


def node_text(node: f.Node) -> str:
    """A formula in one line, which may break at its spaces."""
    return _WRITER.write(node)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[0] = max(1, min(widths[0], WIDTH - len(_INDENT) - sum(len(_GAP) + w for w in widths[1:])))
    for i, row in enumerate(rows):
        first = row[0] if len(row[0]) <= widths[0] else row[0][: widths[0] - 1] + "…"
        cells = [f"{first:<{widths[0]}}", *(f"{cell:>{w}}" for cell, w in zip(row[1:], widths[1:], strict=True))]
        yield (_INDENT + _GAP.join(cells)).rstrip()
        if i == 0:
            yield _INDENT + "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
