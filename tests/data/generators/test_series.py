"""The time series obey their equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from experiments import source_of
from nnrun.data.dataset import Array
from nnrun.data.generators.ar import is_stationary
from nnrun.data.generators.mackey_glass import integrate
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Component


def made(name: str, **arguments: Any) -> Array:
    """The values (steps,)."""
    part = source_of(Component("generators", name, arguments)).rows
    assert part.inputs["t"][:, 0].tolist() == list(range(part.rows))
    return part.targets["value"][:, 0].astype(float)


def test_a_sine_wave_has_its_period_amplitude_phase_and_trend() -> None:
    values = made("sine", samples=200, period=40, amplitude=3, phase=0.25, trend=0.1, noise=0)
    t = np.arange(200)
    np.testing.assert_allclose(values, 3 * np.cos(2 * np.pi * t / 40) + 0.1 * t, atol=1e-5)


def test_an_autoregressive_series_has_its_autocorrelation_mean_and_variance() -> None:
    values = made("ar", samples=200_000, coefficients=[0.8], mean=5, noise=0.6)
    assert np.corrcoef(values[1:], values[:-1])[0, 1] == pytest.approx(0.8, abs=0.01)
    assert (values.mean(), values.std()) == (pytest.approx(5, abs=0.05), pytest.approx(1, abs=0.02))


def test_the_shocks_of_an_autoregressive_series_are_what_its_coefficients_leave() -> None:
    values = made("ar", samples=50_000, coefficients=[0.5, -0.3, 0.2])
    shocks = values[3:] - 0.5 * values[2:-1] + 0.3 * values[1:-2] - 0.2 * values[:-3]
    assert shocks.std() == pytest.approx(1, abs=0.02)
    assert abs(np.corrcoef(shocks[1:], shocks[:-1])[0, 1]) < 0.02


@given(st.lists(st.floats(-1.5, 1.5), min_size=1, max_size=4))
def test_a_series_is_stationary_where_the_roots_of_its_polynomial_lie_inside_the_circle(
    coefficients: list[float],
) -> None:
    largest = np.abs(np.roots([1, *(-np.array(coefficients))])).max(initial=0)
    if abs(largest - 1) > 1e-6:
        assert is_stationary(coefficients) == (largest < 1)


@pytest.mark.parametrize("coefficients", [[1], [0.9, 0.2], [-1.01]])
def test_a_series_without_bounds_is_refused(coefficients: list[float]) -> None:
    with pytest.raises(ExperimentError, match=r"must make a stationary series\. Received"):
        describe_columns(Component("generators", "ar", {"coefficients": coefficients}))


def test_a_short_delay_settles_at_the_fixed_point() -> None:
    np.testing.assert_allclose(made("mackey_glass", tau=2), 1, atol=1e-4)  # β / (1 + x¹⁰) = γ at x = 1


def test_the_chaotic_series_obeys_its_equation() -> None:
    values = integrate(1.2, 170, 300, 0.2, 0.1, 10)[::10]  # (30,): the history is known, and then the first solution
    times = 0.1 + np.arange(30.0)
    precise: dict[str, Any] = {"dense_output": True, "rtol": 1e-11, "atol": 1e-12, "method": "DOP853"}

    def rate(x: Array, delayed: Array | float) -> Array:
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * x

    first = solve_ivp(lambda t, x: rate(x, 1.2), (0, 17), [1.2], **precise).sol
    second = solve_ivp(lambda t, x: rate(x, first(t - 17)), (17, 30), first(17), **precise).sol
    np.testing.assert_allclose(values[:17], first(times[:17])[0], atol=1e-9)
    # The delayed term is taken for linear between two points of time that are 0.1 apart.
    np.testing.assert_allclose(values[17:], second(times[17:])[0], atol=2e-5)


def test_the_usual_series_stays_within_its_attractor() -> None:
    values = made("mackey_glass", samples=5000)
    assert 0.2 < values.min() < 0.5 < 1.2 < values.max() < 1.5
