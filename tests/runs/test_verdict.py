"""Verdicts: every expectation is compared with the final value of its own metric."""

import math

import pytest

from nnrun.experiment.expectations import Expectation
from nnrun.runs.verdict import Verdict, judge


def test_every_expectation_is_judged_by_its_metric() -> None:
    expectations = [Expectation("loss", "<", 1), Expectation("loss", "<", 0.1), Expectation("val_loss", "<", 1)]
    assert judge(expectations, {"loss": 0.5, "accuracy": 1.0}, {"loss": [1.0, 0.7, 0.05, 0.5]}, {}) == (
        Verdict("loss < 1.0", 0.5, True, since=2),
        Verdict("loss < 0.1", 0.5, False, since=3),
        Verdict("val_loss < 1.0", None, False),
    )


@pytest.mark.parametrize(
    ("metric", "value", "equal", "reason"),
    [
        ("val_r2_score", math.nan, "validation", "not a number: all targets of the validation set are equal"),
        ("val_r2_score", -123.5, "validation", "undefined: all targets of the validation set are equal"),
        ("test_out_r2_score", -math.inf, "test", "infinite: all targets of the test set are equal"),
        ("pearson_correlation", math.nan, None, "not a number"),
    ],
)
def test_a_metric_that_says_nothing_has_a_reason(metric: str, value: float, equal: str | None, reason: str) -> None:
    parts = {metric: equal} if equal else {}
    (verdict,) = judge([Expectation(metric, ">", 0.5)], {metric: value}, {metric: [value]}, parts)
    assert (verdict.met, verdict.since, verdict.reason) == (False, None, f"{metric} is {reason}")
    assert verdict.describe("{:g}".format).endswith(f"{metric} is {reason}")


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (Verdict("loss < 1.0", 0.5, True, since=31), "0.5, met first at epoch 31"),
        (Verdict("loss < 0.1", 0.5, False, since=3), "0.5, met first at epoch 3, not by the saved weights"),
        (Verdict("loss < 1.0", 0.5, True), "0.5"),
        (Verdict("loss < 1.0", None, False), "not measured"),
        (Verdict("loss > 1.0", None, False, reason="loss is not a number"), "loss is not a number"),
    ],
)
def test_a_verdict_names_value_epoch_and_reason(verdict: Verdict, text: str) -> None:
    assert verdict.describe("{:g}".format) == text


def test_a_metric_of_equal_targets_that_holds_needs_no_reason() -> None:
    (verdict,) = judge([Expectation("mse", "<", 1)], {"mse": 0.1}, {"mse": [0.1]}, {"mse": "training"})
    assert verdict == Verdict("mse < 1.0", 0.1, True, since=1)


def test_a_verdict_on_something_else_than_an_expectation_is_refused() -> None:
    with pytest.raises(ValueError, match="an expectation is METRIC OP NUMBER"):
        Verdict("accuracy", 1.0, True)
