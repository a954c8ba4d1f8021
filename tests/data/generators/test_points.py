"""The toy sets have the shapes that their names promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import source_of
from nnrun.data.dataset import Array
from nnrun.experiment.experiment import Component

NAMES = ("moons", "circles", "blobs", "spirals")


def made(name: str, **arguments: Any) -> tuple[Array, Array]:
    """The points (rows, features) and the labels (rows,)."""
    part = source_of(Component("generators", name, arguments)).rows
    return np.concatenate(list(part.inputs.values()), axis=1), part.targets["class"][:, 0]


def test_the_moons_are_half_circles_of_radius_one() -> None:
    points, labels = made("moons", noise=0)
    centers = np.where(labels[:, None] == 0, [0, 0], [1, 0.5])
    np.testing.assert_allclose(np.hypot(*(points - centers).T), 1, rtol=1e-6)


def test_the_inner_circle_has_the_radius_of_the_factor() -> None:
    points, labels = made("circles", noise=0, factor=0.25)
    np.testing.assert_allclose(np.hypot(*points.T), np.where(labels == 0, 1, 0.25), rtol=1e-6)


def test_the_noise_is_a_standard_deviation() -> None:
    points, labels = made("circles", samples=20_000, noise=0.01)
    assert (np.hypot(*points.T) - np.where(labels == 0, 1, 0.5)).std() == pytest.approx(0.01, rel=0.05)


def test_each_blob_has_its_spread() -> None:
    points, labels = made("blobs", samples=30_000, centers=3, features=2, spread=0.5)
    spreads = [points[labels == label].std(axis=0) for label in range(3)]
    np.testing.assert_allclose(spreads, 0.5, rtol=0.05)


def test_a_spiral_winds_outwards_from_its_own_angle() -> None:
    points, labels = made("spirals", samples=400, arms=4, noise=0, turns=0.2)
    for arm in range(4):
        x, y = points[labels == arm].T
        radius = np.hypot(x, y)
        np.testing.assert_allclose(radius, np.arange(1, 101) / 100, rtol=1e-5)
        angle = 2 * np.pi * (0.2 * radius + arm / 4)
        np.testing.assert_allclose((x, y), (radius * np.cos(angle), radius * np.sin(angle)), atol=1e-6)


@given(st.integers(1, 9), st.integers(0, 60))
def test_the_arms_of_a_spiral_differ_by_one_row_at_most(arms: int, more: int) -> None:
    _, labels = made("spirals", samples=arms + more, arms=arms)
    counts = np.bincount(labels, minlength=arms)
    assert counts.max() - counts.min() <= 1
    assert counts.sum() == arms + more


@pytest.mark.parametrize("name", NAMES)
def test_the_classes_are_shared_equally(name: str) -> None:
    _, labels = made(name, samples=60)
    assert len(set(np.bincount(labels).tolist())) == 1
