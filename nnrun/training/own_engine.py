"""The engine of networks with parts of the user's own: a graph where they can be traced, else Keras's `fit`."""

from __future__ import annotations

import keras

from nnrun.data.rows import Rows
from nnrun.experiment.code.custom_section import SECTION
from nnrun.experiment.experiment import Experiment
from nnrun.model.components import reason
from nnrun.training.program import Program
from nnrun.training.rule import ComputedBy


def engine_of_own_parts(
    experiment: Experiment, model: keras.Model, training: Rows, validation: Rows | None, engine: ComputedBy
) -> tuple[ComputedBy, str | None]:
    """The engine that computes an experiment, and why where the user should know.

    Args:
        experiment: the experiment.
        model: its model.
        training: the training set.
        validation: the validation set, if any.
        engine: the engine that the rule for Keras's own parts selects.
    """
    if SECTION not in experiment.resolved or experiment.engine != "auto":
        return engine, None
    own = [callback.name for callback in experiment.callbacks if callback.code]
    if own:
        return engine, f"The engine is keras: the callback {own[0]} is of your own and may look at every batch."
    if engine == "keras":
        return engine, None
    try:
        Program(model, experiment.batch_size, training, validation, trace=False, xla=engine == "xla").trace()
    except Exception as error:
        return "keras", f"The engine is keras: TensorFlow cannot make one graph of this training: {reason(error)}"
    return engine, None
