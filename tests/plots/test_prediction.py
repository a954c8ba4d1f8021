"""Predictions beside the truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnrun.plots.prediction import draw_prediction_1d
from nnrun.plots.style import LIGHT, Array

X = np.linspace(0.0, 2.0, 40)
NONE = np.zeros(0)
CURVE_X = np.linspace(-0.1, 2.1, 100)
NAMES = ("x", "f(x)")


def draw(y: Array, curve: Array, validation: tuple[Array, Array] = (NONE, NONE)) -> bytes:
    return draw_prediction_1d(X, y, *validation, CURVE_X, curve, NAMES, "bilinear")


def test_a_prediction_is_a_line(count_of: Callable[[bytes, str], int]) -> None:
    assert count_of(draw(X**2, CURVE_X**2), LIGHT.prediction) > 300


def test_another_prediction_gives_another_picture() -> None:
    assert draw(X**2, CURVE_X**2) != draw(X**2, CURVE_X**2 + 0.5)


def test_other_data_give_another_picture() -> None:
    assert draw(X**2, CURVE_X**2) != draw(X**2 * 0.9, CURVE_X**2)


def test_validation_rows_are_told_apart() -> None:
    assert draw(X, CURVE_X, (X[:5], X[:5])) != draw(X, CURVE_X)


def test_the_probability_of_each_class_has_a_line_of_its_own(count_of: Callable[[bytes, str], int]) -> None:
    labels = (X > 1).astype(int)
    share = CURVE_X.clip(0, 2) / 2
    png = draw(labels, np.stack([1 - share, share], axis=1), (X[::4], labels[::4]))
    assert count_of(png, LIGHT.color_of(0)) > 300
    assert count_of(png, LIGHT.color_of(1)) > 300


def test_class_labels_may_be_one_column() -> None:
    labels = (X > 1).astype(int)
    curves = np.stack([CURVE_X, 1 - CURVE_X], axis=1)
    assert draw(labels, curves) == draw(labels[:, np.newaxis], curves)


def test_several_targets_have_a_line_each(count_of: Callable[[bytes, str], int]) -> None:
    png = draw(np.stack([X, -X, X**2], axis=1), np.stack([CURVE_X, -CURVE_X, CURVE_X**2], axis=1))
    assert all(count_of(png, LIGHT.color_of(number)) > 200 for number in range(3))


@pytest.mark.parametrize("rows", [0, 1, 10_000])
def test_any_number_of_rows_can_be_drawn(pixels: Callable[[bytes], object], rows: int) -> None:
    x = np.linspace(0.0, 1.0, rows)
    pixels(draw_prediction_1d(x, x, NONE, NONE, CURVE_X, CURVE_X, NAMES, ""))


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("empty", [(0,), (0, 1), (0, 2)])
def test_there_may_be_no_validation_rows(
    pixels: Callable[[bytes], object], outputs: int, empty: tuple[int, ...]
) -> None:
    nothing, y, curve = np.zeros(empty, np.float32), np.zeros((40, outputs)), np.zeros((100, outputs))
    pixels(draw_prediction_1d(X, y, np.zeros(0, np.float32), nothing, CURVE_X, curve, NAMES, ""))


@pytest.mark.parametrize("values", [[0, 0], [1e-38, 1e-38], [3e38, 3e38], [3e38, -3e38]])
def test_float32_of_any_size_and_spread_can_be_drawn(pixels: Callable[[bytes], object], values: list[float]) -> None:
    x = np.array(values, np.float32)
    pixels(draw_prediction_1d(x, x, x, x, x, x, NAMES, ""))


def test_a_prediction_that_is_not_finite_leaves_the_data(pixels: Callable[[bytes], object]) -> None:
    pixels(draw(X, np.full(100, np.nan)))


def test_odd_names_are_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw_prediction_1d(X, X, NONE, NONE, X, X, (odd_text, odd_text), odd_text))


def test_classes_go_by_their_names() -> None:
    labels, curve = (X > 1).astype(int), np.stack([1 - CURVE_X / 2, CURVE_X / 2], axis=1)
    named = draw_prediction_1d(X, labels, NONE, NONE, CURVE_X, curve, NAMES, "", ["low", "high"])
    assert named != draw_prediction_1d(X, labels, NONE, NONE, CURVE_X, curve, NAMES, "")
