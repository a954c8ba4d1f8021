"""What a condition on a run looks up: metrics, epochs, predictions, weights, and what another run has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nnrun.experiment.expressions import Call, Comparison, Name, Node

WhichValue = Literal["final", "best", "first", "min", "max"]
PARAMETERS = "parameters"
FACTS = ("epochs", "seconds", PARAMETERS)
FINITE = "finite"
PREDICTION = "prediction"
RESERVED = (*FACTS, FINITE, PREDICTION)  # names that are no metrics; a metric of such a name is final(NAME)


@dataclass(frozen=True)
class Term(Name):
    """Something that is looked up in a run; its name is its text, such as `best(val_loss)`."""


@dataclass(frozen=True)
class MetricTerm(Term):
    """A value of a metric over the epochs.

    Args:
        metric: the metric.
        which: the value of the trained model, the best one, that of the first epoch, the smallest or the largest one.
    """

    metric: str
    which: WhichValue = "final"


@dataclass(frozen=True)
class MetricAt(Term):
    """The value of a metric at an epoch, from 1."""

    metric: str
    epoch: int


@dataclass(frozen=True)
class Decreasing(Term):
    """The share of the steps from one epoch to the next in which a metric decreases."""

    metric: str


@dataclass(frozen=True)
class EpochOf(Term):
    """The first epoch, from 1, at which a condition on the metrics of an epoch holds; infinite where it never does."""

    condition: Node


@dataclass(frozen=True)
class RunFact(Term):
    """The number of epochs, seconds or parameters."""


@dataclass(frozen=True)
class FiniteTerm(Term):
    """Whether the weights and the final metrics are finite."""


@dataclass(frozen=True)
class PredictedNumber(Term):
    """A number of what the network outputs for a sample of `predict`.

    Args:
        sample: the position of the sample, from 0; negative ones count from the end.
        number: the position of the number among those of the sample, likewise; None where it has one.
    """

    sample: int
    number: int | None = None


@dataclass(frozen=True)
class PredictedClass(Term):
    """The class that is predicted for a sample of `predict`, by its cells."""

    cells: tuple[float | str, ...]


@dataclass(frozen=True)
class WeightNumber(Term):
    """A number of a weight.

    Args:
        layer: the layer's name.
        variable: the name of the weight within the layer, such as `kernel`.
        index: its position on each axis, from 0.
    """

    layer: str
    variable: str
    index: tuple[int, ...] = ()


@dataclass(frozen=True)
class BaselineValue(Term):
    """A value that the other run has."""

    value: Node


@dataclass(frozen=True)
class ClassName(Term):
    """The name of a class, as a text."""


def metric_of(term: Term) -> str | None:
    """The metric that is looked up; None where it is something else."""
    return term.metric if isinstance(term, MetricTerm | MetricAt | Decreasing) else None


def terms_of(node: Node) -> Iterator[Term]:
    """The terms of a condition or value, in the order of its text, without those within other terms."""
    match node:
        case Term():
            yield node
        case Call(_, parts) | Comparison(_, parts):
            for part in parts:
                yield from terms_of(part)
