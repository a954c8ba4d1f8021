"""The `function` generator draws its columns and computes the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments import source_of
from nnrun.data.dataset import Part
from nnrun.experiment.experiment import Component


def made(seed: int = 0, **arguments: Any) -> Part:
    return source_of(Component("generators", "function", arguments), seed=seed).rows


def test_an_expression_is_computed_from_the_columns_above_it() -> None:
    part = made(samples=50, x="uniform(-1, 1)", double="2 * x", y="double ** 2 + 1")
    np.testing.assert_allclose(part.targets["y"], (2 * part.inputs["x"]) ** 2 + 1, rtol=1e-6)
    assert list(part.inputs) == ["x", "double"]


def test_a_comparison_as_target_is_an_int32_label() -> None:
    part = made(samples=50, x="uniform(0, 1)", y="x >= 0.5")
    assert part.targets["y"].dtype == np.int32
    assert np.array_equal(part.targets["y"], part.inputs["x"] >= 0.5)


def test_a_comparison_as_input_is_float32() -> None:
    part = made(samples=5, x="uniform(0, 1)", up="x >= 0.5", y="x")
    assert part.inputs["up"].dtype == np.float32


def test_uniform_stays_between_low_and_high() -> None:
    x = made(samples=2000, x="uniform(2, 5)", y="x").inputs["x"]
    assert 2 <= x.min() < 2.1
    assert 4.9 < x.max() <= 5


def test_normal_has_its_mean_and_standard_deviation() -> None:
    x = made(samples=20_000, x="normal(3, 0.5)", y="x").inputs["x"]
    assert (x.mean(), x.std()) == (pytest.approx(3, abs=0.02), pytest.approx(0.5, abs=0.02))


def test_linspace_includes_both_ends() -> None:
    assert made(samples=5, x="linspace(0, 1)", y="x").inputs["x"][:, 0].tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_choice_takes_each_value_as_often_as_it_is_named() -> None:
    x = made(samples=10_000, x="choice(1, 2, 2, 7)", y="x").inputs["x"]
    shares = [float(np.mean(x == value)) for value in (1, 2, 7)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.02)


def test_grids_span_their_cartesian_product_with_the_last_one_fastest() -> None:
    part = made(a="grid(0, 1, 2)", b="grid(0, 2, 3)", y="a + b")
    assert part.inputs["a"][:, 0].tolist() == [0, 0, 0, 1, 1, 1]
    assert part.inputs["b"][:, 0].tolist() == [0, 1, 2, 0, 1, 2]
    assert part.targets["y"][:, 0].tolist() == [0, 1, 2, 1, 2, 3]


def test_noise_is_added_to_number_targets_alone() -> None:
    arguments: dict[str, Any] = {"x": "linspace(0, 1)", "up": "x > 0.5", "y": "x", "target": ["up", "y"]}
    part = made(samples=20_000, noise=0.1, **arguments)
    error = part.targets["y"] - part.inputs["x"]
    assert (error.mean(), error.std()) == (pytest.approx(0, abs=0.01), pytest.approx(0.1, abs=0.01))
    assert np.array_equal(part.targets["up"], part.inputs["x"] > 0.5)


def test_noise_may_be_a_distribution() -> None:
    part = made(samples=1000, x="linspace(0, 1)", y="0", noise="uniform(2, 3)")
    assert 2 <= part.targets["y"].min() < part.targets["y"].max() <= 3


def test_noise_does_not_change_the_columns() -> None:
    plain, noisy = (made(samples=9, noise=noise, x="normal(0, 1)", y="x", z="2 * y") for noise in (0, 0.5))
    assert np.array_equal(plain.inputs["y"], noisy.inputs["y"])
    assert not np.array_equal(plain.targets["z"], noisy.targets["z"])
