"""The classic toy sets: points in a few dimensions, one class per shape."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Array, Part, as_column
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component


def make_moons(generator: Component, rng: np.random.Generator) -> Part:
    """Two interleaving half circles, as scikit-learn's `make_moons` makes them."""
    from sklearn import datasets

    given = with_defaults(generator)
    return _part(*datasets.make_moons(given["samples"], noise=given["noise"], random_state=_state(rng)))


def make_circles(generator: Component, rng: np.random.Generator) -> Part:
    """A circle of radius `factor` (class 1) in one of radius 1 (class 0): scikit-learn's `make_circles`."""
    from sklearn import datasets

    given = with_defaults(generator)
    return _part(
        *datasets.make_circles(given["samples"], noise=given["noise"], factor=given["factor"], random_state=_state(rng))
    )


def make_blobs(generator: Component, rng: np.random.Generator) -> Part:
    """Round normal clouds of standard deviation `spread`: scikit-learn's `make_blobs`."""
    from sklearn import datasets

    given = with_defaults(generator)
    return _part(
        *datasets.make_blobs(
            given["samples"],
            given["features"],
            centers=given["centers"],
            cluster_std=given["spread"],
            random_state=_state(rng),
        )
    )


def make_spirals(generator: Component, rng: np.random.Generator) -> Part:
    """Arms that wind around the origin.

    Arm k of `arms` with n rows has, for i = 1 … n, the radius r = i / n at the angle 2π (turns · r + k / arms). The
    first arms have one row more where the samples cannot be shared equally.
    """
    given = with_defaults(generator)
    samples, arms = given["samples"], given["arms"]
    labels = np.arange(samples) % arms  # (samples,)
    counts = np.bincount(labels, minlength=arms)
    radius = (np.arange(samples) // arms + 1) / counts[labels]
    angle = 2 * np.pi * (given["turns"] * radius + labels / arms)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (samples, 2)
    return _part(points + rng.normal(0.0, given["noise"], size=points.shape), labels)


def _part(points: Array, labels: Array) -> Part:
    inputs = {f"x{index + 1}": as_column(points[:, index]) for index in range(points.shape[1])}
    return Part(inputs, {"class": as_column(labels, np.int32)})


def _state(rng: np.random.Generator) -> int:
    """A seed for scikit-learn, which takes no NumPy generator."""
    return int(rng.integers(2**32))
