"""What a verdict says in words."""

import pytest

from nnrun.runs.verdict import Verdict


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (Verdict("loss < 1.0", 0.5, True, since=31), "0.5, met first at epoch 31"),
        (Verdict("loss < 0.1", 0.5, False, since=3), "0.5, met first at epoch 3, not by the saved weights"),
        (Verdict("loss < 1.0", 0.5, True), "0.5"),
        (Verdict("loss < 1.0", 0.5, True, bound=1.0, margin=0.5), "0.5, margin 0.5"),
        (Verdict("val_loss < loss", 0.5, True, 2, None, 0.6, 0.1), "0.5, bound 0.6, margin 0.1, met first at epoch 2"),
        (Verdict('predicted_class(0) == "cat"', "dog", False, bound="cat"), "dog, bound cat"),
        (Verdict("loss < 1.0", None, False), "not measured"),
        (Verdict("loss > 1.0", None, False, reason="loss is not a number"), "loss is not a number"),
    ],
)
def test_a_verdict_names_value_epoch_and_reason(verdict: Verdict, text: str) -> None:
    assert verdict.describe("{:g}".format) == text


def test_a_verdict_on_something_else_than_an_expectation_is_refused() -> None:
    with pytest.raises(ValueError, match="An expectation is a condition"):
        Verdict("accuracy", 1.0, True)
