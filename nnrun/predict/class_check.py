"""Whether a network predicts classes where an expectation names a class."""

from __future__ import annotations

import keras

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.expect.terms import PredictedClass
from nnrun.experiment.experiment import Experiment
from nnrun.predict.prediction_rows import gives_classes


def refuse_classes_of_values(experiment: Experiment, model: keras.Model) -> None:
    """Refuses expectations that name the class of a sample where the network predicts values.

    Raises:
        ExperimentError: with a problem for each of these.
    """
    found = [
        (placed, expectation, place)
        for expectation, place in experiment.placed_expectations
        for placed in expectation.terms
        if isinstance(placed.term, PredictedClass)
    ]
    pairs = zip(experiment.outputs, model.outputs, strict=True)
    if not found or any(gives_classes(experiment, output, tensor.shape[1:]) for output, tensor in pairs):
        return
    hint = "Compare the value: prediction[0] >= 0.5 for the first sample of predict."
    message = "{} is a class, but the network predicts values."
    raise ExperimentError(
        *(Problem(message.format(p.term.name), e.place_at(p.column, place), hint) for p, e, place in found)
    )
