"""An experiment as a compiled Keras model."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from nnrun.data.rows import Rows, input_shapes, single
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment, Input, Layer, Precision
from nnrun.model.compat import build_metrics_and_loss, reset_names
from nnrun.model.components import build_component, reason, refusal
from nnrun.model.index_check import check_indices
from nnrun.model.metric_check import check_metrics
from nnrun.model.target_check import check_targets

Shape = tuple[int, ...]

# The number of rows in the batch that a model is checked with. Shapes that do not match may still broadcast with one
# row, or with as many as the output has units.
_CHECKED_ROWS = 13


def build_model(experiment: Experiment, rows: Rows) -> keras.Model:
    """Builds and compiles the network with all its variables; the initial weights follow from the experiment's seed.

    A plain stack becomes a `keras.Sequential`, every other graph a functional `keras.Model`. Both create the same
    layers in the same order, so the same seed gives the same weights.

    Args:
        experiment: the experiment.
        rows: the training set, whose shapes the inputs and outputs must have.

    Raises:
        ExperimentError: Keras refuses a layer, the optimizer, a loss or a metric, or the shapes do not match.
    """
    check_indices(experiment, rows.inputs)
    with computing_in(experiment.precision):
        model = _build(experiment, [array.shape[1:] for array in rows.inputs])
        check_targets(experiment, model, rows)
        _compile(model, experiment)
        _create_variables(model, experiment, rows)
    return model


def build_network(experiment: Experiment, *, compiled: bool = False) -> keras.Model:
    """Builds the network for inputs of the shapes that the experiment's columns have, without any row.

    Args:
        experiment: the experiment.
        compiled: whether it gets the optimizer, the losses and the metrics.

    Raises:
        ExperimentError: Keras refuses a layer, the optimizer, a loss or a metric.
    """
    with computing_in(experiment.precision):
        model = _build(experiment, input_shapes(experiment))
        if compiled:
            _compile(model, experiment)
    return model


@contextmanager
def computing_in(precision: Precision) -> Iterator[None]:
    """Sets the precision of the layers that are created in this block."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _build(experiment: Experiment, shapes: Sequence[Shape]) -> keras.Model:
    """The network for inputs of these shapes; its initial weights follow from the experiment's seed."""
    keras.utils.set_random_seed(experiment.seeds.weights)
    reset_names()
    taken = any(layer.name.startswith("input_layer") for layer in experiment.layers)
    pairs = zip(experiment.inputs, shapes, strict=True)
    tensors = {i.name: _enter(i, shape, i.name if taken else None) for i, shape in pairs}
    entries = list(tensors.values())
    layers = []
    for layer in experiment.layers:
        built = build_component(layer.component, name=layer.name)
        tensors[layer.name] = _call(built, layer, [tensors[name] for name in layer.inputs])
        layers.append(built)
    ends = [tensors[output.layer] for output in experiment.outputs]
    try:
        if experiment.is_stack:
            return keras.Sequential([entries[0], *layers], name=_model_name(experiment))
        return keras.Model(single(entries), single(ends), name=_model_name(experiment))
    except Exception as error:
        raise _cannot_train(experiment, error) from error


def _model_name(experiment: Experiment) -> str:
    return experiment.name.replace("-", "_").replace(".", "_")


def _enter(entry: Input, shape: Shape, name: str | None) -> Any:
    """The symbolic input; a shape that is written is checked against the data's.

    Args:
        entry: the input.
        shape: that of a sample of its data.
        name: the name of an input without one; None for Keras's own, `input_layer`.
    """
    arguments = dict(entry.component.arguments) if entry.component else {}
    written = arguments.pop("shape", None)
    if written is not None and not _fits(tuple(written), shape):
        place = entry.component.places.get("shape") if entry.component else None
        message = f'The input "{entry.name}" is written with the shape {list(written)}, the data have {list(shape)}.'
        raise ExperimentError(Problem(message, place))
    return keras.Input(shape=written or shape, **{"name": name, **arguments})


def _fits(written: tuple[int | None, ...], shape: Shape) -> bool:
    return len(written) == len(shape) and all(w in (None, s) for w, s in zip(written, shape, strict=True))


def _call(built: Any, layer: Layer, tensors: list[Any]) -> Any:
    try:
        if len(tensors) > 1 and _takes_several_arguments(built):
            return built(*tensors)
        return built(single(tensors))
    except Exception as error:
        raise refusal(layer.component, error) from error


def _takes_several_arguments(built: Any) -> bool:
    """Whether the layer is called as `layer(query, value)` and not with a list."""
    parameters = list(inspect.signature(built.call).parameters.values())
    return sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters) > 1


def _compile(model: keras.Model, experiment: Experiment) -> None:
    outputs = experiment.outputs
    losses = [build_component(output.loss) for output in outputs]
    metrics = [[build_component(metric) for metric in output.metrics] for output in outputs]
    weights = [output.loss_weight for output in outputs]
    try:
        model.compile(
            optimizer=build_component(experiment.optimizer),
            loss=single(losses),
            metrics=single(metrics),
            loss_weights=None if set(weights) == {1.0} else weights,
            jit_compile=False,
        )
    except ExperimentError:
        raise
    except Exception as error:
        raise _cannot_train(experiment, error) from error


def _create_variables(model: keras.Model, experiment: Experiment, rows: Rows) -> None:
    """Creates the variables of optimizer, loss and metrics, which a compiled program cannot create inside its loop."""
    some = rows.take(slice(0, _CHECKED_ROWS))
    try:
        build_metrics_and_loss(model, some.batch())
        model.optimizer.build(model.trainable_variables)
    except Exception as error:
        check_metrics(experiment, model, some)
        raise _cannot_train(experiment, error) from error


def _cannot_train(experiment: Experiment, error: Exception) -> ExperimentError:
    return ExperimentError(Problem(f"Keras cannot train this model: {reason(error)}", experiment.outputs[0].loss.place))
