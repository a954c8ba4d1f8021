"""The `sine` generator: a sine wave with noise."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, number
from nnrun.data.generators.points import noise
from nnrun.data.generators.series import series_columns, series_source, steps


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: amplitude · sin(2π (t / period + phase)) + trend · t + noise."""
    import numpy as np

    t = np.arange(given["samples"])  # (steps,)
    wave = given["amplitude"] * np.sin(2 * np.pi * (t / given["period"] + given["phase"]))
    return series_source(wave + given["trend"] * t + resources.rng.normal(0.0, given["noise"], len(t)))


GENERATOR = Generator(
    "sine",
    "A time series: a sine wave, with a trend and noise if you like.",
    {
        "samples": steps(),
        "period": number("The number of steps of one wave.", 50.0, minimum=2, maximum=1e6),
        "amplitude": number("The height of the wave.", 1.0, maximum=1e6),
        "phase": number("Where the wave begins, as a share of a period.", 0.0, maximum=1),
        "trend": number("What is added with every step.", 0.0, minimum=-1e6, maximum=1e6),
        "noise": noise(0.1, "the values"),
    },
    series_columns,
    _make,
    group="time series",
    pictured=("value",),
)
