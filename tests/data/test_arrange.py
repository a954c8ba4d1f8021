"""Columns are joined side by side for the inputs and outputs of a network."""

from __future__ import annotations

import numpy as np
import pytest

from nnrun.data.arrange import stack_inputs, stack_targets
from nnrun.data.dataset import Part
from nnrun.errors import ExperimentError

PART = Part(
    {
        "a": np.array([[1], [2]], np.float32),
        "b": np.array([[3, 4], [5, 6]], np.float32),
        "picture": np.zeros((2, 4, 4, 1), np.float32),
    },
    {
        "label": np.array([[0], [1]], np.int32),
        "other": np.array([[1], [1]], np.int32),
        "y": np.ones((2, 1), np.float32),
    },
)


def test_the_columns_of_a_group_lie_side_by_side_in_the_order_of_the_group() -> None:
    both, lone = stack_inputs(PART, [["b", "a"], ["a"]])
    assert both.tolist() == [[3, 4, 1], [5, 6, 2]]
    assert lone.tolist() == [[1], [2]]


def test_a_lone_column_keeps_its_shape() -> None:
    (picture,) = stack_inputs(PART, [["picture"]])
    assert picture.shape == (2, 4, 4, 1)


def test_labels_stay_whole_numbers_unless_they_join_others() -> None:
    label, labels, mixed = stack_targets(PART, [["label"], ["label", "other"], ["label", "y"]])
    assert [array.dtype.name for array in (label, labels, mixed)] == ["int32", "int32", "float32"]
    assert mixed.tolist() == [[0, 1], [1, 1]]


def test_pictures_join_nothing() -> None:
    with pytest.raises(ExperimentError, match=r"where each row is a vector. Received: a \(1,\), picture \(4, 4, 1\)"):
        stack_inputs(PART, [["a", "picture"]])
