"""Raw rows become what the network takes; everything is fitted on the training rows alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from data.preparation.preparing import RAW, column, prepared, rows
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.dataset import Array, Part
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column, Columns, feature_names

GAP = math.nan


def ages(part: Part) -> list[float]:
    found: list[float] = np.round(part.inputs["age"][:, 0], 4).tolist()
    return found


@pytest.mark.parametrize(
    ("missing", "filled"), [("mean", 4.0), ("median", 3.0), ({"constant": -1}, -1.0), ("indicator", 4.0)]
)
def test_missing_numbers_are_filled_in(missing: Any, filled: float) -> None:
    dataset = prepared(rows([2, GAP, 3, 7]), {"missing": missing}, rows([GAP]))
    assert ages(dataset.training) == [2, filled, 3, 7]
    assert dataset.validation is not None
    assert ages(dataset.validation) == [filled]


def test_an_indicator_says_beside_a_number_whether_it_was_missing() -> None:
    dataset = prepared(rows([2, GAP, 4]), {"missing": "indicator", "scale": "minmax"})
    assert dataset.training.inputs["age"].tolist() == [[0, 0], [0.5, 1], [1, 0]]
    assert dataset.columns is not None
    assert feature_names(dataset.columns.inputs[:1]) == ["age", "age is missing"]


def test_rows_with_a_missing_cell_are_dropped_from_every_part() -> None:
    dataset = prepared(rows([2, GAP, 4], [0, 0, -1]), {"missing": "drop"}, rows([GAP, 5]))
    assert dataset.training.numbers is not None
    assert dataset.training.numbers.tolist() == [1]
    assert dataset.validation is not None
    assert ages(dataset.validation) == [5]


def test_a_missing_target_drops_its_row() -> None:
    training = rows([1, 2, 3], prices=[1, GAP, 3])
    dataset = prepared(training, {"columns": {"price": {"missing": "drop"}}})
    assert dataset.training.targets["price"].tolist() == [[1], [3]]


def test_a_data_set_of_missing_cells_alone_is_refused() -> None:
    with pytest.raises(ExperimentError, match="Every row of a data set has a missing cell"):
        prepared(rows([GAP, GAP]), {"missing": "drop"})
    with pytest.raises(ExperimentError, match='"age" has no number in the training set'):
        prepared(rows([GAP, GAP]), {"missing": "mean"})


def test_numbers_are_filled_in_then_clipped_then_logarithms_then_scaled() -> None:
    settings = {"missing": {"constant": 0}, "clip": [1, math.e**2], "log": True, "scale": "minmax"}
    dataset = prepared(rows([GAP, math.e, 100]), {"columns": {"age": settings}})
    assert ages(dataset.training) == [0, 0.5, 1]


def test_a_number_without_a_logarithm_is_named_with_its_row() -> None:
    with pytest.raises(ExperimentError) as caught:
        prepared(rows([1, 2, 0]), {"columns": {"age": {"log": True}}})
    (problem,) = caught.value.problems
    assert problem.message == '"log" needs numbers above 0. Received: 0 in row 3 of the column "age"'
    assert problem.hint is not None


def test_a_held_out_number_without_a_logarithm_is_refused_too() -> None:
    with pytest.raises(ExperimentError, match="Received: -2 in row 1"):
        prepared(rows([1, 2]), {"columns": {"age": {"log": True}}}, rows([-2]))


def test_columns_have_settings_of_their_own() -> None:
    dataset = prepared(rows([2, 4], [0, 2]), {"columns": {"age": {"scale": "minmax"}}})
    assert ages(dataset.training) == [0, 1]
    assert dataset.training.inputs["city"].tolist() == [[1, 0, 0], [0, 0, 1]]
    assert [*dataset.input_scaling] == ["age"]


def test_a_target_has_settings_too_and_its_scale_can_be_taken_back() -> None:
    dataset = prepared(rows([1, 2], prices=[1, 100]), {"columns": {"price": {"log": True, "scale": "minmax"}}})
    assert dataset.training.targets["price"].tolist() == [[0], [1]]
    np.testing.assert_allclose(dataset.target_scaling["price"].invert(column([0, 0.5, 1])), [[1], [10], [100]], 1e-5)


def test_missing_texts_have_a_number_of_their_own() -> None:
    dataset = prepared(rows([1, 2], [2, -1]), {"missing": "indicator"})
    assert dataset.training.inputs["city"].tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]


FLOATS = st.floats(-1e6, 1e6, width=32)
SETTINGS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "missing": st.sampled_from(["mean", "median", "indicator", "drop"]) | st.just({"constant": 3}),
        "scale": st.sampled_from(["none", "standard", "minmax", "robust"]),
        "words": st.sampled_from(["onehot", "integer"]),
        "max_words": st.integers(1, 3),
    },
    optional={"clip": st.just([-10, 10])},
)


def some_rows(draw: st.DrawFn) -> Part:
    found = draw(st.lists(st.tuples(FLOATS | st.just(GAP), st.integers(-1, 2), FLOATS), min_size=1, max_size=6))
    known = [(7.0, 1, 2.0), *found]  # something to fill gaps from, and a row to keep
    return rows([row[0] for row in known], [row[1] for row in known], [row[2] for row in known])


parts = st.composite(some_rows)()


@given(SETTINGS, parts, parts, parts)
def test_held_out_rows_change_nothing_of_what_is_fitted(
    settings: dict[str, Any], training: Part, held_out: Part, others: Part
) -> None:
    both = [prepared(training, settings, part, scale_targets="standard") for part in (held_out, others)]
    assert both[0].columns == both[1].columns
    for name, values in both[0].training.inputs.items():
        np.testing.assert_array_equal(values, both[1].training.inputs[name])
    np.testing.assert_array_equal(both[0].training.targets["price"], both[1].training.targets["price"])


@given(SETTINGS, parts)
def test_the_numbers_are_those_that_the_columns_foretell(settings: dict[str, Any], training: Part) -> None:
    from nnrun.data.preparation.columns import prepared_columns

    dataset = prepared(training, settings)
    known = prepared_columns(RAW, {"prepare": settings})
    widths = {each.name: each.shape for each in known.inputs}
    assert {name: values.shape[1:] for name, values in dataset.training.inputs.items()} == widths
    assert all(values.dtype == np.float32 for values in dataset.training.inputs.values())
    assert all(np.isfinite(values).all() for values in dataset.training.inputs.values())


CLASSES = Columns((Column("x"),), (Column("kind", is_label=True),), classes=3)


def labelled(labels: list[int]) -> Part:
    return Part({"x": column(range(len(labels)))}, {"kind": np.array(labels, np.int32).reshape(-1, 1)})


def counts(values: Array) -> list[int]:
    found: list[int] = np.bincount(values[:, 0], minlength=3).tolist()
    return found


def test_oversampling_repeats_rows_of_the_small_classes() -> None:
    dataset = prepared(labelled([0, 0, 0, 1, 2, 2]), {"balance": "oversample"}, columns=CLASSES)
    assert counts(dataset.training.targets["kind"]) == [3, 3, 3]
    assert dataset.training.inputs["x"][:6, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert dataset.training.inputs["x"][6:8, 0].tolist() == [3, 3]


def test_undersampling_leaves_out_rows_of_the_large_classes() -> None:
    dataset = prepared(labelled([0, 0, 0, 1, 2, 2]), {"balance": "undersample"}, columns=CLASSES)
    assert counts(dataset.training.targets["kind"]) == [1, 1, 1]


def test_weights_give_every_class_the_same_share() -> None:
    dataset = prepared(labelled([0, 0, 0, 1, 2, 2]), {"balance": "weights"}, columns=CLASSES)
    weights, labels = dataset.training.weights, dataset.training.targets["kind"][:, 0]
    assert weights is not None
    np.testing.assert_allclose([weights[labels == label].sum() for label in range(3)], 2)


@pytest.mark.parametrize("balance", ["oversample", "undersample", "weights"])
def test_balancing_leaves_held_out_rows_alone(balance: str) -> None:
    held_out = labelled([0, 0, 1])
    dataset = prepared(labelled([0, 1, 1]), {"balance": balance}, held_out, columns=CLASSES)
    assert dataset.validation is not None
    assert dataset.validation.targets["kind"].tolist() == [[0], [0], [1]]
    assert dataset.validation.weights is None


def test_balancing_needs_a_class_label() -> None:
    with pytest.raises(ExperimentError, match="needs one target, and that a class label"):
        prepared(rows([1, 2], prices=[0.5, 1]), {"balance": "weights"})
