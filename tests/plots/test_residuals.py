"""Predictions over the truth, and what is left between them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnrun.plots.residuals import draw_residuals
from nnrun.plots.style import Array

X = np.linspace(0.0, 2.0, 40)


def blue(page: Array) -> Array:
    return page[..., 2].astype(int) - page[..., 0] > 60


def test_right_predictions_lie_on_the_diagonal_and_leave_nothing(pixels: Callable[[bytes], Array]) -> None:
    marks = blue(pixels(draw_residuals(X, X, "price", "")))
    rows, columns = np.nonzero(marks[70:440, 90:380])
    assert np.corrcoef(rows, columns)[0, 1] < -0.99
    assert np.ptp(np.nonzero(marks[70:440, 470:770])[0]) < 12


def test_predictions_that_are_too_high_leave_something_above_nothing(pixels: Callable[[bytes], Array]) -> None:
    high = pixels(draw_residuals(X, X + np.where(X > 1, 0.5, 0.0), "price", ""))
    assert np.ptp(np.nonzero(blue(high)[70:440, 470:770])[0]) > 200


def test_other_predictions_give_another_picture() -> None:
    assert draw_residuals(X, X + 0.1, "y", "") != draw_residuals(X, X + 0.2, "y", "")


@pytest.mark.parametrize("values", [[], [0.0], [3e38, -3e38], [1.0, 1.0], [np.nan, 1.0], [np.inf, np.inf]])
def test_any_values_can_be_drawn(pixels: Callable[[bytes], object], values: list[float]) -> None:
    x = np.array(values, np.float32)
    pixels(draw_residuals(x, x[::-1], "y", ""))


def test_targets_of_several_columns_are_drawn(pixels: Callable[[bytes], object]) -> None:
    true = np.random.default_rng(0).random((4000, 3))
    pixels(draw_residuals(true, true + 0.1, "y", ""))


def test_odd_names_are_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw_residuals(X, X, odd_text, odd_text))
