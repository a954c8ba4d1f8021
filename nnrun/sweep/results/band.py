"""The band around the trials of a configuration in the pictures of a sweep."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnrun.plots.scale import quantiles

Array = np.ndarray[Any, np.dtype[Any]]

_SHARES = (0.1, 0.5, 0.9)


def band_of(values: Array, *, averaged: bool) -> Array:
    """The lower end, the middle and the upper end of the trials of a configuration.

    Args:
        values: of each trial, (trials, ...).
        averaged: whether the trials are folds, of which mean and standard deviation are told, as n - 1 has it; else
            the median and the middle 80 %.

    Returns:
        (3, ...).
    """
    if not averaged:
        return quantiles(values, _SHARES)
    with np.errstate(invalid="ignore"):  # a fold that diverges has no deviation
        mean = np.mean(values, axis=0)
        deviation = np.std(values, axis=0, ddof=1) if len(values) > 1 else np.zeros_like(mean)
        return np.stack([mean - deviation, mean, mean + deviation])


def band_note(*, averaged: bool) -> str:
    """What the band of several trials is."""
    if averaged:
        return "mean of the folds ± their standard deviation"
    return "median of the trials, and the middle 80% of them"
