"""The confusion matrix: counted right, and readable."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.plots.confusion import confusion_matrix, draw_confusion
from nnrun.plots.style import Array


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4))))
def test_every_cell_counts_its_pairs(pairs: list[tuple[int, int]]) -> None:
    true, predicted = np.array(pairs, dtype=int).reshape(-1, 2).T
    matrix = confusion_matrix(true, predicted, 5)
    assert matrix.tolist() == [[pairs.count((row, column)) for column in range(5)] for row in range(5)]


@pytest.mark.parametrize("wrong", [-1, 3])
def test_a_class_that_does_not_exist_is_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match=r"class numbers lie in \[0, 3\); received"):
        confusion_matrix(np.array([0, 1]), np.array([0, wrong]), 3)


def test_true_classes_go_down_and_predicted_ones_to_the_right(pixels: Callable[[bytes], Array]) -> None:
    page = pixels(draw_confusion(np.array([[40, 0], [50, 0]]), ["no", "yes"], "")).astype(int)
    blue = page[..., 2] - page[..., 0] > 100
    assert blue[80:420, 150:350].mean() > 0.9
    assert not blue[80:420, 500:750].any()


def test_another_count_gives_another_picture() -> None:
    assert draw_confusion(np.diag([40, 50]), ["no", "yes"], "") != draw_confusion(np.diag([40, 51]), ["no", "yes"], "")


@pytest.mark.parametrize("classes", [1, 20, 21, 300])
def test_any_number_of_classes_can_be_drawn(pixels: Callable[[bytes], object], classes: int) -> None:
    pixels(draw_confusion(np.eye(classes, dtype=int), [f"class {number}" for number in range(classes)], ""))


def test_classes_without_rows_and_names_can_be_drawn(pixels: Callable[[bytes], object]) -> None:
    pixels(draw_confusion(np.zeros((3, 3), int), ["", "", ""], ""))


def test_odd_names_are_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw_confusion(np.eye(2, dtype=int), [odd_text, "b"], odd_text))
