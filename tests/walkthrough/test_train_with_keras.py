"""The numbers by hand are those of Keras; the steps are those of the training."""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import data_of, shipped, written
from nnrun.data.rows import network_rows, training_rows
from nnrun.model.build import build_model
from nnrun.model.runtime import start_tensorflow
from nnrun.training.train import Training, TrainingPlan
from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.from_keras import stack_from_model
from nnrun.walkthrough.precision import bounds, compare, numbers_of
from nnrun.walkthrough.step import take_step
from nnrun.walkthrough.train_with_keras import count_steps, record_step, take_batch, train_to

pytestmark = pytest.mark.keras

ACTIVATIONS = ("linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softmax")


@pytest.fixture(scope="module", autouse=True)
def tensorflow() -> None:
    start_tensorflow()


def step_of(experiment, folder, step=1):
    """The rows, the model trained up to the step, and the step."""
    rows = network_rows(experiment, data_of(experiment, folder).training)
    model = build_model(experiment, rows)
    train_to(model, experiment, rows, step)
    return record_step(model, experiment, rows, step)


def assert_agrees(step) -> None:
    """By hand and Keras agree within the documented bound, and normwise to 1e-5 in whole arrays."""
    assert step.unsupported == ()
    hand = numbers_of(take_step(step.stack, step.start))
    keras_numbers = step.numbers
    bound = bounds(step.stack, step.start, np.random.default_rng(0))
    assert compare(hand, keras_numbers, bound).beyond == ()
    assert set(keras_numbers) >= {name for name in hand if not name.startswith("output")}


CASE = """
data:
  generator: {{{generator}}}
{data}
layers:
  - Dense: {{units: 3, activation: {first}, bias_initializer: {{RandomNormal: {{stddev: 0.3}}}}}}
  - Dense: {{units: {units}, activation: {last}, bias_initializer: {{RandomNormal: {{stddev: 0.3}}}}}}
optimizer: {optimizer}
loss: {loss}
epochs: 5
batch_size: 5
"""
TWO_NUMBERS = (
    """function: {samples: 12, a: "uniform(-1, 1)", b: "normal(0, 1)", t: "a * b", u: "a - b", target: [t, u]}"""
)
YES_OR_NO = """function: {samples: 12, a: "uniform(-1, 1)", b: "normal(0, 1)", t: "a > b"}"""


def case(loss="mse", first="relu", last="linear", optimizer="sgd", generator=TWO_NUMBERS, units=2, data=""):
    return written(CASE.format(**locals()))


# The error of a loss goes through every activation as that of another does: one with mae will do.
@pytest.mark.parametrize(
    ("activation", "loss"),
    [(name, "mse") for name in ACTIVATIONS]
    + [pytest.param(name, "mae", marks=() if name == "softmax" else pytest.mark.slow) for name in ACTIVATIONS],
)
def test_every_activation_with_errors_of_numbers(activation, loss, tmp_path):
    assert_agrees(step_of(case(loss, activation, activation), tmp_path))


@pytest.mark.parametrize("last", ["sigmoid", "linear", "tanh", "relu", "softmax"])
def test_binary_crossentropy_as_keras_takes_it(last, tmp_path):
    units = 2 if last == "softmax" else 1
    data = "  one_hot: true" if last == "softmax" else ""
    assert_agrees(
        step_of(case("binary_crossentropy", "tanh", last, generator=YES_OR_NO, units=units, data=data), tmp_path)
    )


@pytest.mark.parametrize("last", ["softmax", "sigmoid", "relu", "elu"])
@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_categorical_crossentropies_as_keras_takes_them(loss, last, tmp_path):
    data = "  one_hot: true" if loss.startswith("cat") else ""
    assert_agrees(step_of(case(loss, "tanh", last, generator=YES_OR_NO, data=data), tmp_path))


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_crossentropies_from_logits(name, tmp_path):
    one = name.startswith("Binary")
    data = "  one_hot: true" if name.startswith("Cat") else ""
    loss = f"{{{name}: {{from_logits: true}}}}"
    assert_agrees(step_of(case(loss, generator=YES_OR_NO, units=1 if one else 2, data=data), tmp_path))


