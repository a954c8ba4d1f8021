"""Labels become vectors of one 1 among 0s."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.class_labels import count_classes, label_names, one_hot, probabilities
from nnrun.data.dataset import Array, Part
from nnrun.errors import ExperimentError


def part(values: Sequence[float], dtype: type = np.float32) -> Part:
    column: Array = np.array(values, dtype=dtype).reshape(-1, 1)
    return Part({"x": column}, {"y": column})


@given(st.lists(st.integers(0, 20), min_size=1))
def test_each_vector_has_its_one_at_the_label(labels: list[int]) -> None:
    vectors = one_hot(part(labels).targets["y"], 21)
    assert vectors.shape == (len(labels), 21)
    assert vectors.dtype == np.float32
    assert vectors.argmax(axis=1).tolist() == labels
    assert np.all(vectors.sum(axis=1) == 1)


def test_few_labels_of_many_classes_take_little_memory() -> None:
    tracemalloc.start()
    vectors = one_hot(part([0, 19_999, 7]).targets["y"], 20_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.argwhere(vectors).tolist() == [[0, 0], [1, 19_999], [2, 7]]
    assert peak < 2_000_000


def test_the_classes_are_counted_over_all_parts() -> None:
    assert count_classes([part([0, 1]), part([4])], "y", at_least=0) == 5


def test_known_classes_count_even_where_no_row_has_them() -> None:
    assert count_classes([part([0, 1])], "y", at_least=10) == 10


@pytest.mark.parametrize("value", [-1, 0.5, 10_000])
def test_other_numbers_are_no_labels(value: float) -> None:
    with pytest.raises(ExperimentError, match=f'whole numbers from 0 to 9999. Received: {value:g} in the target "y"'):
        count_classes([part([0, value])], "y", at_least=0)


def test_labels_are_known_by_their_type() -> None:
    assert label_names(part([0, 1], np.int32)) == ["y"]
    assert label_names(part([0, 1])) == []


def test_logits_of_classes_become_shares_of_one_and_others_chances_of_their_own() -> None:
    logits = np.log(np.array([[1, 3], [1, 1]], np.float32))
    np.testing.assert_allclose(probabilities(logits, exclusive=True), [[0.25, 0.75], [0.5, 0.5]], rtol=1e-6)
    np.testing.assert_allclose(probabilities(logits, exclusive=False), [[0.5, 0.75], [0.5, 0.5]], rtol=1e-6)


@pytest.mark.parametrize("exclusive", [True, False])
def test_logits_of_any_size_have_probabilities(exclusive: bool) -> None:
    found = probabilities(np.array([[1e4, -1e4]], np.float32), exclusive=exclusive)
    np.testing.assert_array_equal(found, [[1, 0]])
