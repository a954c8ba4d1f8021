"""Why a training could not go on, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from nnrun.errors import Problem, TrainingError
from nnrun.spec.experiment import Experiment


@contextmanager
def computable() -> Iterator[None]:
    """Says what TensorFlow could not compute, such as a loss on targets that it is not for.

    Raises:
        TrainingError: TensorFlow gave up.
    """
    try:
        yield
    except tf.errors.OpError as error:
        # Below a long trace stands the reason, and below it the node in double brackets.
        reason = error.message.partition("[[")[0].strip().splitlines()[-1]
        raise TrainingError(f"TensorFlow could not go on: {reason}.") from error


def divergence(experiment: Experiment, reason: str) -> TrainingError:
    """The error of a training that diverged, with what may keep it from doing so again."""
    return TrainingError(Problem(f"Training diverged: {reason}.", hint=_calmer(experiment)))


def _calmer(experiment: Experiment) -> str:
    hint = "Try a smaller learning rate, for example --set optimizer.learning_rate="
    rate = experiment.optimizer.arguments.get("learning_rate")
    smaller = f"{rate / 10:g}" if isinstance(rate, int | float) else "0.0001"
    scaled = "" if experiment.data.scale != "none" else ", or scale the inputs: --set data.scale=standard"
    return f"{hint}{smaller}{scaled}."
