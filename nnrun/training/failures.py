"""Why a training could not go on, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

from nnrun.errors import ExperimentError, NnrunError, Problem, TrainingError
from nnrun.experiment.experiment import Experiment
from nnrun.model.components import reason

# How TensorFlow names an operation that it cannot compile, and Keras a layer that fails.
_NODE = re.compile(r"\{\{node ([^}]*)\}\}")
_CALL = re.compile(r"when calling (\w+)\.call\(\)")


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
        why = error.message.partition("[[")[0].strip().splitlines()[-1]
        raise TrainingError(f"TensorFlow could not go on: {why}.") from error


@contextmanager
def trainable() -> Iterator[None]:
    """Says what Keras refuses only when it trains, such as a layer that does nothing otherwise.

    Raises:
        ExperimentError: Keras refused.
    """
    try:
        yield
    except (NnrunError, tf.errors.OpError):
        raise
    except Exception as error:
        call = _CALL.search(str(error))
        what = call[1] if call else "this model"
        raise ExperimentError(f"Keras cannot train {what}: {reason(error)}") from error


@contextmanager
def compilable(model: keras.Model) -> Iterator[None]:
    """Says what XLA cannot compile.

    Args:
        model: the model that is trained.

    Raises:
        ExperimentError: XLA has no such operation.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if "tf2xla" not in error.message:
            raise
        hint = "Let TensorFlow compute it without: --set engine=graph"
        raise ExperimentError(Problem(_not_compiled(model, error.message), hint=hint)) from error


def _not_compiled(model: keras.Model, message: str) -> str:
    node = _NODE.search(message)
    *scopes, operation = node[1].split("/") if node else [""]
    lacking = f": it has no {operation} here" if operation else ""
    layers = {layer.name: layer for layer in model.layers}
    # A scope that is entered again, as that of a layer always is, has a number behind its name.
    for name in (*(re.sub(r"_\d+$", "", scope) for scope in reversed(scopes)), *reversed(scopes)):
        if name in layers:
            return f'XLA cannot compile the layer "{name}" ({type(layers[name]).__name__}){lacking}.'
    return f"XLA cannot compile this training{lacking}."


def divergence(experiment: Experiment, reason: str, remedy: str | None = None) -> TrainingError:
    """The error of a training that diverged, with what may keep it from doing so again.

    Args:
        experiment: what was asked.
        reason: which number was no longer finite, and when.
        remedy: what the diagnosis advises, which knows more than the experiment; None where there is none.
    """
    return TrainingError(Problem(f"Training diverged: {reason}.", hint=remedy or _calmer(experiment)))


def _calmer(experiment: Experiment) -> str:
    hint = "Try a smaller learning rate, for example --set optimizer.learning_rate="
    rate = experiment.optimizer.arguments.get("learning_rate")
    smaller = f"{rate / 10:g}" if isinstance(rate, int | float) else "0.0001"
    scaled = "" if experiment.data.scale != "none" else ", or scale the inputs: --set data.scale=standard"
    return f"{hint}{smaller}{scaled}."
