"""Trains with Keras up to the step that is explained, and records all numbers of that step."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.data.epoch_order import epoch_orders, rows_in_order
from nnrun.data.rows import Rows, no_rows
from nnrun.experiment.experiment import Experiment
from nnrun.walkthrough.from_keras import array_of, read_slots, stack_from_model
from nnrun.walkthrough.keras_step import Batch, KerasStep, LayerNumbers, named_numbers
from nnrun.walkthrough.step import Stack, StepStart

# How many epochs are trained in one call.
_EPOCHS = 64


def count_steps(experiment: Experiment, rows: int) -> tuple[int, int]:
    """The number of steps per epoch, and that of the whole training."""
    per_epoch = -(-rows // experiment.batch_size)
    return per_epoch, per_epoch * experiment.epochs


def take_batch(experiment: Experiment, rows: int, step: int) -> Batch:
    """The rows of a step of the training.

    Args:
        experiment: decides the order of the rows.
        rows: how many training rows there are.
        step: from 1.
    """
    per_epoch, _ = count_steps(experiment, rows)
    epoch, number = divmod(step - 1, per_epoch)
    size = experiment.batch_size
    order = _orders(experiment, rows, epoch, 1)[0]
    return Batch(step, epoch + 1, number + 1, per_epoch, order[number * size : (number + 1) * size], rows)


def train_to(model: keras.Model, experiment: Experiment, training: Rows, step: int) -> None:
    """Trains the model through all the steps before `step`, from its initial weights, with Keras's `train_step`."""
    size, as_batch = experiment.batch_size, no_rows(training).batch
    data = [tf.constant(array) for array in training.flat()]
    per_epoch, _ = count_steps(experiment, training.count)

    def one(step: Any, orders: Any) -> Any:
        start = step % per_epoch * size
        rows = orders[step // per_epoch, start : start + size]
        # The number of rows stays unknown, as in `fit`: known sizes may select other kernels, with other last bits.
        arrays = [tf.raw_ops.PlaceholderWithDefault(input=tf.gather(a, rows), shape=[None, *a.shape[1:]]) for a in data]
        model.train_step(as_batch(arrays))
        return step + 1, orders

    def steps(orders: Any, count: Any) -> None:
        """The first steps of some epochs."""
        tf.while_loop(lambda step, _: step < count, one, [tf.constant(0), orders], parallel_iterations=1)

    program = tf.function(steps, autograph=False)
    for first in range(0, step - 1, _EPOCHS * per_epoch):
        orders = _orders(experiment, training.count, first // per_epoch, _EPOCHS)
        program(tf.constant(orders), tf.constant(min(step - 1 - first, _EPOCHS * per_epoch)))


def _orders(experiment: Experiment, rows: int, first: int, count: int) -> Array:
    """The order of the rows in `count` epochs from epoch `first` on, from 0; int32, (count, rows)."""
    return (
        epoch_orders(experiment.seeds.order, rows, first, count) if experiment.shuffle else rows_in_order(rows, count)
    )


def record_step(model: keras.Model, experiment: Experiment, training: Rows, step: int) -> KerasStep:
    """Takes the step with Keras from the current weights of the model, and records its numbers.

    Args:
        model: compiled, trained up to the step.
        experiment: decides which rows the step takes.
        training: the training rows.
        step: from 1.
    """
    batch = take_batch(experiment, training.count, step)
    rows = training.take(batch.rows)
    data = rows.batch()
    stack, unsupported = stack_from_model(model)
    if rows.weights is not None:
        stack, unsupported = None, [*unsupported, "sample weights"]
    rate = float(model.optimizer.learning_rate)
    slots = read_slots(stack, model.optimizer) if stack else ()
    before = tuple(map(array_of, model.trainable_variables))
    layers = _layers(model, data[0])
    loss_before = float(_loss(model, data))
    loss, gradients = _train(model, data)
    state = read_slots(stack, model.optimizer) if stack else ()
    after, loss_after = tuple(map(array_of, model.trainable_variables)), float(_loss(model, data))
    return KerasStep(
        batch=batch,
        start=StepStart(rows.inputs[0], rows.targets[0], slots, rate, step),
        stack=stack,
        unsupported=tuple(unsupported),
        layers=layers,
        weight_names=tuple(variable.path for variable in model.trainable_variables),
        before=before,
        numbers=named_numbers(_stage_outputs(stack, layers), loss, gradients, state, after, loss_after),
        loss_before=loss_before,
    )


def _train(model: keras.Model, data: tuple[Any, ...]) -> tuple[float, tuple[Array, ...]]:
    """Does what `train_step` does, and returns the gradients as well."""

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = _loss(model, data, training=True)
        weights = model.trainable_weights
        gradients = tape.gradient(loss, weights)
        model.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        zeros = [
            tf.zeros(w.shape) if g is None else tf.convert_to_tensor(g) for g, w in zip(gradients, weights, strict=True)
        ]
        return loss, zeros

    loss, gradients = step()
    return float(loss), tuple(map(array_of, gradients))


def _loss(model: keras.Model, data: tuple[Any, ...], training: bool = False) -> Any:
    x, y, *weights = data
    predictions, weight = model(x, training=training), weights[0] if weights else None
    return model.compute_loss(x=x, y=y, y_pred=predictions, sample_weight=weight, training=training)


def _stage_outputs(stack: Stack | None, layers: Sequence[LayerNumbers]) -> dict[int, Array]:
    """The outputs of each layer as rows of numbers, by its last stage."""
    last = {stage.name: i for i, stage in enumerate(stack.stages)} if stack else {}
    known = [layer for layer in layers if layer.name in last]
    return {last[one.name]: one.output.reshape(len(one.output), -1) for one in known if one.output is not None}


def _layers(model: keras.Model, x: Any) -> tuple[LayerNumbers, ...]:
    """The layers with their outputs; of a functional model without."""
    numbers = []
    values = x if isinstance(model, keras.Sequential) else None
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        names = tuple(variable.path for variable in layer.trainable_variables)
        if values is not None:
            values = layer(values)
        output = None if values is None else array_of(values)
        numbers.append(LayerNumbers(layer.name, type(layer).__name__, output, names))
    return tuple(numbers)
