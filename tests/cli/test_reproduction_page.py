"""What is printed of a run and its reproduction."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

from nnrun.cli.reproduction_page import as_json, as_text
from nnrun.reproduction import MetricPair, Reproduction
from nnrun.runs.identity import Difference

SAME = Reproduction(
    Path("runs/one"),
    Path("runs/two"),
    identical=True,
    weights=True,
    deciding=[],
    machine=[],
    remarks=[],
    epochs=(10, 10),
    metrics=[MetricPair("loss", 0.5, 0.5), MetricPair("mae", 0.25, 0.25)],
    tolerance=1e-3,
)
THREADS = Difference("number of threads", "2", "1")
EQUAL = replace(SAME, identical=False, weights=False, metrics=[MetricPair("loss", 0.5, 0.50001)], deciding=[THREADS])
OTHER = replace(EQUAL, metrics=[MetricPair("loss", 0.5, math.nan)], epochs=(10, 9), deciding=[], remarks=[])


def test_identical_results_are_said_in_a_sentence() -> None:
    assert as_text(SAME, None) == (
        "runs/one was trained again in runs/two: weights and metrics are identical, bit for bit."
    )
    assert "no longer has its weights" in as_text(replace(SAME, weights=None), None)


def test_lines_are_wrapped_at_the_width_of_the_terminal() -> None:
    assert max(map(len, as_text(EQUAL, 60).splitlines())) <= 60


def test_equal_results_come_with_tolerance_largest_difference_and_what_differs() -> None:
    text = as_text(EQUAL, None)
    assert "equal within the tolerance" in text
    assert "loss differs most, by 0.002 %; the tolerance is 0.1 % of the value or 1e-6." in text
    assert text.endswith("\n\nThe number of threads was 2 in the run and is 1 now.")


def test_different_results_name_metrics_and_epochs_and_that_nothing_is_known_to_differ() -> None:
    text = as_text(OTHER, None)
    assert ": different in the number of epochs, loss; loss is finite in one of them only;" in text
    assert text.endswith(
        "Nothing differs of what is recorded and decides a result.\nThe run trained 10 epochs, its reproduction 9."
    )


def test_as_json_every_number_is_there_or_null() -> None:
    content = json.loads(as_json(EQUAL))
    assert (content["result"], content["weights"], content["epochs"]) == ("equal", "different", [10, 10])
    assert content["differences"] == [{"what": "number of threads", "first": "2", "second": "1"}]
    assert content["largest_difference"]["name"] == "loss"
    other = json.loads(as_json(OTHER))
    assert other["result"] == "different"
    assert other["metrics"] == [{"name": "loss", "run": 0.5, "reproduction": None, "difference": None}]
