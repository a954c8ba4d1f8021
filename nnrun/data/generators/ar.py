"""The `ar` generator: an autoregressive series."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, number
from nnrun.data.generators.series import series_columns, series_source, steps
from nnrun.experiment.columns import Columns

_BURN_IN = 1000  # steps before the first row, so that it does not depend on where the series begins


def _columns(given: GeneratorArguments) -> Columns:
    """The columns of a series.

    Raises:
        ExperimentError: the coefficients make a series that grows without bounds.
    """
    if not is_stationary(given["coefficients"]):
        message = f"The coefficients must make a stationary series. Received: {given['coefficients']}"
        given.add("coefficients", message, "A single coefficient lies between -1 and 1.")
    given.finish()
    return series_columns(given)


def is_stationary(coefficients: Sequence[float]) -> bool:
    """Whether an autoregressive series is stationary: all its partial autocorrelations lie between -1 and 1.

    They follow from the coefficients by the Levinson-Durbin recursion, run backwards.
    """
    rest = list(coefficients)
    while rest:
        last = rest.pop()
        if not -1 < last < 1:
            return False
        rest = [(a + last * b) / (1 - last * last) for a, b in zip(rest, reversed(rest), strict=True)]
    return True


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: x_t = mean + Σ_i coefficient_i (x_{t-i} - mean) + noise, after 1,000 steps that are left out."""
    import numpy as np
    from scipy.signal import lfilter

    shocks = resources.rng.normal(0.0, given["noise"], given["samples"] + _BURN_IN)  # (burn-in + steps,)
    values = lfilter([1.0], np.r_[1.0, -np.array(given["coefficients"])], shocks)
    return series_source(given["mean"] + values[_BURN_IN:])


GENERATOR = Generator(
    "ar",
    "A time series in which each value is a linear function of the values before it, plus noise.",
    {
        "samples": steps(),
        "coefficients": {
            "description": "The weights of the values before, the latest one first.",
            "type": "array",
            "items": {"type": "number"},
            "minItems": 1,
            "maxItems": 100,
            "default": [0.9],
        },
        "mean": number("The mean of the series.", 0.0, minimum=-1e6, maximum=1e6),
        "noise": number("The standard deviation of the normal noise that is added in each step.", 1.0),
    },
    _columns,
    _make,
    group="time series",
    pictured=("value",),
)
