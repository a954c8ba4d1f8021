"""Writes formulas in a notation: the rules of signs and brackets that text, LaTeX and MathML share."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.walkthrough.formula import (
    Derivative,
    Digits,
    Dots,
    Fraction,
    FunctionOf,
    Indicator,
    Node,
    NumberTerm,
    Power,
    Product,
    Root,
    Sum,
    Symbol,
    Terms,
    begins_negative,
    digits_of,
    needs_brackets,
    split_sign,
)


class FormulaWriter:
    """A notation: templates of the nodes, and the signs.

    A template that is markup, which escapes what it is filled with, makes the whole formula markup.
    """

    joiner = ""
    negative_sign: str
    plus: str
    minus: str
    times: str
    comma: str
    dots: str
    group = "{}"
    brackets: str
    fraction: str
    power: str
    root: str
    function: str
    derivative: str
    sum: str
    indicator: str

    def write(self, node: Node) -> str:
        """The formula in this notation."""
        match node:
            case NumberTerm():
                return self.number(digits_of(node))
            case Symbol():
                return self.symbol(node)
            case Terms(parts):
                return self.group.format(self._terms(parts))
            case Product(factors):
                return self.group.format(self._product(factors))
            case Fraction(top, bottom):
                return self.fraction.format(self.write(top), self.write(bottom))
            case Power(base, exponent):
                return self.power.format(self.operand(base), self.write(exponent))
            case Root(inner):
                return self.root.format(self.write(inner))
            case FunctionOf(name, arguments):
                return self.function.format(self.name(name), self.comma.join(map(self.write, arguments)))
            case Derivative(of, by):
                return self.derivative.format(self.write(of), self.write(by))
            case Sum(index, body):
                return self.sum.format(self.index(index), self.write(body))
            case Indicator(left, sign, right):
                return self.indicator.format(self.write(left), self.sign(sign), self.write(right))
            case Dots():
                return self.dots

    def number(self, digits: Digits) -> str:
        """A number."""
        raise NotImplementedError

    def symbol(self, symbol: Symbol) -> str:
        """A quantity."""
        raise NotImplementedError

    def is_simple(self, node: Node) -> bool:
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

    def operand(self, node: Node) -> str:
        """A node that is raised or divides as a whole."""
        return self.write(node) if self.is_simple(node) else self.bracketed(node)

    def bracketed(self, node: Node) -> str:
        """A node in brackets."""
        return self.brackets.format(self.write(node))

    def dot(self, factors: Sequence[Node]) -> str:
        """The sign between the factors of a product."""
        return self.times

    def _terms(self, parts: Sequence[Node]) -> str:
        texts = []
        for i, part in enumerate(parts):
            negative, rest = split_sign(part)
            sign = self.negative_sign * negative if i == 0 else self.minus if negative else self.plus
            texts.append(sign + (self.bracketed(rest) if sign and begins_negative(rest) else self.write(rest)))
        return self.joiner.join(texts)

    def _product(self, factors: Sequence[Node]) -> str:
        if factors[0] == NumberTerm(-1.0) and len(factors) > 1:
            return self.negative_sign + self._product(factors[1:])
        texts = (self.bracketed(f) if needs_brackets(factors, i) else self.write(f) for i, f in enumerate(factors))
        return self.dot(factors).join(texts)
