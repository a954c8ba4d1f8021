"""The `spirals` generator: arms that wind around the origin."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer, number
from nnrun.data.generators.points import noise, point_columns, point_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return point_columns(given, features=2, classes=given["arms"])


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: arm k of `arms` with n rows has, for i = 1 … n, r = i / n at the angle 2π (turns · r + k / arms).

    The first arms have one row more where the samples cannot be shared equally.
    """
    import numpy as np

    count, arms = given["samples"], given["arms"]
    labels = np.arange(count) % arms  # (samples,)
    counts = np.bincount(labels, minlength=arms)
    radius = (np.arange(count) // arms + 1) / counts[labels]
    angle = 2 * np.pi * (given["turns"] * radius + labels / arms)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (samples, 2)
    return point_source(points + resources.rng.normal(0.0, given["noise"], size=points.shape), labels)


GENERATOR = Generator(
    "spirals",
    "Arms that wind around the origin from radius 0 to radius 1, one class each.",
    {
        "samples": samples("The number of rows, shared equally among the arms."),
        "arms": integer("The number of arms.", 3, maximum=1000),
        "noise": noise(0.02),
        "turns": number("How often each arm winds around the origin.", 1.0),
    },
    _columns,
    _make,
    group="classification",
)
