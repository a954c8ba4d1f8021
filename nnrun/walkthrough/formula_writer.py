"""Writes formulas in a notation: the rules of signs and brackets that text, LaTeX and MathML share."""

from collections.abc import Sequence

from nnrun.walkthrough import formula as f


class FormulaWriter:
    """A notation: templates of the nodes, and the signs.

    A template that is markup, which escapes what it is filled with, makes the whole formula markup.
    """

    joiner, group = "", "{}"
    negative_sign, plus, minus, times, comma, dots = "-", "+", "-", "*", ", ", "…"
    brackets, fraction, power, root, function = "({})", "{}/{}", "{}^{}", "√{}", "{}({})"
    derivative, sum, indicator = "∂{}/∂{}", "Σ{} {}", "[{} {} {}]"

    def write(self, node: f.Node) -> str:
        """The formula in this notation."""
        match node:
            case f.NumberTerm():
                return self.number(f.digits_of(node))
            case f.Symbol():
                return self.symbol(node)
            case f.Terms(parts):
                return self.group.format(self._terms(parts))
            case f.Product(factors):
                return self.group.format(self._product(factors))
            case f.Fraction(top, bottom):
                return self.fraction.format(self.write(top), self.write(bottom))
            case f.Power(base, exponent):
                return self.power.format(self.operand(base), self.write(exponent))
            case f.Root(inner):
                return self.root.format(self.write(inner))
            case f.FunctionOf(name, arguments):
                return self.function.format(self.name(name), self.comma.join(map(self.write, arguments)))
            case f.Derivative(of, by):
                return self.derivative.format(self.write(of), self.write(by))
            case f.Sum(index, body):
                return self.sum.format(self.index(index), self.write(body))
            case f.Indicator(left, sign, right):
                return self.indicator.format(self.write(left), self.sign(sign), self.write(right))
            case f.Dots():
                return self.dots
        raise TypeError(f"no node of a formula: {node!r}")

    def number(self, digits: f.Digits) -> str:
        """A number."""
        raise NotImplementedError

    def symbol(self, symbol: f.Symbol) -> str:
        """A quantity."""
        raise NotImplementedError

    def is_simple(self, node: f.Node) -> bool:
        """Whether a node needs no brackets where it is a base or a divisor."""
        raise NotImplementedError

    def name(self, name: str) -> str:
        """The name of a function."""
        return name

    def index(self, index: str) -> str:
        """The index of a sum."""
        return index

    def sign(self, sign: str) -> str:
        """The sign of an equation or a condition."""
        return sign

    def operand(self, node: f.Node) -> str:
        """A node that is raised or divides as a whole."""
        return self.write(node) if self.is_simple(node) else self.bracketed(node)

    def bracketed(self, node: f.Node) -> str:
        """A node in brackets."""
        return self.brackets.format(self.write(node))

    def dot(self, factors: Sequence[f.Node]) -> str:
        """The sign between the factors of a product."""
        return self.times

    def _terms(self, parts: Sequence[f.Node]) -> str:
        texts = []
        for i, part in enumerate(parts):
            negative, rest = f.split_sign(part)
            sign = self.negative_sign * negative if i == 0 else self.minus if negative else self.plus
            texts.append(sign + (self.bracketed(rest) if sign and f.begins_negative(rest) else self.write(rest)))
        return self.joiner.join(texts)

    def _product(self, factors: Sequence[f.Node]) -> str:
        if factors[0] == f.NumberTerm(-1.0) and len(factors) > 1:
            return self.negative_sign + self._product(factors[1:])
        texts = (
            self.bracketed(factor) if f.needs_brackets(factors, i) else self.write(factor)
            for i, factor in enumerate(factors)
        )
        return self.dot(factors).join(texts)