OPTIMIZERS = [
    "sgd",
    "{SGD: {learning_rate: 0.1, momentum: 0.9}}",
    "{SGD: {learning_rate: 0.1, momentum: 0.9, nesterov: true}}",
    "rmsprop",
    "{RMSprop: {rho: 0.8, momentum: 0.5, epsilon: 0.001}}",
    "{RMSprop: {centered: true, momentum: 0.5}}",
    "{RMSprop: {centered: true}}",
    "adam",
    "{Adam: {learning_rate: 0.05, beta_1: 0.7, beta_2: 0.95, epsilon: 0.0001}}",
    "{Adam: {learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 2, decay_rate: 0.5}}}}",
]


# A first step begins with zeros as the state, whatever the arguments of the optimizer are.
@pytest.mark.parametrize(
    ("optimizer", "step"),
    [(optimizer, 3) for optimizer in OPTIMIZERS]
    + [
        pytest.param(optimizer, 1, marks=() if optimizer in OPTIMIZERS[2:8:5] else pytest.mark.slow)
        for optimizer in OPTIMIZERS
    ],
)
def test_every_optimizer_with_its_state(optimizer, step, tmp_path):
    found = step_of(case(optimizer=optimizer, first="tanh"), tmp_path, step)
    assert_agrees(found)
    slots = found.stack.optimizer.slots
    assert all(slots_of[slot].any() == (step > 1) for slots_of in found.start.slots for slot in slots)


def test_a_schedule_gives_the_rate_of_the_step(tmp_path):
    assert step_of(case(optimizer=OPTIMIZERS[-1]), tmp_path, 3).start.rate == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("name", "step"),
    [(name, 1) for name in ("bilinear", "xor", "rounding", "moons", "house-prices", "dying-relu")]
    + [("moons", 30), ("house-prices", 30)]
    + [pytest.param(name, 30, marks=pytest.mark.slow) for name in ("bilinear", "xor", "rounding", "dying-relu")],
)
def test_shipped_experiments(name, step, tmp_path):
    assert_agrees(step_of(shipped(name), tmp_path, step))


def test_every_supported_kind_of_layer(tmp_path):
    experiment = written("""
data: {generator: {digits: {}}}
layers:
  - Reshape: {target_shape: [8, 8]}
  - Flatten
  - Dense: {units: 4, use_bias: false, kernel_regularizer: {L1L2: {l1: 0.01, l2: 0.02}}}
  - LeakyReLU: {negative_slope: 0.1}
  - Dense: {units: 5, bias_regularizer: l2, kernel_regularizer: {L1: {l1: 0.01}}, activation: {elu: {alpha: 0.5}}}
  - ReLU: {negative_slope: 0.2}
  - ELU: {alpha: 0.7}
  - Dense: {units: 10}
  - Softmax
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: 1
""")
    step = step_of(experiment, tmp_path, 2)
    assert_agrees(step)
    assert Activation("elu", 0.5) in [getattr(stage, "activation", None) for stage in step.stack.stages]


layers = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(ACTIVATIONS)), min_size=1, max_size=3)


@given(layers, st.sampled_from(OPTIMIZERS), st.integers(0, 99), st.integers(1, 6))
@settings(max_examples=4)
@pytest.mark.filterwarnings("ignore")
def test_random_small_stacks(tmp_path_factory, layers, optimizer, seed, step):
    stack = "\n".join(f"  - Dense: {{units: {units}, activation: {name}}}" for units, name in layers)
    experiment = written(f"""
seed: {seed}
data: {{generator: {{{TWO_NUMBERS}}}}}
layers:
{stack}
  - Dense: {{units: 2}}
optimizer: {optimizer}
loss: mse
epochs: 3
batch_size: 5
""")
    assert_agrees(step_of(experiment, tmp_path_factory.getbasetemp(), step))


UNSUPPORTED = {
    "- Dropout: {rate: 0.5}": "the layer d \\(Dropout\\)",
    "- Dense: {units: 2, activation: gelu}": "the activation gelu of the layer d",
    "- Dense: {units: 2, kernel_constraint: non_neg}": "the kernel constraint of the layer d",
    "- Dense: {units: 2, trainable: false}": "the layer d \\(Dense\\), whose weights are frozen",
    "- Dense: {units: 2, activity_regularizer: l2}": "the activity regularizer of the layer d",
    "- Dense: {units: 2, kernel_regularizer: orthogonal_regularizer}": "the regularizer OrthogonalRegularizer of the",
    "- ReLU: {max_value: 6.0}": "the layer d \\(ReLU with these settings\\)",
}


