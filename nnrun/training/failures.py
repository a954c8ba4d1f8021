"""What TensorFlow, XLA and Keras refuse while a model trains, as errors of nnrun."""

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
def tensorflow_errors() -> Iterator[None]:
    """Reports what TensorFlow cannot compute, such as a loss on targets of the wrong kind.

    Raises:
        TrainingError: TensorFlow has failed.
    """
    try:
        yield
    except tf.errors.OpError as error:
        # The reason stands below a long trace and above the node in double brackets.
        why = error.message.partition("[[")[0].strip().splitlines()[-1]
        raise TrainingError(f"TensorFlow failed: {why}.") from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there was not enough memory, which another process may have taken."""
    return isinstance(error, MemoryError) or isinstance(error.__cause__, tf.errors.ResourceExhaustedError)


@contextmanager
def keras_errors() -> Iterator[None]:
    """Reports what Keras refuses only in training, such as a layer that does nothing in inference.

    Raises:
        ExperimentError: Keras has refused a layer or the model.
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
def xla_errors(model: keras.Model) -> Iterator[None]:
    """Reports what XLA cannot compile.

    Args:
        model: the model that is trained.

    Raises:
        ExperimentError: XLA lacks an operation.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if "tf2xla" not in error.message:
            raise
        hint = "Train without XLA: --set engine=graph"
        raise ExperimentError(Problem(_not_compiled(model, error.message), hint=hint)) from error


def _not_compiled(model: keras.Model, message: str) -> str:
    node = _NODE.search(message)
    *scopes, operation = node[1].split("/") if node else [""]
    lacking = f": it does not support {operation} on this device" if operation else ""
    layers = {layer.name: layer for layer in model.layers}
    # A scope that is entered again, as that of a layer always is, has a number behind its name.
    for name in (*(re.sub(r"_\d+$", "", scope) for scope in reversed(scopes)), *reversed(scopes)):
        if name in layers:
            return f'XLA cannot compile the layer "{name}" ({type(layers[name]).__name__}){lacking}.'
    return f"XLA cannot compile this model{lacking}."


def divergence(experiment: Experiment, reason: str, remedy: str | None = None) -> TrainingError:
    """The error of a training that diverged, with advice.

    Args:
        experiment: the experiment.
        reason: which number was no longer finite, and when.
        remedy: the advice of the diagnosis, which knows more than the experiment; None if there is none.
    """
    return TrainingError(Problem(f"Training diverged: {reason}.", hint=remedy or _smaller_rate(experiment)))


def _smaller_rate(experiment: Experiment) -> str:
    hint = "Try a smaller learning rate, for example --set optimizer.learning_rate="
    rate = experiment.optimizer.arguments.get("learning_rate")
    smaller = f"{rate / 10:g}" if isinstance(rate, int | float) else "0.0001"
    scaled = "" if experiment.data.scale != "none" else ", or scale the inputs: --set data.scale=standard"
    return f"{hint}{smaller}{scaled}."
