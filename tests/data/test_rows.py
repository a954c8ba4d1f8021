"""Columns become the arrays that a network takes."""

from __future__ import annotations

import numpy as np
import pytest

from nnrun.data.dataset import Part
from nnrun.data.rows import stack_columns
from nnrun.errors import ExperimentError

PART = Part(
    {
        "a": np.array([[1], [2]], np.float32),
        "b": np.array([[3, 4], [5, 6]], np.float32),
        "image": np.zeros((2, 4, 4, 1), np.float32),
    },
    {
        "label": np.array([[0], [1]], np.int32),
        "other": np.array([[1], [1]], np.int32),
        "y": np.ones((2, 1), np.float32),
    },
)


def test_columns_are_concatenated_in_the_order_of_their_names() -> None:
    assert stack_columns(PART.inputs, ["b", "a"]).tolist() == [[3, 4, 1], [5, 6, 2]]
    assert stack_columns(PART.inputs, ["a"]).tolist() == [[1], [2]]


def test_a_lone_column_keeps_its_shape() -> None:
    assert stack_columns(PART.inputs, ["image"]).shape == (2, 4, 4, 1)


def test_labels_stay_whole_numbers_unless_they_join_others() -> None:
    label, labels, mixed = (
        stack_columns(PART.targets, names) for names in (["label"], ["label", "other"], ["label", "y"])
    )
    assert [array.dtype.name for array in (label, labels, mixed)] == ["int32", "int32", "float32"]
    assert mixed.tolist() == [[0, 1], [1, 1]]


def test_images_are_not_concatenated() -> None:
    with pytest.raises(ExperimentError, match=r"where each row is a vector. Received: a \(1,\), image \(4, 4, 1\)"):
        stack_columns(PART.inputs, ["a", "image"])
