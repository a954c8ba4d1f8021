"""The history of a training as a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from busy import busy_seconds

from nnrun.plots.curves import draw_history
from nnrun.plots.style import LIGHT, Array

HISTORY = {
    "loss": [0.7, 0.5, 0.4],
    "accuracy": [0.5, 0.7, 0.8],
    "val_loss": [0.72, 0.45, 0.48],
    "val_accuracy": [0.4, 0.7, 0.7],
    "learning_rate": [0.001, 0.001, 0.001],
    "seconds": [0.1, 0.2, 0.3],
}


def test_the_same_history_gives_the_same_bytes() -> None:
    assert draw_history(HISTORY, "rounding") == draw_history(HISTORY, "rounding")


@pytest.mark.parametrize("name", ["loss", "accuracy", "val_loss", "val_accuracy"])
def test_another_value_gives_another_picture(name: str) -> None:
    other = HISTORY | {name: [0.6, *HISTORY[name][1:]]}
    assert draw_history(HISTORY, "rounding") != draw_history(other, "rounding")


def test_seconds_and_a_constant_learning_rate_are_not_drawn() -> None:
    bare = {name: values for name, values in HISTORY.items() if name not in ("learning_rate", "seconds")}
    assert draw_history(HISTORY, "rounding") == draw_history(bare, "rounding")


def test_a_learning_rate_that_changes_is_drawn() -> None:
    assert draw_history(HISTORY | {"learning_rate": [0.1, 0.01, 0.001]}, "") != draw_history(HISTORY, "")


def test_the_best_epoch_is_marked_where_there_is_validation(count_of: Callable[[bytes, str], int]) -> None:
    training = {"loss": HISTORY["loss"]}
    assert count_of(draw_history(training, ""), LIGHT.validation) == 0
    assert count_of(draw_history(training | {"val_loss": [0.9, 0.4, 0.8]}, ""), LIGHT.validation) > 0


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), float("-inf")])
def test_a_training_that_diverged_is_marked(count_of: Callable[[bytes, str], int], broken: float) -> None:
    whole = {"loss": [1.0, 2.0, 3.0, 3.0], "accuracy": [0.5, 0.5, 0.5, 0.5]}
    assert count_of(draw_history(whole, ""), LIGHT.warning) == 0
    assert count_of(draw_history(whole | {"loss": [1.0, 2.0, 3.0, broken]}, ""), LIGHT.warning) > 0


@pytest.mark.parametrize(
    "history",
    [
        {},
        {"loss": []},
        {"loss": [0.5]},
        {"accuracy": [0.5, 0.6]},
        {"loss": [float("nan")] * 3, "val_loss": [float("inf")] * 3},
        {"loss": [0.0, 0.0]},
        {"loss": [-3.0, -4.0]},
        {"loss": [1e300, 1e308, -1e308]},
        {"loss": [5e-324, 0.0, 1.0]},
        {"loss": np.array([3e38, -3e38, 1e-38], np.float32)},
        {"loss": np.array([3e38, 1e-38], np.float32), "mae": np.array([3e38, 3e38], np.float32)},
        {"loss": [1.0, 2.0], "val_loss": [1.0]},
        {"loss": [3.0, 2.0], "a_loss": [1.0, 1.0], "b_loss": [2.0, 1.0], "val_a_loss": [1.0, 3.0]},
        {"loss": [3.0, 2.0], "mae": [1.0, 1.0], "mse": [2.0, 1.0], "val_mae": [1.0, 3.0], "val_only": [2.0, 1.0]},
    ],
)
def test_any_history_can_be_drawn(pixels: Callable[[bytes], object], history: dict[str, Any]) -> None:
    pixels(draw_history(history, "any"))


def test_one_epoch_is_seen_as_a_dot(count_of: Callable[[bytes, str], int]) -> None:
    legend = count_of(draw_history({"loss": [float("nan")]}, ""), LIGHT.training)
    assert count_of(draw_history({"loss": [0.5]}, ""), LIGHT.training) > legend + 10


def test_a_loss_of_many_sizes_has_a_logarithmic_scale(pixels: Callable[[bytes], Array]) -> None:
    halves = 0.5 ** np.arange(40)
    page = pixels(draw_history({"loss": halves.tolist()}, "")).astype(int)
    rows, columns = np.nonzero(page[70:440, 90:770, 2] - page[70:440, 90:770, 0] > 120)
    middle = np.abs(columns - 340) < 10
    assert abs(rows[middle].mean() - 185) < 10  # halfway down at half of the time


def test_a_single_spike_in_a_long_training_is_seen(pixels: Callable[[bytes], Array]) -> None:
    loss = np.full(100_000, 0.5)
    loss[54_321] = 1.0
    pages: list[Array] = []
    assert busy_seconds(lambda: pages.append(pixels(draw_history({"loss": loss.tolist()}, ""))), 2.0) < 2.0
    page = pages[-1]
    above_the_plateau = page[85:300, 85:770]
    blue = above_the_plateau[..., 2].astype(int) - above_the_plateau[..., 0] > 60
    assert blue.any(axis=1).sum() > 200


def test_odd_names_are_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw_history({"loss": [0.5, 0.4], odd_text: [0.5, 0.6], f"{odd_text}2": [0.1, 0.2]}, odd_text))
