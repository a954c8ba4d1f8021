"""Formulas as text, LaTeX and MathML."""

import operator
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.walkthrough.formula import (
    Derivative,
    Dots,
    Equation,
    Fraction,
    FunctionOf,
    Indicator,
    NumberTerm,
    Power,
    Product,
    Root,
    Sum,
    Symbol,
    Terms,
    difference,
    digits_of,
    number,
)
from nnrun.walkthrough.write_html import node_mathml
from nnrun.walkthrough.write_markdown import node_latex
from nnrun.walkthrough.write_text import WIDTH, equation_lines, node_text

X, W, Z = Symbol("x"), Symbol("w", "12", "1"), Symbol("z")
FIRM = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.31249, "0.3125"),
        (-2.0, "−2"),
        (70000.0, "70000"),
        (123456.7, "123457"),
        (1234567.0, "1.235·10⁶"),
        (0.0001234567, "0.0001235"),
        (0.00001234567, "1.235·10⁻⁵"),
        (1e-7, "10⁻⁷"),
        (0.99999, "1"),
        (999999.9, "10⁶"),
        (float("inf"), "∞"),
        (float("nan"), "NaN"),
    ],
)
def test_numbers_are_rounded_to_four_digits(value, text):
    assert node_text(number(value)) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 9))
def test_a_shown_number_is_the_number_rounded(value, digits):
    parts = digits_of(NumberTerm(value, digits))
    shown = float(f"{'-' * parts.negative}{parts.digits}e{parts.exponent or 0}")
    assert shown == float(f"{value:.{digits - 1}e}") or abs(shown - value) <= 0.5


@pytest.mark.parametrize(
    ("node", "text", "latex"),
    [
        (
            Terms((Product((number(0.5), X)), Product((number(-2), W)))),
            "0.5·x − 2·w⁽¹⁾₁₂",
            r"0.5 \cdot x - 2 \cdot w^{(1)}_{12}",
        ),
        (difference(number(0.1), number(-0.2)), "0.1 − (−0.2)", r"0.1 - \left(-0.2\right)"),
        (difference(number(0.1), number(0)), "0.1 − 0", "0.1 - 0"),
        (Product((number(3), number(-1))), "3·(−1)", r"3 \cdot \left(-1\right)"),
        (-Product((X, Z)), "−x·z", r"-x \cdot z"),
        (Fraction(NumberTerm(1), Terms((NumberTerm(1), X))), "1/(1 + x)", r"\frac{1}{1 + x}"),
        (Power(difference(X, Z), NumberTerm(2)), "(x − z)²", r"\left(x - z\right)^{2}"),
        (Power(Symbol("e"), -Z), "e^(−z)", "e^{-z}"),
        (Root(Terms((X, Z))), "√(x + z)", r"\sqrt{x + z}"),
        (FunctionOf("relu", (Z,)), "relu(z)", r"\mathrm{relu}(z)"),
        (Product((Derivative(Symbol("L"), Z), X)), "∂L/∂z · x", r"\frac{\partial L}{\partial z} \cdot x"),
        (Sum("r", X), "Σᵣ x", r"\sum_{r} x"),
        (Indicator(Z, ">", NumberTerm(0)), "[z > 0]", r"[z \gt 0]"),
        (Symbol("ŷ", "1"), "ŷ₁", r"\hat{y}_{1}"),
        (Symbol("house_size"), "house_size", r"\mathrm{house\_size}"),
        (Dots(), "…", r"\dots"),
    ],
)
def test_a_formula_in_text_and_in_latex(node, text, latex):
    assert node_text(node).replace(FIRM, " ") == text
    assert node_latex(node) == latex
    ElementTree.fromstring(node_mathml(node))


leaves = st.one_of(st.floats(-1e8, 1e8).map(number), st.sampled_from([X, W, Z, Symbol("a<b&c\x1b"), Dots()]))
nodes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=5).map(lambda parts: Terms(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Product(tuple(parts))),
        st.tuples(inner, inner).map(lambda pair: Fraction(*pair)),
        st.tuples(inner, inner).map(lambda pair: Power(*pair)),
        inner.map(Root),
        inner.map(lambda node: FunctionOf("relu", (node,))),
        inner.map(lambda node: Sum("r", node)),
        inner.map(operator.neg),
    ),
    max_leaves=12,
)


@given(nodes)
def test_every_formula_is_well_formed_in_every_writing(node):
    ElementTree.fromstring(node_mathml(node))
    latex = node_latex(node)
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left(") == latex.count(r"\right)")
    text = node_text(node)
    assert text.count("(") == text.count(")")
    assert "\x1b" not in text + latex + node_mathml(node)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60))
def test_a_long_sum_breaks_before_its_signs_and_keeps_within_the_width(numbers):
    parts = Terms(tuple(Product((number(value), Symbol("h", str(i), "1"))) for i, value in enumerate(numbers)))
    lines = equation_lines(Equation(Symbol("z", "1", "2"), (parts, number(sum(numbers)))))
    assert max(map(len, lines)) <= WIDTH
    assert not any(line.rstrip().endswith(("+", "−", "=", "·")) for line in lines)
