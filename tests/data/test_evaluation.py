"""An expression over columns gives what Python gives row by row."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from busy import busy_seconds
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnrun.data.evaluation import evaluate
from nnrun.experiment.expressions import FUNCTIONS, parse_expression

NUMBERS = st.one_of(st.integers(-4, 4).map(float), st.floats(-100, 100).map(lambda number: round(number, 3)))
# Exact in IEEE 754, so NumPy and Python agree to the last bit; powers and the rest may differ in it.
OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "!=", "< 1 <"])


def _binary(parts: tuple[str, str, str]) -> str:
    return f"({' '.join(parts)})"


def _choice(parts: tuple[str, str, str]) -> str:
    return "({} if {} else {})".format(*parts)


TREES = st.recursive(
    st.one_of(st.sampled_from(["x", "y"]), NUMBERS.map(repr)),
    lambda inner: st.one_of(
        st.tuples(inner, OPERATORS, inner).map(_binary),
        st.tuples(inner, inner, inner).map(_choice),
        inner.map("(-{})".format),
        inner.map("(not {})".format),
        inner.map("abs({})".format),
    ),
    max_leaves=10,
)
PYTHON: dict[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh")},
    **{
        name: getattr(math, name) for name in ("exp", "log", "log2", "log10", "sqrt", "floor", "ceil", "atan2", "hypot")
    },
    "abs": abs,
    "round": round,
    "min": min,
    "max": max,
    "minimum": min,
    "maximum": max,
    "mod": lambda a, b: a % b,
    "sign": lambda a: (a > 0) - (a < 0),
    "clip": lambda a, low, high: min(max(a, low), high),
    "where": lambda condition, a, b: a if condition else b,
}


def value_of(text: str, x: float = 0.0, y: float = 0.0) -> float:
    columns = {"x": np.array([x]), "y": np.array([y])}
    return float(evaluate(parse_expression(text, ("x", "y")), columns, 1)[0])


@given(TREES, NUMBERS, NUMBERS)
def test_arithmetic_and_comparisons_equal_python(text: str, x: float, y: float) -> None:
    try:
        expected = eval(text, {"x": x, "y": y, "abs": abs})
    except (ZeroDivisionError, OverflowError):
        assume(False)
    assume(len(text) <= 500)
    assert value_of(text, x, y) == expected or math.isnan(expected)


@given(OPERATORS, st.integers(-4, 4).map(float), st.sampled_from([-2.5, -2.0, -1.0, 1.0, 2.0, 2.5]))
def test_each_operator_equals_python(operator: str, x: float, y: float) -> None:
    text = f"x {operator} y"
    assert value_of(text, x, y) == eval(text, {"x": x, "y": y})


@pytest.mark.parametrize("name", FUNCTIONS)
@given(values=st.lists(NUMBERS, min_size=3, max_size=3))
@settings(max_examples=30)
def test_every_function_equals_python(name: str, values: list[float]) -> None:
    arguments = values[: FUNCTIONS[name][0]]
    try:
        expected = PYTHON[name](*arguments)
    except (ValueError, ZeroDivisionError, OverflowError):
        assume(False)
    text = f"{name}({', '.join(map(repr, arguments))})"
    assert value_of(text) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(st.floats(0.01, 50), st.floats(-5, 5))
def test_powers_equal_python(x: float, y: float) -> None:
    assert value_of("x ** y", x, y) == pytest.approx(x**y, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(x > 0) + (y > 0)", 2.0),
        ("(x > 0) - (y > 0)", 0.0),
        ("-(x > 0)", -1.0),
        ("2 and 3", 1.0),
        ("0 or 0 or 5", 1.0),
        ("max(1, 3, 2)", 3.0),
        ("x < y < 3 < 2", 0.0),
        ("True", 1.0),
        ("pi", math.pi),
    ],
)
def test_truths_count_as_one_and_zero(text: str, value: float) -> None:
    assert value_of(text, 1.0, 2.0) == value


@pytest.mark.parametrize(
    "text", ["x / 0", "log(x - 1)", "sqrt(-x)", "9**9**9", "(-x) ** 0.5", "exp(1000)", "x // 0", "x % 0"]
)
def test_impossible_values_are_not_finite_and_warn_of_nothing(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not math.isfinite(value_of(text, 1.0))


def test_an_expression_without_columns_fills_all_rows() -> None:
    assert evaluate(parse_expression("1 < 2 < 3", ()), {}, 3).tolist() == [1.0, 1.0, 1.0]


def test_the_values_have_a_row_for_each_row_of_the_columns() -> None:
    values = evaluate(parse_expression("0 < x < 2", ("x",)), {"x": np.arange(4.0)}, 4)
    assert values.tolist() == [0.0, 1.0, 0.0, 0.0]
    assert values.dtype == np.float64


def test_nested_chains_take_no_longer_than_their_length() -> None:
    text = "x"
    while len(text) < 200:
        text = f"0<({text})<2"
    assert busy_seconds(lambda: value_of(text, 1.0), 0.1) < 0.1
