"""The toy sets have the shapes that their names promise."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import source_of
from nnrun.data.dataset import Array
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
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


def test_the_class_of_a_cloud_is_the_exclusive_or_of_its_signs() -> None:
    points, labels = made("xor", spread=0)
    assert np.array_equal(np.abs(points), np.ones_like(points))
    assert np.array_equal(labels, (points[:, 0] > 0) ^ (points[:, 1] > 0))
    assert {tuple(point) for point in points.tolist()} == {(-1, -1), (-1, 1), (1, -1), (1, 1)}


@given(st.integers(2, 9))
def test_the_class_is_the_color_of_the_square(squares: int) -> None:
    points, labels = made("checkerboard", samples=300, squares=squares)
    square = np.floor((points + 1) / 2 * squares).clip(0, squares - 1)  # (rows, 2)
    assert np.array_equal(square.sum(axis=1) % 2, labels)
    assert (np.abs(points) <= 1).all()


def test_every_square_of_the_board_has_points() -> None:
    points, _ = made("checkerboard", samples=2000, squares=5)
    assert len({tuple(square) for square in np.floor((points + 1) / 2 * 5).astype(int).tolist()}) == 25


def test_given_gaussians_have_their_means_and_covariances() -> None:
    means, covariances = [[0, 0], [5, -5]], [[[1, 0], [0, 4]], [[1, 0.9], [0.9, 1]]]
    points, labels = made("gaussians", samples=100_000, means=means, covariances=covariances)
    for label in (0, 1):
        np.testing.assert_allclose(points[labels == label].mean(axis=0), means[label], atol=0.05)
        np.testing.assert_allclose(np.cov(points[labels == label].T), covariances[label], atol=0.08)


def test_a_covariance_matrix_may_be_singular() -> None:
    points, _ = made("gaussians", covariances=[[[1, 1], [1, 1]]], means=[[0, 0]])
    np.testing.assert_allclose(points[:, 0], points[:, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"covariances": [[[1, 2], [2, 1]]]},
            "has no negative eigenvalue. Received: [[1, 2], [2, 1]]",
        ),
        ({"covariances": [[[1, 2], [0, 1]]]}, "is symmetric and has no negative eigenvalue"),
        ({"covariances": [[[0, 1], [1, 1]]]}, "is symmetric and has no negative eigenvalue"),
        ({"covariances": [[[1, 0]]]}, "must have the shape [1, 1, 1]"),
        ({"means": [[0, 0], [1]]}, "must have the shape [2, 2]: classes, then features. Received: lists of different"),
        ({"means": [[0, 0]], "classes": 3}, "are those of 1 classes. Received: 3"),
        ({"means": [[0, 0]], "covariances": [[[1]]]}, "must have the shape [1, 2, 2]"),
    ],
)
def test_means_and_covariances_that_do_not_fit_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=re.escape(message)):
        describe_columns(Component("generators", "gaussians", arguments))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"informative": 8, "redundant": 3}, "at most the 10 features. Received: 8 + 3"),
        ({"informative": 1, "classes": 2, "clusters_per_class": 2}, "have room for 2 clusters"),
        ({"weights": [1, 2, 3]}, "a weight for each of the 2 classes"),
        ({"weights": [0, 0]}, "one at least is positive"),
    ],
)
def test_a_classification_problem_that_cannot_be_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=re.escape(message)):
        describe_columns(Component("generators", "classification", arguments))


def test_the_columns_of_a_classification_problem_are_informative_redundant_and_useless_in_this_order() -> None:
    points, labels = made("classification", samples=4000, features=6, informative=2, redundant=2, flip_y=0)
    assert np.linalg.matrix_rank(points[:, :4] - points[:, :4].mean(axis=0), tol=1e-2) == 2
    gaps = np.abs([points[labels == 0, i].mean() - points[labels == 1, i].mean() for i in range(6)])
    assert gaps[4:].max() < 0.1


def test_weights_share_the_rows_among_the_classes() -> None:
    _, labels = made("classification", samples=1000, weights=[9, 1], flip_y=0)
    assert np.bincount(labels).tolist() == [900, 100]


@given(st.integers(0, 2**32))
def test_the_classes_of_a_classification_problem_come_in_random_order(seed: int) -> None:
    source = source_of(Component("generators", "classification", {"samples": 60}), seed=seed)
    labels = source.rows.targets["class"][:, 0]
    assert len(set(labels[:30].tolist())) == 2
