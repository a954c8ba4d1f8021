"""Formulas as trees, written alike in text, LaTeX and MathML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

# Significant digits that a number in a formula shows; it is computed with sixteen.
DIGITS = 4


class Node(Struct, frozen=True):
    """A formula; Python's operators build larger ones: `2 * x**2 - y`."""

    def __add__(self, other: Node | float) -> Node:
        return Terms((*_parts(self), *_parts(_node(other))))

    def __radd__(self, other: float) -> Node:
        return NumberTerm(other) + self

    def __sub__(self, other: Node | float) -> Node:
        return Terms((*_parts(self), -_node(other)))

    def __rsub__(self, other: float) -> Node:
        return NumberTerm(other) - self

    def __neg__(self) -> Node:
        return Product((_MINUS_ONE, self))

    def __mul__(self, other: Node | float) -> Node:
        return Product((self, _node(other)))

    def __rmul__(self, other: float) -> Node:
        return NumberTerm(other) * self

    def __truediv__(self, other: Node | float) -> Node:
        return Fraction(self, _node(other))

    def __rtruediv__(self, other: float) -> Node:
        return NumberTerm(other) / self

    def __pow__(self, exponent: Node | float) -> Node:
        return Power(self, _node(exponent))


class NumberTerm(Node, frozen=True):
    """A number, shown rounded to `digits` significant digits."""

    value: float
    digits: int = DIGITS

    def __neg__(self) -> Node:
        return NumberTerm(-self.value, self.digits) if self.value else super().__neg__()


class Symbol(Node, frozen=True):
    """A quantity: its letter or word, with an index below and a layer above."""

    name: str
    below: str = ""
    above: str = ""


class Terms(Node, frozen=True):
    """A sum of terms, each with its sign."""

    parts: tuple[Node, ...]


class Product(Node, frozen=True):
    """A product of factors."""

    factors: tuple[Node, ...]

    def __neg__(self) -> Node:
        first, *rest = self.factors
        return Product((-first, *rest)) if isinstance(first, NumberTerm) else Product((_MINUS_ONE, *self.factors))

    def __mul__(self, other: Node | float) -> Node:
        return Product((*self.factors, _node(other)))


class Fraction(Node, frozen=True):
    """A quotient."""

    top: Node
    bottom: Node


class Power(Node, frozen=True):
    """A base with an exponent."""

    base: Node
    exponent: Node


class Root(Node, frozen=True):
    """A square root."""

    inner: Node


class FunctionOf(Node, frozen=True):
    """A function of some arguments."""

    name: str
    arguments: tuple[Node, ...]


class Derivative(Node, frozen=True):
    """The partial derivative of one quantity by another, ∂L/∂w."""

    of: Node
    by: Node


class Sum(Node, frozen=True):
    """The sum of `body` over an index."""

    index: str
    body: Node


class Indicator(Node, frozen=True):
    """1 where the condition `left` `sign` `right` holds, else 0, in Iverson's brackets."""

    left: Node
    sign: str
    right: Node


class Dots(Node, frozen=True):
    """Omitted terms."""


class Equation(Struct, frozen=True):
    """A left side and the right sides that it equals; or what it becomes, where the first `sign` is an arrow."""

    left: Node
    rights: tuple[Node, ...]
    sign: str = "="

    def signed(self) -> list[tuple[str, Node]]:
        """Each right side with the sign before it."""
        return [(self.sign if i == 0 else "=", right) for i, right in enumerate(self.rights)]


class Digits(Struct, frozen=True):
    """A number in decimal notation: sign, digits, and the power of ten that multiplies them, if any."""

    negative: bool
    digits: str
    exponent: int | None


def digits_of(number: NumberTerm) -> Digits:
    """The number rounded to its digits, without trailing zeros; very large and small ones with a power of ten."""
    value = abs(number.value)
    if not math.isfinite(value):
        return Digits(number.value < 0, "∞" if math.isinf(value) else "NaN", None)
    if value == 0:
        return Digits(False, "0", None)
    mantissa, _, power = f"{value:.{number.digits - 1}e}".partition("e")
    exponent = int(power)
    if -4 <= exponent < max(6, number.digits):
        return Digits(number.value < 0, _trimmed(f"{value:.{max(0, number.digits - 1 - exponent)}f}"), None)
    return Digits(number.value < 0, _trimmed(mantissa), exponent)


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


_MINUS_ONE = NumberTerm(-1.0)


def number(value: float, digits: int = DIGITS) -> NumberTerm:
    """A number of NumPy or Python as a node."""
    return NumberTerm(float(value), digits)


def square_root(value: Any) -> Any:
    """The square root of a node, or of a number or an array."""
    return Root(value) if isinstance(value, Node) else np.sqrt(value)


def _node(value: Node | float) -> Node:
    return value if isinstance(value, Node) else NumberTerm(value)


def _parts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, Terms) else (node,)


def terms(parts: Sequence[Node]) -> Node:
    """The sum of the parts; one alone is itself, none is 0."""
    return parts[0] if len(parts) == 1 else Terms(tuple(parts)) if parts else NumberTerm(0.0)


def product(*factors: Node) -> Node:
    """The product of the factors; one alone is itself."""
    return factors[0] if len(factors) == 1 else Product(factors)


def difference(one: Node, other: Node) -> Terms:
    """One minus the other, which keeps its own sign: 0.1 − (−0.2)."""
    return Terms((one, Product((_MINUS_ONE, other))))


def split_sign(part: Node) -> tuple[bool, Node]:
    """Whether a part of a sum is subtracted, and the part without its sign."""
    if isinstance(part, NumberTerm) and digits_of(part).negative:
        return True, NumberTerm(-part.value, part.digits)
    if isinstance(part, Product):
        first = part.factors[0]
        if first == _MINUS_ONE and len(part.factors) > 1:
            return True, product(*part.factors[1:])
        negative, rest = split_sign(first) if isinstance(first, NumberTerm) else (False, first)
        return negative, Product((rest, *part.factors[1:]))
    return False, part


def begins_negative(node: Node) -> bool:
    """Whether a node begins with a minus sign, so that no other sign can stand before it."""
    first = node.factors[0] if isinstance(node, Product) else node
    return isinstance(first, NumberTerm) and digits_of(first).negative


def needs_brackets(factors: Sequence[Node], i: int) -> bool:
    """Whether a factor needs brackets: a sum, one over an index unless it is last, a negative number unless first."""
    factor = factors[i]
    if isinstance(factor, Sum):
        return i < len(factors) - 1
    return isinstance(factor, Terms) or (isinstance(factor, NumberTerm) and i > 0 and digits_of(factor).negative)
