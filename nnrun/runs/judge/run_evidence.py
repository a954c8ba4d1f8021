"""What a run is judged by, and what each term of an expectation is in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nnrun.experiment.expect.faults import find_weight, sample_position
from nnrun.experiment.expect.terms import (
    BaselineValue,
    ClassName,
    Decreasing,
    EpochOf,
    FiniteTerm,
    MetricAt,
    MetricTerm,
    PredictedClass,
    PredictedNumber,
    RunFact,
    Term,
    WeightNumber,
    metric_of,
    terms_of,
)
from nnrun.experiment.metric_direction import larger_is_better
from nnrun.runs.judge.conditions import Scalar, UnknownValue, value_of
from nnrun.runs.judge.first_epoch import first_epoch

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array
    from nnrun.runs.judge.sample_predictions import SamplePredictions

History = Mapping[str, Sequence[float]]


def _nothing() -> Any:
    raise UnknownValue("this is not known of the run")


@dataclass(frozen=True, eq=False)
class RunEvidence:
    """What a run is judged by; what takes long to read is read where a term needs it.

    Args:
        final: the final value of each metric by name; NaN for one that is not a number.
        epochs: the number of trained epochs.
        seconds: how long it took.
        parameters: the number of parameters of the model.
        history: gives each metric by name, a number per epoch.
        weights: gives the weights of the trained model by layer and variable name.
        predictions: gives the predictions for the samples of `predict`.
        samples: these samples as written.
        baseline: the run that it is compared with.
        equal_targets: by metric, the part of the data in which all of its targets are equal.
    """

    final: Mapping[str, float]
    epochs: int | None = None
    seconds: float | None = None
    parameters: int | None = None
    history: Callable[[], History] = _nothing
    weights: Callable[[], Mapping[str, Array]] = _nothing
    predictions: Callable[[], SamplePredictions] = _nothing
    samples: Callable[[], Sequence[Any]] = _nothing
    baseline: RunEvidence | None = None
    equal_targets: Mapping[str, str] = field(default_factory=dict)

    def value(self, term: Term) -> Scalar:
        """What a term is.

        Raises:
            UnknownValue: the run does not have it.
        """
        match term:
            case ClassName(name):
                return name
            case MetricTerm(which="final") | FiniteTerm() | RunFact():
                return self._fact(term)
            case MetricTerm() | MetricAt() | Decreasing() | EpochOf():
                return self._over_epochs(term)
            case PredictedNumber(sample=sample, number=number):
                return self.predictions().number(sample, number)
            case PredictedClass(cells=cells):
                return self._predicted_class(cells)
            case WeightNumber():
                return self._weight(term)
            case BaselineValue(value=value):
                return self._of_baseline(term, value)
        raise TypeError(f"unknown term {term}")

    def _fact(self, term: Term) -> float:
        if isinstance(term, MetricTerm):
            if term.metric not in self.final:
                raise UnknownValue(None)
            return self.final[term.metric]
        if isinstance(term, FiniteTerm):
            return float(self.first_infinite() is None)
        value = {"epochs": self.epochs, "seconds": self.seconds, "parameters": self.parameters}[term.name]
        if value is None:
            raise UnknownValue(f"the {term.name} of the run are not known")
        return float(value)

    def first_infinite(self) -> str | None:
        """The metric or weight that has a number that is not finite, if there is one."""
        metric = next((name for name, value in self.final.items() if not math.isfinite(value)), None)
        if metric is not None:
            return metric
        import numpy as np

        return next((name for name, array in self.weights().items() if not np.isfinite(array).all()), None)

    def _over_epochs(self, term: Term) -> float:
        if isinstance(term, EpochOf):
            history = self.history()
            for part in terms_of(term.condition):
                if metric_of(part) not in history:
                    raise UnknownValue(f"{part.name} is not measured at every epoch")
            epoch = first_epoch(term.condition, history)
            return math.inf if epoch is None else float(epoch)
        assert isinstance(term, MetricTerm | MetricAt | Decreasing)
        values = self.history().get(term.metric)
        if not values:
            raise UnknownValue(f"{term.metric} is not measured at every epoch")
        if isinstance(term, MetricAt):
            if term.epoch > len(values):
                raise UnknownValue(f"the training ended after epoch {len(values)}")
            return values[term.epoch - 1]
        if isinstance(term, Decreasing):
            steps = [after < before for before, after in pairwise(values)]
            if not steps:
                raise UnknownValue("one epoch has no steps")
            return sum(steps) / len(steps)
        return values[0] if term.which == "first" else _extreme(term, values)

    def _predicted_class(self, cells: tuple[float | str, ...]) -> Scalar:
        position = sample_position(cells, self.samples())
        if position is None:
            raise UnknownValue("predict does not have this sample")
        return self.predictions().class_of(position)

    def _weight(self, term: WeightNumber) -> float:
        begin = f"{term.layer}/"
        layer = {name.removeprefix(begin): array for name, array in self.weights().items() if name.startswith(begin)}
        name = find_weight(layer, term.variable)
        if name is None:
            raise UnknownValue(f'there is no weight "{term.layer}/{term.variable}"')
        try:
            return float(layer[name][term.index] if term.index else layer[name].item())
        except (IndexError, TypeError, ValueError):
            raise UnknownValue(f"{term.layer}/{name} has the shape {list(layer[name].shape)}") from None

    def _of_baseline(self, term: Term, value: Any) -> Scalar:
        if self.baseline is None:
            raise UnknownValue("no baseline was given")
        try:
            return value_of(value, self.baseline.value)
        except UnknownValue as error:
            raise UnknownValue(f"{term.name}: {error.reason or 'the baseline does not have it'}") from None


def _extreme(term: MetricTerm, values: Sequence[float]) -> float:
    """The best, smallest or largest finite value."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        raise UnknownValue(f"{term.metric} is finite at no epoch")
    largest = term.which == "max" or (term.which == "best" and larger_is_better(term.metric))
    return max(finite) if largest else min(finite)
