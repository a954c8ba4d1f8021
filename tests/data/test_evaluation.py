"""An expression over columns gives what Python gives row by row."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from busy import busy_seconds
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from nnrun.data.evaluation import evaluate, evaluate_columns
from nnrun.experiment.distributions import Distribution
from nnrun.experiment.expressions import FUNCTIONS, parse_expression
from nnrun.experiment.function_sample import FunctionSample

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


@given(TREES, NUMBERS, NUMBERS)
def test_a_sample_of_a_function_has_the_numbers_of_its_data(text: str, x: float, y: float) -> None:
    assume(len(text) <= 500)
    check_sample(text, x, y)


@pytest.mark.parametrize("name", [*FUNCTIONS, "power"])
@given(x=NUMBERS, y=NUMBERS)
@settings(max_examples=20)
def test_a_sample_of_a_function_knows_every_function(name: str, x: float, y: float) -> None:
    count = FUNCTIONS[name][0] if name in FUNCTIONS else 0
    check_sample(f"{name}({', '.join('xyx'[:count])})" if count else "x ** y", x, y)


def check_sample(text: str, x: float, y: float) -> None:
    """The sample of a grid of one point has the number that the data have, or none."""
    x, y = x + 0.0, y + 0.0  # a grid has no negative zero
    points = {name: Distribution("grid", (value, value, 1.0)) for name, value in (("x", x), ("y", y))}
    definitions = {**points, "z": parse_expression(text, ("x", "y"))}
    (row,) = FunctionSample(definitions, ("x", "y"), ("z",), {}, 1).rows()
    if row is not None:
        assert row.inputs == {"x": np.float32(x), "y": np.float32(y)}
        assert row.targets["z"] == pytest.approx(float(np.float32(value_of(text, x, y))), rel=1e-6, abs=1e-12)


def test_the_rows_of_a_sample_are_those_of_the_data_where_nothing_is_drawn() -> None:
    definitions = {name: Distribution("grid", (0.0, 2.0, 3.0)) for name in "ab"}
    all_definitions = {**definitions, "c": Distribution("linspace", (0.0, 1.0)), "z": parse_expression("a + b", "ab")}
    data = evaluate_columns(all_definitions, 9, np.random.default_rng(0))
    rows = FunctionSample(all_definitions, ("a", "b", "c"), ("z",), {}, 9).rows()
    for number, row in enumerate(rows):
        assert row is not None
        for name, value in {**row.inputs, **row.targets}.items():
            assert value == np.float32(data[name][number])


def test_the_rows_of_a_sample_are_drawn_as_the_data_are() -> None:
    draws = {"u": ("uniform", (2.0, 4.0)), "n": ("normal", (5.0, 1.0)), "c": ("choice", (0.0, 1.0))}
    definitions = {name: Distribution(*each) for name, each in draws.items()}
    noise = {"n": Distribution("normal", (0.0, 2.0))}
    sample = FunctionSample(definitions, ("u", "c"), ("n",), noise, 50)
    rows = [row for row in sample.rows() if row]
    assert len(rows) == 300
    assert rows == sample.rows()
    assert all(2 <= row.inputs["u"] <= 4 and row.inputs["c"] in (0, 1) for row in rows)
    numbers = np.array([row.targets["n"] for row in rows])
    assert numbers.mean() == pytest.approx(5, abs=0.3)
    assert numbers.std() == pytest.approx(5**0.5, abs=0.2)


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


@given(st.integers(1, 300), st.integers(1, 12), st.floats(-4, 4), st.floats(-4, 4))
@example(samples=4, classes=1, start=0.0, stop=-5e-324)
def test_the_sample_of_an_exact_function_has_the_labels_of_its_data(samples, classes, start, stop):
    definitions = {
        "x": Distribution("linspace", (start, stop)),
        "y": parse_expression(f"floor({classes} * x)", ("x",)),
    }
    labels = evaluate_columns(definitions, samples, np.random.default_rng(0))["y"]
    sampled = FunctionSample(definitions, ["x"], ["y"], {}, samples).rows()
    assert [row.targets["y"] for row in sampled] == labels.tolist()
