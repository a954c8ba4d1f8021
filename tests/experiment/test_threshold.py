"""Thresholds: what they look like, and when they hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnrun.experiment.threshold import Threshold, parse_threshold

NAMES = st.from_regex(r"([^\W\d]|[0-9]+_)[\w.-]{0,20}", fullmatch=True)
OPERATORS = st.sampled_from([">=", "<=", "==", "!=", ">", "<"])
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("val_accuracy >= 0.98", Threshold("val_accuracy", ">=", 0.98)),
        ("loss<1e-3", Threshold("loss", "<", 0.001)),
        ("  loss  !=  -.5  ", Threshold("loss", "!=", -0.5)),
        ("loss == +1.", Threshold("loss", "==", 1.0)),
        ("out-1_loss > 2", Threshold("out-1_loss", ">", 2.0)),
        ("a.b_loss <= 100000", Threshold("a.b_loss", "<=", 100000.0)),
        ("loss>-1", Threshold("loss", ">", -1.0)),
    ],
)
def test_a_threshold_is_a_metric_an_operator_and_a_number(text: str, threshold: Threshold) -> None:
    assert parse_threshold(text) == threshold


@pytest.mark.parametrize(
    "text",
    [
        "",
        "loss",
        "loss <",
        "< 1",
        "loss =< 1",
        "loss = 1",
        "loss < tiny",
        "loss < 1 %",
        "0.5 < loss < 1",
        "0.5 < 1",
        "loss < nan",
        "loss < ٣",
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a threshold is METRIC OP NUMBER with OP one of >=, <=, ==, !=, >, <$"):
        parse_threshold(text)


def test_the_number_is_finite() -> None:
    with pytest.raises(ValueError, match=r"^a threshold holds a metric against a finite number, not 1e999$"):
        parse_threshold("loss < 1e999")


@given(NAMES, OPERATORS, FINITE)
def test_a_threshold_reads_back_from_its_text(name: str, symbol: str, number: float) -> None:
    threshold = Threshold(name, symbol, number)
    assert parse_threshold(str(threshold)) == threshold


@pytest.mark.parametrize(
    ("symbol", "below", "equal", "above"),
    [
        (">=", False, True, True),
        ("<=", True, True, False),
        ("==", False, True, False),
        ("!=", True, False, True),
        (">", False, False, True),
        ("<", True, False, False),
    ],
)
def test_operators_compare_as_in_arithmetic(symbol: str, below: bool, equal: bool, above: bool) -> None:
    threshold = Threshold("loss", symbol, 0.5)
    assert [threshold.holds(value) for value in (0.4, 0.5, 0.6)] == [below, equal, above]


@pytest.mark.parametrize(("symbol", "holds"), [(">=", True), ("<=", True), ("==", True), (">", False), ("<", False)])
def test_a_value_of_32_bits_is_the_number_that_it_is_nearest_to(symbol: str, holds: bool) -> None:
    threshold, value = Threshold("accuracy", symbol, 0.95), float(np.float32(0.95))
    assert threshold.holds(value) is holds
    assert threshold.holds_each(np.array([value, math.nan])).tolist() == [holds, False]


@given(OPERATORS, st.floats(-1e30, 1e30), st.floats(-1e30, 1e30))
def test_all_other_values_are_compared_exactly(symbol: str, number: float, value: float) -> None:
    assume(value != float(np.float32(number)))
    threshold, exact = Threshold("loss", symbol, number), {">=": value >= number, ">": value > number}
    exact |= {"<": value < number, "<=": value <= number, "==": value == number, "!=": value != number}
    assert threshold.holds(value) is exact[symbol]
    assert threshold.holds_each(np.array([value])).tolist() == [exact[symbol]]


@given(OPERATORS, FINITE)
def test_a_value_that_is_not_a_number_meets_nothing(symbol: str, number: float) -> None:
    assert not Threshold("loss", symbol, number).holds(math.nan)
