"""A column's expression as NumPy code gives the numbers that nnrun computes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.data.evaluation import evaluate
from nnrun.experiment.expressions import parse_expression
from nnrun.export.expression_code import expression_code

ROWS = 5
COLUMNS = {"a": np.array([-2.0, -0.5, 0.0, 1.0, 3.25]), "b": np.array([4.0, 0.5, -1.0, 1.0, 2.0])}
NAMES = {"a": "a", "b": "b_"}


def computed(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the code and those of nnrun."""
    expression = parse_expression(text, list(COLUMNS))
    code = expression_code(expression, NAMES, str(ROWS))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = eval(code, {"np": np, "a": COLUMNS["a"], "b_": COLUMNS["b"]})
    return np.asarray(found, float), evaluate(expression, COLUMNS, ROWS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("maximum(0, 2 * (a - 1))", "np.maximum(0, 2 * (a - 1))"),
        ("a - (b - 1)", "a - (b_ - 1)"),
        ("(a - b) - 1", "a - b_ - 1"),
        ("-a ** 2", "-a ** 2"),
        ("(-a) ** 2", "(-a) ** 2"),
        ("2 * pi * a", "2 * np.pi * a"),
        ("a >= 0.5", "a >= 0.5"),
        ("0 < a <= 1", "(0 < a) & (a <= 1)"),
        ("a > 0 and not b > 1", "np.logical_and(a > 0, np.logical_not(b_ > 1))"),
        ("(a > 0) + (b > 0)", "np.where(a > 0, 1.0, 0.0) + np.where(b_ > 0, 1.0, 0.0)"),
        ("min(a, b, 3)", "np.minimum(np.minimum(a, b_), 3)"),
        ("1 if a else b", "np.where(a != 0, 1, b_)"),
        ("3", "np.full(5, float(3))"),
    ],
)
def test_an_expression_reads_as_one_writes_it(text: str, code: str) -> None:
    assert expression_code(parse_expression(text, list(COLUMNS)), NAMES, "5") == code
    found, own = computed(text)
    np.testing.assert_array_equal(np.broadcast_to(found, own.shape), own)


@pytest.mark.parametrize(
    "text", ["atan2(a, -0)", "atan2(a, 0 * -1)", "atan2(a, (2 - 2) * -3)", "atan2(a, 0 * pi * -1)"]
)
def test_a_zero_keeps_its_sign(text: str) -> None:
    np.testing.assert_array_equal(*computed(text))


@pytest.mark.parametrize("text", ["1 / 0 + a", "0 // 0 * a", "5 % 0 + a", "(0 - 8) ** (1 / 3) + a", "10 ** 400 * a"])
def test_constants_never_raise_what_numpy_would_not(text: str) -> None:
    np.testing.assert_array_equal(*computed(text))


LEAVES = st.sampled_from(["a", "b", "1", "2.5", "pi", "0"])
TEXTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "<", ">=", "=="]), inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max", "hypot", "atan2", "minimum"]), inner, inner),
        st.builds("(-{})".format, inner),
        st.builds("(not {})".format, inner),
        st.builds("{} ** {}".format, st.sampled_from(["a", "2", "(b)"]), st.sampled_from(["2", "b", "3"])),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(TEXTS)
def test_the_code_gives_nnruns_numbers(text: str) -> None:
    found, own = computed(text)
    np.testing.assert_allclose(np.broadcast_to(found, own.shape), own, rtol=1e-14)
