"""What an expectation names that a run will not have, as far as that is known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem, did_you_mean, first_problems, listed
from nnrun.experiment.expect.expectation import Expectation
from nnrun.experiment.expect.reader import PlacedTerm
from nnrun.experiment.expect.section import PlacedExpectation
from nnrun.experiment.expect.terms import BaselineValue, MetricAt, PredictedClass, PredictedNumber, WeightNumber

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class RunParts:
    """What is known of the parts of a run that expectations name.

    Args:
        epochs: the most epochs; None where that is not known.
        weights: the shapes of the weights of each layer, by the names of layer and weight; None for a layer whose
            weights are not known, or for all of them.
        samples: the samples of `predict` as written; None where they are not known.
        numbers: how many numbers the network outputs for a sample; None where that is not known.
        several: why predictions and weights are those of several networks, if they are; the end of a sentence.
        alone: why there is no baseline, if there cannot be one; a sentence.
    """

    epochs: int | None = None
    weights: Mapping[str, Shapes | None] | None = None
    samples: Sequence[Any] | None = None
    numbers: int | None = None
    several: str | None = None
    alone: str | None = None


def find_expectation_problems(expected: Sequence[PlacedExpectation], known: RunParts) -> Iterator[Problem]:
    """A problem for each epoch, weight, sample and baseline that a run will not have.

    Args:
        expected: the expectations.
        known: what is known of the run.
    """
    for expectation, place in expected:
        yield from _late_epochs(expectation, place, known.epochs)
        for placed in expectation.terms:
            problem = _alone(placed, known) if isinstance(placed.term, BaselineValue) else None
            if not placed.of_baseline:
                problem = problem or _term_problem(placed, known)
            if problem:
                message, hint = problem
                yield Problem(message, expectation.place_at(placed.column, place), hint)


def refuse_unknown_parts(expected: Sequence[PlacedExpectation], known: RunParts) -> None:
    """Refuses expectations that name what a run will not have.

    Raises:
        ExperimentError: with a problem for each of these.
    """
    if problems := first_problems(find_expectation_problems(expected, known)):
        raise ExperimentError(*problems)


def find_weight(weights: Mapping[str, Any], variable: str) -> str | None:
    """The whole name of a weight within its layer: its own, or the only one that ends so, as `lstm_cell/kernel`."""
    if variable in weights:
        return variable
    ending = [name for name in weights if name.endswith(f"/{variable}")]
    return ending[0] if len(ending) == 1 else None


_Fault = tuple[str, str | None]


def _late_epochs(expectation: Expectation, place: Place | None, epochs: int | None) -> Iterator[Problem]:
    """Epochs after the last one."""
    terms = [(p.term.epoch, p.column) for p in expectation.terms if isinstance(p.term, MetricAt) and not p.of_baseline]
    for epoch, column in [*terms, *([expectation.deadline] if expectation.deadline else [])]:
        if epochs is not None and epoch > epochs:
            message = f"Epoch {epoch} is after the last one, {epochs}."
            yield Problem(message, expectation.place_at(column, place), "Name an earlier epoch, or train more epochs.")


def _alone(placed: PlacedTerm, known: RunParts) -> _Fault | None:
    if known.alone is None:
        return None
    return known.alone, "Compare a finished run: nnrun judge RUN --baseline OTHER"


def _term_problem(placed: PlacedTerm, known: RunParts) -> _Fault | None:
    term = placed.term
    if known.several and isinstance(term, PredictedNumber | PredictedClass | WeightNumber):
        return (
            f"The expectation looks up {term.name} of one network, but {known.several}.",
            "Write a condition on metrics.",
        )
    match term:
        case WeightNumber():
            return None if known.weights is None else _weight_problem(term, known.weights)
        case PredictedNumber():
            return None if known.samples is None else _prediction_problem(term, len(known.samples), known.numbers)
        case PredictedClass():
            return None if known.samples is None else _class_problem(term, known.samples)
    return None


def _weight_problem(term: WeightNumber, layers: Mapping[str, Shapes | None]) -> _Fault | None:
    if term.layer not in layers:
        hint = did_you_mean(term.layer, layers) or f"The layers are: {listed([*layers])}."
        return f'Unknown layer "{term.layer}".', hint
    weights = layers[term.layer]
    if weights is None:
        return None
    name = find_weight(weights, term.variable)
    if name is None:
        names = did_you_mean(term.variable, weights) or f"Its weights are: {listed([*weights])}."
        return f'The layer "{term.layer}" has no weight "{term.variable}".', names if weights else None
    shape = weights[name]
    written = f'weight("{term.layer}", "{term.variable}")'
    whole = f'The {term.variable} of the layer "{term.layer}" has the shape {list(shape)}.'
    if len(term.index) != len(shape) and (term.index or math.prod(shape) != 1):
        return f"{whole} Received: {term.name}", f"Name one number: {written}{''.join('[0]' for _ in shape)}"
    if not all(-size <= i < size for i, size in zip(term.index, shape, strict=False)):
        return f"{whole} Received: {term.name}", "Positions count from 0."
    return None


def _prediction_problem(term: PredictedNumber, samples: int, numbers: int | None) -> _Fault | None:
    if not samples:
        return f"There is no sample in predict. Received: {term.name}", "For example: predict: [0.7]"
    if not -samples <= term.sample < samples:
        message = f"The setting predict has {_counted(samples, 'sample')}. Received: {term.name}"
        return message, f"The last one is prediction[{samples - 1}]."
    if numbers is None:
        return None
    message = f"The network outputs {_counted(numbers, 'number')} for a sample. Received: {term.name}"
    if term.number is None and numbers > 1:
        return message, f"Name one of them: prediction[{term.sample}][0]"
    if term.number is not None and not -numbers <= term.number < numbers:
        return message, "Positions count from 0."
    return None


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _class_problem(term: PredictedClass, samples: Sequence[Any]) -> _Fault | None:
    if sample_position(term.cells, samples) is not None:
        return None
    cells = ", ".join(f"{cell:g}" if isinstance(cell, float) else cell for cell in term.cells)
    sample = f"[{cells}]" if len(term.cells) > 1 else cells
    return f"The sample of {term.name} is none of predict.", f"Add it to predict: [{sample}]"


def sample_position(cells: Sequence[float | str], samples: Sequence[Any]) -> int | None:
    """The position of a sample among those of `predict`, from 0; None where it is none of them."""
    written = ([*each] if isinstance(each, list) else [each] for each in samples)
    return next((i for i, each in enumerate(written) if each == [*cells]), None)
