"""Thresholds that every training is past or none: a metric that is a share is held against a number above 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nnrun.errors import Place, Problem
from nnrun.experiment.metric_direction import is_share
from nnrun.experiment.threshold import Threshold

_PERCENT = 100.0


def find_threshold_warnings(thresholds: Iterable[tuple[Threshold | None, Place | None]]) -> Iterator[Problem]:
    """A warning for each threshold above 1 of a metric that is at most 1 by its name, as one in percent.

    Args:
        thresholds: the thresholds, None for a condition that is none, each with its place.
    """
    for threshold, place in thresholds:
        if threshold is not None and threshold.number > 1 and is_share(threshold.metric):
            verdict = "always" if threshold.operator in ("<", "<=", "!=") else "never"
            message = f"{threshold.metric} is at most 1, so this is {verdict} met."
            share = threshold.number / _PERCENT
            hint = (
                f"Write {threshold.metric} {threshold.operator} {share:.12g}"
                if share <= 1
                else "Write a number up to 1"
            )
            yield Problem(message, place, f"{hint}.")
