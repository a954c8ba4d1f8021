"""Verdicts: a run compared with its expectations."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.experiment.expect.expectation import parse_expectation
from nnrun.experiment.expect.reader import ExpectationReader
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.sample_predictions import SamplePredictions
from nnrun.runs.judge.verdicts import judge
from nnrun.runs.verdict import Verdict

HISTORY = {"loss": [1.0, 0.7, 0.05, 0.5], "val_loss": [0.9, 0.4, 0.6, 0.8], "accuracy": [0.5, 0.9, 0.95, 0.9]}
FINAL = {name: values[-1] for name, values in HISTORY.items()} | {"test_loss": 0.75}
NUMBERS = st.floats(-1e6, 1e6)
LIKE_ABS = ("final", "sqrt", "exp", "log", "log2", "log10")  # described beside others
OPERATORS = st.sampled_from([">=", "<=", "==", "!=", ">", "<"])


def evidence(**changes: Any) -> RunEvidence:
    """A run of four epochs that predicts two samples of two classes, 0 and 1.5."""
    kernel = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    table = SamplePredictions(
        ("row", "x", "predicted_y", "p(y=0)", "p(y=1)"), [(1, 0.0, "0", "0.9", "0.1"), (2, 1.5, "1", "0.3", "0.7")]
    )
    known: dict[str, Any] = {
        "final": FINAL,
        "epochs": 4,
        "seconds": 2.5,
        "parameters": 13,
        "history": lambda: HISTORY,
        "weights": lambda: {"dense/kernel": kernel, "dense/bias": np.zeros(1), "lstm/cell/kernel": kernel},
        "predictions": lambda: table,
        "samples": lambda: [0, [1.5]],
    }
    return RunEvidence(**(known | changes))


def verdict(text: str, **changes: Any) -> Verdict:
    (found,) = judge([parse_expectation(text)], evidence(**changes))
    return found


def test_a_plain_expectation_is_judged_by_the_final_value_of_its_metric() -> None:
    assert verdict("loss<1") == Verdict("loss < 1.0", 0.5, True, since=2, bound=1.0, margin=0.5)
    assert verdict("loss < 0.1") == Verdict("loss < 0.1", 0.5, False, since=3, bound=0.1, margin=-0.4)
    assert verdict("val_acc > 1") == Verdict("val_acc > 1.0", None, False)


@pytest.mark.parametrize(
    ("text", "value", "bound"),
    [
        ("final(loss) >= 0.5", 0.5, 0.5),
        ("best(loss) <= 0.05", 0.05, 0.05),
        ("best(accuracy) >= 0.95", 0.95, 0.95),
        ("first(loss) == 1", 1.0, 1.0),
        ("min(val_loss) < 0.5", 0.4, 0.5),
        ("max(val_loss) < 1", 0.9, 1.0),
        ("at(loss, 2) == 0.7", 0.7, 0.7),
        ("epoch_of(loss <= 0.7) == 2", 2.0, 2.0),
        ("epoch_of(loss < 0.1 and accuracy > 0.9) <= 3", 3.0, 3.0),
        ("loss < 0.1 by epoch 3", 3.0, 3.0),
        ("epochs == 4", 4.0, 4.0),
        ("seconds < 60", 2.5, 60.0),
        ("parameters <= 13", 13.0, 13.0),
        ("finite", "finite", None),
        ("decreasing(loss, 0.6)", 2 / 3, 0.6),
        ("val_loss / loss < 2", 1.6, 2.0),
        ("0.9 <= accuracy", 0.9, 0.9),
        ("loss in [0.4, 0.9]", 0.5, 0.4),
        ("loss in [-0.4, 0.9]", 0.5, 0.9),
        ("loss not in [0.6, 0.9]", 0.5, 0.6),
        ("approx(loss, 0.45, 0.06)", 0.5, 0.45),
        ("not loss > 0.6", 0.5, 0.6),
        ("loss < 1 and val_loss < 0.9", 0.8, 0.9),
        ("loss < 0.1 or val_loss < 0.9", 0.8, 0.9),
        ("test_loss <= 0.75", 0.75, 0.75),
        ("min(loss, val_loss) < 0.6", 0.5, 0.6),
        ("log10(at(loss, 1)) == 0", 0.0, 0.0),
        ("prediction[1][1] > 0.5", 0.7, 0.5),
        ("prediction[-1][-1] > 0.5", 0.7, 0.5),
        ("predicted_class(1.5) == 1", 1.0, 1.0),
        ('weight("dense", "kernel")[1][2] == 6', 6.0, 6.0),
        ('weight("dense", "kernel")[-1, 0] == 4', 4.0, 4.0),
        ('weight("dense", "bias") == 0', 0.0, 0.0),
        ('weight("lstm", "kernel")[0][0] == 1', 1.0, 1.0),
    ],
)
def test_each_form_is_met_with_its_value_and_bound(text: str, value: float | str, bound: float | None) -> None:
    found = verdict(text)
    assert (found.met, found.value, found.bound) == (True, pytest.approx(value) if value != "finite" else value, bound)


def documented() -> list[str]:
    """The examples of the table of the language."""
    page = (Path(__file__).parents[3] / "docs" / "experiment-file.md").read_text(encoding="utf-8")
    section = page.partition("\n## Expectations\n")[2].partition("\n## ")[0]
    return re.findall(r"\| `([^`]*)` \|$", section, re.MULTILINE)


def test_the_table_of_the_language_has_an_example_of_each_function() -> None:
    text = " ".join(documented())
    assert [name for name in ExpectationReader.functions if f"{name}(" not in text and name not in LIKE_ABS] == []


@pytest.mark.parametrize("text", documented())
def test_each_example_of_the_documentation_is_met(text: str) -> None:
    final = FINAL | {"val_accuracy": 0.9}
    history = HISTORY | {"val_accuracy": [0.6, 0.7, 0.8, 0.9]}
    known = {"final": final, "history": lambda: history}
    assert verdict(text, **known, baseline=evidence(**known)).met


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("loss < 0.01 by epoch 4", "it held at no epoch"),
        ("epoch_of(nothing > 1) <= 3", "nothing is not measured at every epoch"),
        ("best(test_loss) < 1", "test_loss is not measured at every epoch"),
        ("at(loss, 5) < 1", "the training ended after epoch 4"),
        ("loss / (accuracy - accuracy) > 1", "the arithmetic has no result"),
        ("prediction[1] > 0.5", "the network outputs 2 numbers for a sample"),
        ("prediction[7][0] > 0.5", "there are 2 predictions"),
        ("predicted_class(0.25) == 1", "predict does not have this sample"),
        ('predicted_class(1.5) == "cat"', "1.0 and cat are a text and a number"),
        ('weight("dense", "kernel")[9][0] > 0', "dense/kernel has the shape [2, 3]"),
        ('weight("conv", "kernel")[0] > 0', 'there is no weight "conv/kernel"'),
        ("loss < baseline(loss)", "no baseline was given"),
        ("not nothing > 1", None),
    ],
)
def test_what_is_not_known_is_not_met_and_told(text: str, reason: str | None) -> None:
    found = verdict(text)
    assert (found.met, found.reason) == (False, reason)


def test_what_is_not_known_decides_only_where_nothing_else_does() -> None:
    assert verdict("loss < 1 or nothing > 1").met
    assert not verdict("loss < 1 and nothing > 1").met
    assert not verdict("not (loss < 1 and nothing > 1)").met
    assert verdict("not (loss > 1 and nothing > 1)").met


def test_another_run_is_the_bound() -> None:
    other = evidence(final={"loss": 0.7}, history=lambda: {"loss": [0.9, 0.7]})
    assert verdict("loss <= baseline(loss)", baseline=other).margin == pytest.approx(0.2)
    assert verdict("best(loss) < 0.5 * baseline(best(loss))", baseline=other).bound == 0.35
    assert verdict("loss < baseline(val_loss)", baseline=other).reason == (
        "baseline(val_loss): the baseline does not have it"
    )


def test_a_class_is_a_name_where_the_data_have_names() -> None:
    table = SamplePredictions(("row", "predicted_kind", "p(kind=cat)"), [(1, "cat", 0.9)])
    changes = {"predictions": lambda: table, "samples": lambda: ["x"]}
    found = verdict('predicted_class("x") == "cat"', **changes)
    assert found == Verdict('predicted_class("x") == "cat"', "cat", True, bound="cat")
    assert not verdict('predicted_class("x") != "cat"', **changes).met
    assert verdict("prediction[0] > 0.8", **changes).met


def test_of_values_there_is_no_class() -> None:
    table = SamplePredictions(("row", "x", "y", "predicted_y", "error"), [(1, 0, 1, 0.75, -0.25)])
    changes = {"predictions": lambda: table, "samples": lambda: [0]}
    assert verdict("prediction[0] == 0.75", **changes).met
    assert verdict("predicted_class(0) == 1", **changes).reason == "the network predicts values, not classes"


def test_a_number_that_is_not_finite_is_named() -> None:
    found = verdict("finite", final={"loss": 1.0, "val_loss": math.inf})
    assert (found.met, found.reason) == (False, "val_loss is not finite")
    found = verdict("finite", weights=lambda: {"dense/kernel": np.array([1.0, np.nan])})
    assert (found.met, found.reason) == (False, "dense/kernel is not finite")


def test_the_first_epoch_is_that_of_a_condition_on_the_metrics_of_an_epoch() -> None:
    assert verdict("loss < 0.8 and accuracy >= 0.95").since == 3
    assert verdict("loss < val_loss").since == 3
    assert verdict("final(loss) < 0.8").since == 2
    assert verdict("best(loss) < 0.8").since is None
    assert verdict("test_loss < 0.8").since is None
    assert verdict("epochs < 9").since is None


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
    known = {"final": {metric: value}, "history": lambda: {metric: [value]}, "equal_targets": parts}
    found = verdict(f"{metric} > 0.5", **known)
    assert (found.met, found.since, found.reason) == (False, None, f"{metric} is {reason}")
    assert found.describe("{:g}".format).endswith(f"{metric} is {reason}")


def test_a_metric_of_equal_targets_that_holds_needs_no_reason() -> None:
    known = {"final": {"mse": 0.1}, "history": lambda: {"mse": [0.1]}, "equal_targets": {"mse": "training"}}
    assert verdict("mse < 1", **known).reason is None


@pytest.mark.parametrize("condition", ["acc >= 0.95", "0.95 <= acc", "acc in [0.95, 1]", "not acc < 1 - 0.05"])
def test_95_of_100_correct_are_enough_for_95_percent_though_metrics_have_32_bits(condition: str) -> None:
    value = 0.949999988079071
    found = verdict(condition, final={"acc": value}, history=lambda: {"acc": [0.9, value]})
    assert (found.met, found.value, found.since) == (True, value, 2)
    assert found.margin in (0.0, None)


@given(NUMBERS, OPERATORS, NUMBERS)
def test_a_margin_is_negative_where_a_comparison_fails_and_never_where_it_holds(
    value: float, symbol: str, bound: float
) -> None:
    found = verdict(f"loss {symbol} {bound!r}", final={"loss": value})
    assert found.margin is not None
    assert found.margin >= 0 if found.met else found.margin <= 0


@given(NUMBERS, NUMBERS, NUMBERS)
def test_and_has_the_smallest_margin_and_or_the_largest(value: float, one: float, other: float) -> None:
    low, high = sorted([one, other])
    final = {"loss": value}
    parts = [f"loss >= {low!r}", f"loss <= {high!r}"]
    margins = [found.margin for text in parts if (found := verdict(text, final=final)).margin is not None]
    assert verdict(" and ".join(parts), final=final).margin == min(margins)
    assert verdict(" or ".join(parts), final=final).margin == max(margins)
    assert verdict(f"loss in [{low!r}, {high!r}]", final=final).margin == min(margins)


@given(NUMBERS, NUMBERS)
def test_not_turns_a_verdict_around(value: float, bound: float) -> None:
    final = {"loss": value}
    assert verdict(f"not loss < {bound!r}", final=final).met is not verdict(f"loss < {bound!r}", final=final).met
