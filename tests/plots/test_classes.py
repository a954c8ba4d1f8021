"""Precision and recall of every class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_score, recall_score

from nnrun.plots.classes import draw_classes, precision_and_recall
from nnrun.plots.confusion import confusion_matrix
from nnrun.plots.style import LIGHT


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_precision_and_recall_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = np.array(pairs).T
    matrix = confusion_matrix(true, predicted, 4)
    precision, recall = precision_and_recall(matrix)
    settings = {"labels": range(4), "average": None, "zero_division": np.nan}
    np.testing.assert_allclose(precision, precision_score(true, predicted, **settings))
    np.testing.assert_allclose(recall, recall_score(true, predicted, **settings))


def test_a_class_that_is_never_found_has_shorter_bars(count_of: Callable[[bytes, str], int]) -> None:
    whole = count_of(draw_classes(np.diag([5, 5]), ["no", "yes"], ""), LIGHT.validation)
    half = count_of(draw_classes(np.array([[5, 0], [5, 0]]), ["no", "yes"], ""), LIGHT.validation)
    assert half < 0.7 * whole


@pytest.mark.parametrize("classes", [1, 2, 10, 24, 25, 100])
def test_any_number_of_classes_can_be_drawn(pixels: Callable[[bytes], object], classes: int) -> None:
    pixels(draw_classes(np.eye(classes, dtype=int), [f"class {number}" for number in range(classes)], ""))


def test_of_many_classes_the_worst_are_drawn() -> None:
    matrix = np.diag(np.full(30, 9))
    worse = matrix.copy()
    worse[29] = np.roll(worse[29], 1)
    names = [str(number) for number in range(30)]
    assert draw_classes(matrix, names, "") != draw_classes(worse, names, "")


def test_classes_without_rows_and_odd_names_can_be_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw_classes(np.zeros((2, 2), int), [odd_text, ""], odd_text))
