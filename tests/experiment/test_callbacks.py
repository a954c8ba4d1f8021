"""Callbacks that take the worst epoch for the best one, and those whose patience outlasts the training."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnrun.load import load_experiment


def warnings_of(folder: Path, callback: str, epochs: int = 20, metrics: str = "[accuracy, mae]") -> list[str]:
    file = folder / "exp.yaml"
    file.write_text(
        "data: {generator: moons, validation_split: 0.2}\nlayers: [{Dense: {units: 1, activation: sigmoid}}]\n"
        f"optimizer: adam\nloss: bce\nmetrics: {metrics}\nepochs: {epochs}\ncallbacks: [{{{callback}}}]\n"
    )
    warnings = load_experiment(file).warnings
    assert all(warning.hint and warning.place for warning in warnings)
    return [warning.message for warning in warnings]


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        ("EarlyStopping: {mode: max}", "EarlyStopping takes the largest val_loss for the best one (mode: max)."),
        ("ReduceLROnPlateau: {monitor: mae, mode: max}", "takes the largest mae"),
        ("EarlyStopping: {monitor: val_accuracy, mode: min}", "takes the smallest val_accuracy"),
    ],
)
def test_the_worst_epoch_is_not_the_best_one(callback: str, message: str, tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, callback)
    assert message in warning


@pytest.mark.parametrize(
    "callback",
    [
        "EarlyStopping: {mode: min}",
        "EarlyStopping: {monitor: accuracy, mode: max}",
        "EarlyStopping: {monitor: val_accuracy}",
        "ReduceLROnPlateau: {}",
    ],
)
def test_modes_that_suit_the_metric(callback: str, tmp_path: Path) -> None:
    assert warnings_of(tmp_path, callback) == []


@pytest.mark.parametrize(
    ("callback", "epochs", "count"),
    [
        ("EarlyStopping: {patience: 5}", 7, 0),  # stops after 6 epochs at the earliest
        ("EarlyStopping: {patience: 5}", 6, 1),
        ("EarlyStopping: {patience: 5, restore_best_weights: true}", 6, 0),
        ("EarlyStopping: {patience: 5, baseline: 0.1}", 6, 0),
        ("EarlyStopping: {start_from_epoch: 18}", 20, 1),
        ("EarlyStopping: {}", 1, 0),
        ("EarlyStopping: {patience: 5}", 1, 0),  # one epoch tries a file out
        ("ReduceLROnPlateau: {patience: 4}", 6, 0),
        ("ReduceLROnPlateau: {}", 11, 1),
        ("TerminateOnNaN: {}", 1, 0),
    ],
)
def test_a_patience_that_outlasts_the_training(callback: str, epochs: int, count: int, tmp_path: Path) -> None:
    found = warnings_of(tmp_path, callback, epochs)
    assert len(found) == count
    assert all(f"changes nothing in {epochs} epochs" in warning for warning in found)
