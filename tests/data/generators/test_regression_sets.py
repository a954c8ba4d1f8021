"""The regression problems are the formulas that their documentation gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments import source_of
from nnrun.data.dataset import Array
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Component


def made(name: str, **arguments: Any) -> tuple[Array, Array]:
    """The points (features, rows), and the target (rows,)."""
    part = source_of(Component("generators", name, arguments)).rows
    return np.concatenate(list(part.inputs.values()), axis=1).T.astype(float), part.targets["y"][:, 0]


def test_the_first_friedman_problem() -> None:
    x, y = made("friedman1", features=7)
    expected = 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]
    np.testing.assert_allclose(y, expected, rtol=1e-4)
    assert len(x) == 7


def test_the_second_friedman_problem() -> None:
    x, y = made("friedman2")
    np.testing.assert_allclose(y, np.hypot(x[0], x[1] * x[2] - 1 / (x[1] * x[3])), rtol=1e-4)


def test_the_third_friedman_problem() -> None:
    x, y = made("friedman3")
    np.testing.assert_allclose(y, np.arctan2(x[1] * x[2] - 1 / (x[1] * x[3]), x[0]), rtol=1e-3, atol=1e-5)


def test_the_target_of_the_swiss_roll_is_its_angle() -> None:
    x, t = made("swiss_roll")
    np.testing.assert_allclose(x[[0, 2]], [t * np.cos(t), t * np.sin(t)], atol=1e-4)


def test_the_swiss_roll_may_have_a_hole() -> None:
    def rows_within(**arguments: Any) -> int:
        x, t = made("swiss_roll", samples=2000, **arguments)
        return int(((np.abs(t - 3 * np.pi) < 1) & (np.abs(x[1] - 10.5) < 2)).sum())

    assert rows_within() > 0 == rows_within(hole=True)


def test_the_target_of_the_s_curve_is_where_along_it_a_point_lies() -> None:
    x, t = made("s_curve")
    np.testing.assert_allclose(x[[0, 2]], [np.sin(t), np.sign(t) * (np.cos(t) - 1)], atol=1e-5)


def test_a_linear_problem_depends_on_its_informative_columns_alone() -> None:
    x, y = made("regression", features=6, informative=2, bias=5)
    weights, *_ = np.linalg.lstsq(np.vstack([x, np.ones(len(y))]).T, y, rcond=None)
    assert weights[6] == pytest.approx(5, abs=1e-3)
    assert (np.abs(weights[:2]) > 1).all()
    np.testing.assert_allclose(weights[2:6], 0, atol=1e-3)


def test_the_noise_of_a_problem_is_a_standard_deviation() -> None:
    plain, noisy = (made("friedman2", samples=20_000, noise=noise)[1] for noise in (0, 100))
    assert (noisy - plain).std() == pytest.approx(100, rel=0.05)


def test_several_targets_are_columns_of_their_own() -> None:
    part = source_of(Component("generators", "regression", {"targets": 3})).rows
    assert list(part.targets) == ["y1", "y2", "y3"]


def test_more_informative_columns_than_there_are_are_refused() -> None:
    with pytest.raises(ExperimentError, match=r"At most all 3 input columns are informative\. Received: 5"):
        describe_columns(Component("generators", "regression", {"features": 3}))
