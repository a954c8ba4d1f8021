"""Verdicts: every expectation is compared with the final value of its own metric."""

import pytest

from nnrun.experiment.expectations import Expectation
from nnrun.runs.verdict import Verdict, judge


def test_every_expectation_is_judged_by_its_metric() -> None:
    expectations = [Expectation("loss", "<", 1), Expectation("loss", "<", 0.1), Expectation("val_loss", "<", 1)]
    assert judge(expectations, {"loss": 0.5, "accuracy": 1.0}) == (
        Verdict("loss < 1.0", 0.5, True),
        Verdict("loss < 0.1", 0.5, False),
        Verdict("val_loss < 1.0", None, False),
    )


def test_a_verdict_on_something_else_than_an_expectation_is_refused() -> None:
    with pytest.raises(ValueError, match="an expectation is METRIC OP NUMBER"):
        Verdict("accuracy", 1.0, True)
