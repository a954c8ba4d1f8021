"""The `mackey_glass` generator: the chaotic series of Mackey and Glass."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nnrun.data.dataset import Array, Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, number
from nnrun.data.generators.points import noise
from nnrun.data.generators.series import series_columns, series_source, steps

PARTS = 10  # of a step of the series, for the integration
BURN_IN = 500  # steps before the first row


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: dx/dt = β x(t-τ) / (1 + x(t-τ)ⁿ) - γ x, a value per unit of time, after 500 that are left out.

    Before the first step x is constant, a random number between 0.5 and 1.5 (Mackey and Glass, Oscillation and Chaos in
    Physiological Control Systems, 1977).
    """
    start = resources.rng.uniform(0.5, 1.5)
    delay = round(given["tau"] * PARTS)
    count = (given["samples"] + BURN_IN) * PARTS
    fine = integrate(start, delay, count, given["beta"], given["gamma"], given["exponent"])
    values = fine[BURN_IN * PARTS :: PARTS]  # (steps,)
    return series_source(values + resources.rng.normal(0.0, given["noise"], len(values)))


@dataclass(frozen=True)
class DelayWeights:
    """What a tenth of a step makes of the series: decay · x, and the weights of the delayed term at its two ends."""

    decay: float
    early: float
    late: float


def delay_weights(gamma: float) -> DelayWeights:
    """The weights of a tenth of a step, given the rate of decay."""
    step = 1 / PARTS
    decay = math.exp(-gamma * step)
    late = (1 - (1 - decay) / (gamma * step)) / gamma
    return DelayWeights(decay, (1 - decay) / gamma - late, late)


def integrate(start: float, delay: int, count: int, beta: float, gamma: float, exponent: float) -> Array:
    """The solution at `count` points of time 1 / 10 apart, (count,).

    Within one delay the delayed values are known, and the equation is linear: it is solved exactly for a delayed term
    that is linear between two points.
    """
    import numpy as np
    from scipy.signal import lfilter

    weights = delay_weights(gamma)
    decay = weights.decay
    x = np.full(delay + 1 + count, start)  # (delay + 1 + count,)
    for first in range(delay + 1, len(x), delay):
        last = min(first + delay, len(x))
        delayed = x[first - 1 - delay : last - delay]  # (last - first + 1,)
        term = beta * delayed / (1 + delayed**exponent)
        driven = weights.early * term[:-1] + weights.late * term[1:]
        x[first:last] = lfilter([1.0], [1.0, -decay], driven, zi=[decay * x[first - 1]])[0]
    return x[delay + 1 :]


GENERATOR = Generator(
    "mackey_glass",
    "A chaotic time series, the solution of the Mackey-Glass equation with a delay.",
    {
        "samples": steps(),
        "tau": number("The delay; from about 17 on the series is chaotic.", 17.0, minimum=1, maximum=1000),
        "beta": number("The strength of the delayed term.", 0.2, minimum=0.001, maximum=10),
        "gamma": number("The rate of decay.", 0.1, minimum=0.001, maximum=10),
        "exponent": number("The exponent n in the delayed term.", 10.0, minimum=1, maximum=100),
        "noise": noise(0.0, "the values"),
    },
    series_columns,
    _make,
    group="time series",
    pictured=("value",),
)