@pytest.mark.parametrize("layer", UNSUPPORTED)
def test_an_unsupported_layer_is_named(layer, tmp_path):
    named = layer.replace("}", ", name: d}", 1) if "{" in layer else layer
    text = f"data: {{generator: {{{TWO_NUMBERS}}}}}\nlayers:\n  {named}\n  - Dense: {{units: 2}}\n"
    step = step_of(written(f"{text}optimizer: sgd\nloss: mse\nepochs: 1\n"), tmp_path)
    assert step.stack is None
    (missing,) = step.unsupported
    with pytest.raises(AssertionError, match=UNSUPPORTED[layer]):
        raise AssertionError(missing)


@pytest.mark.parametrize(
    ("part", "missing"),
    [
        ({"loss": "huber"}, "the loss huber"),
        ({"loss": "{MeanSquaredError: {reduction: sum}}"}, "the loss MeanSquaredError with the reduction sum"),
        ({"optimizer": "adamw"}, "the optimizer AdamW"),
        ({"optimizer": "{SGD: {clipnorm: 1.0}}"}, "clipnorm of the optimizer SGD"),
        ({"optimizer": "{Adam: {amsgrad: true}}"}, "amsgrad of the optimizer Adam"),
    ],
)
def test_an_unsupported_loss_or_optimizer_is_named(part, missing, tmp_path):
    step = step_of(case(**part), tmp_path)
    assert step.unsupported == (missing,)
    assert step.numbers["loss after"] != step.loss_before


def test_a_functional_model_is_not_supported(tmp_path):
    model = keras.Model(inputs := keras.Input((2,)), keras.layers.Dense(1)(inputs))
    assert stack_from_model(model) == (None, ["a functional model, which is not a plain stack of layers"])


def test_the_step_is_the_one_that_train_step_takes(tmp_path):
    experiment = shipped("moons")
    rows = network_rows(experiment, data_of(experiment, tmp_path).training)
    step = step_of(experiment, tmp_path, 3)
    model = build_model(experiment, rows)
    train_to(model, experiment, rows, 3)
    model.train_step(rows.take(step.batch.rows).batch())
    for i, weight in enumerate(model.trainable_variables):
        assert step.numbers[f"weights {i}"] == pytest.approx(weight.numpy(), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("overrides", [(), ("shuffle=false",)])
def test_the_steps_before_are_those_of_the_training(overrides, tmp_path):
    experiment = dataclasses.replace(shipped("bilinear", *overrides), epochs=70)
    rows = network_rows(experiment, data_of(experiment, tmp_path).training)
    model = build_model(experiment, rows)
    training = Training(model, rows, None, TrainingPlan(0, 70, 128, experiment.shuffle, "graph"))
    training.run()
    trained = training.finish()
    per_epoch, steps = count_steps(experiment, rows.count)
    assert (per_epoch, steps) == (2, 140)
    for epoch in (1, 65, 69):
        again = build_model(experiment, rows)
        train_to(again, experiment, rows, epoch * per_epoch + 1)
        for i in range(len(model.weights)):
            assert (again.weights[i].numpy() == trained.trace[i][epoch]).all()


def test_the_batches_of_an_epoch_take_every_row_once():
    experiment = shipped("moons")
    batches = [take_batch(experiment, 400, step) for step in range(14, 27)]
    assert [batch.epoch for batch in batches] == [2] * 13
    assert sorted(np.concatenate([batch.rows for batch in batches])) == list(range(400))
    assert [len(batch.rows) for batch in batches] == [32] * 12 + [16]


def test_sample_weights_are_not_supported_and_the_step_is_still_that_of_the_training(tmp_path):
    experiment = shipped("moons", "class_weight=balanced")
    rows = training_rows(experiment, data_of(experiment, tmp_path).training)
    step = record_step(build_model(experiment, rows), experiment, rows, 1)
    assert step.stack is None
    assert "sample weights" in step.unsupported
    model = build_model(experiment, rows)
    model.train_step(rows.take(step.batch.rows).batch())
    for i, weight in enumerate(model.trainable_variables):
        assert step.numbers[f"weights {i}"] == pytest.approx(weight.numpy(), rel=1e-6, abs=1e-8)
