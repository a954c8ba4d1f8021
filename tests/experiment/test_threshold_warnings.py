"""Conditions on shares that every training meets, or none, are warned of; others are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnrun.experiment.threshold import parse_threshold
from nnrun.experiment.threshold_warnings import find_threshold_warnings
from nnrun.load import load_experiment

NETWORK = (
    "data: {generator: moons, validation_split: 0.2}\nlayers: [Dense: {units: 1, activation: sigmoid}]\n"
    "loss: binary_crossentropy\noptimizer: sgd\nmetrics: [accuracy, AUC]\nepochs: 2\n"
)


@pytest.mark.parametrize(
    ("condition", "verdict", "hint"),
    [
        ("accuracy >= 95", "never", "Write accuracy >= 0.95."),
        ("val_auc > 99.5", "never", "Write val_auc > 0.995."),
        ("q_binary_accuracy == 100", "never", "Write q_binary_accuracy == 1."),
        ("val_precision < 95", "always", "Write val_precision < 0.95."),
        ("val_f1_score >= 950", "never", "Write a number up to 1."),
    ],
)
def test_percentages_of_a_share_are_warned_of(condition: str, verdict: str, hint: str) -> None:
    threshold = parse_threshold(condition)
    (warning,) = find_threshold_warnings([(threshold, None)])
    assert warning.message == f"{threshold.metric} is at most 1, so this is {verdict} met."
    assert warning.hint == hint
    if hint.startswith("Write a"):
        return
    assert not [*find_threshold_warnings([(parse_threshold(hint.removeprefix("Write ")[:-1]), None)])]


@pytest.mark.parametrize(
    "condition", ["accuracy >= 0.95", "accuracy >= 1", "val_loss < 95", "mae < 3", "val_accuracy_count > 5", "hits > 3"]
)
def test_other_conditions_are_not(condition: str) -> None:
    assert not [*find_threshold_warnings([(parse_threshold(condition), None), (None, None)])]


def test_both_sections_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "exp.yaml"
    more = "expect: [val_accuracy >= 95, best(val_auc) > 0.5]\nsweep: {grid: {seed: [1, 2]}, reach: accuracy >= 90}\n"
    path.write_text(NETWORK + more)
    warnings = load_experiment(path).warnings
    assert [(w.place.line, w.message.split()[0]) for w in warnings if w.place] == [(7, "val_accuracy"), (8, "accuracy")]
