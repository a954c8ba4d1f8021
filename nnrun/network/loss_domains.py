"""The targets that a loss can take: numbers of a range, or no class labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nnrun.errors import Problem
from nnrun.experiment.experiment import Output
from nnrun.network.target_values import TargetValues

_TOLERANCE = 1e-6  # of 32-bit targets that were scaled
_VALUES = "For other numbers write loss: mse."


@dataclass(frozen=True)
class _Domain:
    """The numbers from `low` to `high`, and what to do where targets are others."""

    low: float
    high: float
    hint: str


_LABELS = _Domain(0, 1, f"Write the two classes as 0 and 1, or as texts. {_VALUES}")
_PROBABILITIES = _Domain(0, 1, f"Write a probability for every class, or labels from 0 with one_hot: true. {_VALUES}")
_HINGE = _Domain(-1, 1, f"Write the two classes as -1 and 1, or as 0 and 1. {_VALUES}")
_COUNTS = _Domain(0, math.inf, _VALUES)
# Outside of these Keras's formulas have no least value, or clip the targets: https://keras.io/api/losses/
_DOMAINS: Mapping[str, _Domain] = {
    "BinaryCrossentropy": _LABELS,
    "BinaryFocalCrossentropy": _LABELS,
    "CategoricalCrossentropy": _PROBABILITIES,
    "CategoricalFocalCrossentropy": _PROBABILITIES,
    "CategoricalHinge": _PROBABILITIES,
    "Dice": _PROBABILITIES,
    "Hinge": _HINGE,
    "KLDivergence": _PROBABILITIES,
    "MeanSquaredLogarithmicError": _COUNTS,
    "Poisson": _COUNTS,
    "SquaredHinge": _HINGE,
    "Tversky": _PROBABILITIES,
}
# Whose formulas are smallest at the targets themselves only where these add up to 1.
_SHARES = frozenset({"CategoricalCrossentropy", "CategoricalFocalCrossentropy", "KLDivergence"})
_SUM_TOLERANCE = 1e-3  # of rounded probabilities
STANDARD = "The targets are scaled to a mean of 0 and a standard deviation of 1"
# Losses that compare the sign of an output with -1 and 1, or with 0 and 1 in their place.
HINGES = frozenset({"Hinge", "SquaredHinge"})
# Losses that compare a value with a value, and are smallest where both are the same.
VALUE_LOSSES = frozenset(
    {
        "Huber",
        "LogCosh",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredError",
        "MeanSquaredLogarithmicError",
        "Poisson",
    }
)


def has_domain(loss: str) -> bool:
    """Whether there are numbers that a loss, by Keras's name for its class, cannot take."""
    return loss in _DOMAINS


def domain_problem(output: Output, loss: str, targets: TargetValues) -> Problem | None:
    """Targets that the loss cannot take, if it cannot.

    Args:
        output: the output that is compared with them.
        loss: the loss by Keras's name for its class.
        targets: the targets.
    """
    domain = _DOMAINS.get(loss)
    if domain is None or (targets.low >= domain.low - _TOLERANCE and targets.high <= domain.high + _TOLERANCE):
        return None
    subject = f"The target {', '.join(output.targets)} {targets.predicate(plural=False)}"
    return Problem(f"{subject}; {output.loss.name} takes {_takes(domain)}.", output.loss.place, domain.hint)


def shares_problem(output: Output, loss: str, totals: tuple[float, float]) -> Problem | None:
    """Targets that are no probabilities of classes under a loss that takes those, if they are none.

    Args:
        output: the output that is compared with them.
        loss: the loss by Keras's name for its class.
        totals: the smallest and the largest sum of a sample's targets.
    """
    if loss not in _SHARES or sums_to_1(totals):
        return None
    message = f"{output.loss.name} takes a probability for every class. The {targets_sum(output, totals)}."
    hint = "For several labels of 0 and 1 write activation: sigmoid, loss: binary_crossentropy."
    return Problem(message, output.loss.place, hint)


def sums_to_1(totals: tuple[float, float]) -> bool:
    """Whether the smallest and the largest sum of a sample's targets are 1, but for rounding."""
    return all(abs(total - 1) < _SUM_TOLERANCE for total in totals)


def targets_sum(output: Output, totals: tuple[float, float]) -> str:
    """What the targets of a sample add up to, in words behind "the".

    Args:
        output: the output that is compared with them.
        totals: the smallest and the largest sum.
    """
    low, high = (f"{total:.4g}" for total in totals)
    names = f"targets ({', '.join(output.targets)})" if output.targets else "targets"
    return f"{names} of a sample add up to {low if low == high else f'between {low} and {high}'}"


def standard_problem(output: Output, loss: str) -> Problem | None:
    """Targets scaled to a mean of 0 under a loss that takes no negative numbers, or labels, if it is one.

    Args:
        output: the output that is compared with them.
        loss: the loss by Keras's name for its class.
    """
    domain = _DOMAINS.get(loss)
    if loss != "SparseCategoricalCrossentropy" and (domain is None or domain.low < 0):
        return None
    takes = _takes(domain) if domain else "labels from 0"
    message = f"{STANDARD}; {output.loss.name} takes {takes}."
    return Problem(message, output.loss.place, "Leave out data.scale_targets, or write data: {scale_targets: minmax}.")


def _takes(domain: _Domain) -> str:
    return f"numbers from {domain.low:g}" + (f" to {domain.high:g}" if math.isfinite(domain.high) else "")


def text_problem(output: Output, loss: str, classes: int) -> Problem | None:
    """A target of texts under a loss for values, whose class labels are no quantities, if there is one."""
    if loss not in VALUE_LOSSES:
        return None
    text = f"The target {', '.join(output.targets)} has texts, {classes} classes; {output.loss.name} compares values."
    hint = f"Write units: {classes}, activation: softmax, and loss: sparse_categorical_crossentropy."
    if classes == 2:
        hint = "Write units: 1, activation: sigmoid, and loss: binary_crossentropy."
    return Problem(text, output.loss.place, hint)
