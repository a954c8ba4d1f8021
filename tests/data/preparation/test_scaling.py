"""Scales are fitted feature by feature, and can be taken back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nnrun.data.dataset import Array, ColumnScale
from nnrun.data.preparation.scaling import apply_scales, fit_scale, units
from nnrun.experiment.column_steps import ColumnSteps


def fit_scales(columns: dict[str, Array], scaling: str) -> dict[str, ColumnScale]:
    """The scale of every column."""
    steps = ColumnSteps(scale=scaling)  # type: ignore[arg-type]
    scales = {name: fit_scale(values, steps) for name, values in columns.items()}
    return {name: scale for name, scale in scales.items() if scale}


COLUMNS = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=4, max_side=5), elements=st.floats(-1000, 1000, width=16)
)


@given(COLUMNS)
def test_standard_brings_each_feature_to_mean_zero_and_deviation_one(values: Array) -> None:
    scaled = fit_scales({"x": values}, "standard")["x"].apply(values).astype(np.float64)
    varied = values.max(axis=0) > values.min(axis=0)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0)[varied], 1, rtol=1e-4)


@given(COLUMNS)
def test_minmax_brings_each_feature_to_the_range_from_zero_to_one(values: Array) -> None:
    scaled = fit_scales({"x": values}, "minmax")["x"].apply(values)
    varied = values.max(axis=0) > values.min(axis=0)
    assert np.all(scaled.min(axis=0) == 0)
    assert np.all(scaled.max(axis=0)[varied] == 1)


@given(COLUMNS, st.sampled_from(["standard", "minmax"]))
def test_a_constant_feature_becomes_zero(values: Array, scaling: str) -> None:
    constant = np.broadcast_to(values[:1], values.shape)
    scale = fit_scales({"x": constant}, scaling)["x"]
    assert not scale.apply(constant).any()
    assert np.all(scale.factor == 1)


@given(COLUMNS, st.sampled_from(["standard", "minmax"]))
def test_inverting_a_scale_gives_the_values_back(values: Array, scaling: str) -> None:
    scale = fit_scales({"x": values}, scaling)["x"]
    np.testing.assert_allclose(scale.invert(scale.apply(values)), values, rtol=1e-5, atol=1e-3)


@given(COLUMNS, st.sampled_from(["standard", "minmax"]))
def test_the_unit_of_a_column_is_what_1_on_its_scale_becomes(values: Array, scaling: str) -> None:
    scales = fit_scales({"x": values}, scaling)
    unit = units(scales)["x"]
    steps = 1 / scales["x"].factor
    assert unit is None if np.ptp(steps) else unit == pytest.approx(steps.flat[0])


def test_the_unit_is_the_standard_deviation_or_the_range() -> None:
    values = np.array([[1], [3]], dtype=np.float32)
    assert units(fit_scales({"x": values}, "standard")) == {"x": 1.0}
    assert units(fit_scales({"x": values}, "minmax")) == {"x": 2.0}


def test_scaled_values_are_float32() -> None:
    values = np.array([[1], [2]], dtype=np.float32)
    scale = fit_scales({"x": values}, "standard")["x"]
    assert scale.apply(values).dtype == scale.invert(values).dtype == np.float32


def test_columns_without_a_scale_stay_as_they_are() -> None:
    values = np.array([[1], [3]], dtype=np.float32)
    scaled = apply_scales({"x": values, "y": values}, fit_scales({"x": values}, "minmax"))
    assert scaled["x"].tolist() == [[0], [1]]
    assert scaled["y"] is values


def test_none_fits_no_scale() -> None:
    assert fit_scales({"x": np.ones((2, 1))}, "none") == {}


@given(arrays(np.float32, (7, 2), elements=st.floats(-1000, 1000, width=16)))
def test_robust_is_the_robust_scaler_of_scikit_learn(values: Array) -> None:
    from sklearn.preprocessing import RobustScaler

    scaled = fit_scales({"x": values}, "robust")["x"].apply(values)
    known = RobustScaler().fit_transform(values.astype(np.float64))
    np.testing.assert_allclose(scaled, known, rtol=1e-5, atol=1e-5)


def test_the_scale_of_logarithms_has_no_unit() -> None:
    scale = fit_scale(np.array([[1], [3]], np.float32), ColumnSteps(log=True, scale="standard"))
    assert scale is not None
    assert units({"x": scale}) == {"x": None}


@given(arrays(np.float32, (5, 1), elements=st.floats(0.5, 1000, width=16)), st.sampled_from(["none", "minmax"]))
def test_a_logarithm_is_taken_back(values: Array, scaling: str) -> None:
    scale = fit_scale(values, ColumnSteps(log=True, scale=scaling))  # type: ignore[arg-type]
    assert scale is not None
    np.testing.assert_allclose(scale.invert(scale.apply(values)), values, rtol=1e-4)
