"""The compiled loop computes what Keras's `fit` computes on the same batches, to the last bit."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from experiments import SHIPPED, data_of, shipped, written
from nnrun.data.epoch_order import epoch_orders
from nnrun.data.rows import Rows, network_rows
from nnrun.experiment.experiment import Experiment
from nnrun.model.build import build_model
from nnrun.training.program import Program

pytestmark = pytest.mark.keras

EPOCHS = 3

SMALL_DATA = """
data:
  generator: {blobs: {samples: 75, centers: 3, features: 12, spread: 2.0}}
  validation_split: 0.2
optimizer: adam
loss: sparse_categorical_crossentropy
metrics: [accuracy]
epochs: 3
batch_size: 16
"""
NETWORKS = {
    "dropout and batch normalization": """
layers:
  - Dense: {units: 8, activation: relu}
  - BatchNormalization
  - Dropout: {rate: 0.4}
  - GaussianNoise: {stddev: 0.1}
  - Dense: {units: 3, activation: softmax}
""",
    "convolution": """
layers:
  - Reshape: {target_shape: [4, 3, 1]}
  - Conv2D: {filters: 4, kernel_size: 2, activation: relu}
  - MaxPooling2D: {pool_size: 2, padding: same}
  - Flatten
  - Dense: {units: 3, activation: softmax}
""",
    "recurrence": """
layers:
  - Reshape: {target_shape: [4, 3]}
  - GRU: {units: 4, dropout: 0.2}
  - Dense: {units: 3, activation: softmax}
""",
    "skips and merges": """
layers:
  - Dense: {units: 6, activation: tanh, name: a, kernel_regularizer: {L2: {l2: 0.01}}}
  - Dense: {units: 6, activation: tanh, name: b, kernel_constraint: {MaxNorm: {max_value: 1.0}}}
  - Add: {inputs: [a, b], name: sum}
  - Concatenate: {inputs: [sum, input]}
  - Dense: {units: 3, activation: softmax}
""",
}
TWO_OUTPUTS = """
data:
  generator:
    function: {samples: 70, a: "uniform(0, 1)", b: "normal(0, 1)", sum: "a + b", more: "a >= b",
               inputs: [a, b], target: [sum, more]}
  validation_split: 0.2
layers:
  - Input: {name: first, columns: [a]}
  - Input: {name: second, columns: [b]}
  - Concatenate: {inputs: [first, second]}
  - Dense: {units: 5, activation: relu, name: body}
  - Dense: {units: 1, name: total, inputs: body}
  - Dense: {units: 1, activation: sigmoid, name: greater, inputs: [body]}
outputs:
  total: {loss: mse, metrics: [mae], target: sum}
  greater: {loss: binary_crossentropy, metrics: [binary_accuracy], target: more, loss_weight: 0.5}
optimizer: {SGD: {learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 5, decay_rate: 0.5}}}}
epochs: 3
batch_size: 16
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("keras")


def of_three_epochs(name: str) -> Experiment:
    fewer = ["data.generator.function.samples=330"] if name.startswith("rounding") else []
    return shipped(name, f"epochs={EPOCHS}", *fewer)


def parts(experiment: Experiment, home: Path) -> tuple[Rows, Rows | None]:
    dataset = data_of(experiment, home)
    validation = network_rows(experiment, dataset.validation) if dataset.validation else None
    return network_rows(experiment, dataset.training), validation


def compiled(experiment: Experiment, training: Rows, validation: Rows | None, xla: bool):
    model = build_model(experiment, training)
    program = Program(model, experiment.batch_size, training, validation, trace=True, xla=xla)
    chunk = program.run(epoch_orders(experiment.seed, training.count, 0, EPOCHS))
    return [w.numpy() for w in model.weights], chunk


@cache
def graph_of(name: str, home: Path):
    """What the program of a shipped experiment gives, computed once for all that is compared with it."""
    experiment = of_three_epochs(name)
    return compiled(experiment, *parts(experiment, home), xla=False)


def fitted(experiment: Experiment, training: Rows, validation: Rows | None):
    """What `fit` gives on the same batches: weights after every epoch, and its logs."""
    model = build_model(experiment, training)
    held_out = validation.batch() if validation else None
    weights, logs = [], []
    for order in epoch_orders(experiment.seed, training.count, 0, EPOCHS):
        x, y = training.take(order).batch()
        history = model.fit(
            x, y, batch_size=experiment.batch_size, shuffle=False, verbose=0, validation_data=held_out
        ).history
        weights.append([w.numpy() for w in model.weights])
        logs.append({name: values[0] for name, values in history.items()})
    return weights, logs


def assert_identical(experiment: Experiment, home: Path, computed=None) -> None:
    training, validation = parts(experiment, home)
    weights, chunk = computed or compiled(experiment, training, validation, xla=False)
    expected, logs = fitted(experiment, training, validation)
    assert all(np.array_equal(a, b) for a, b in zip(weights, expected[-1], strict=True))
    for epoch in range(EPOCHS):
        for values, want in zip(chunk.trace, expected[epoch], strict=True):
            np.testing.assert_array_equal(values[epoch], want)
        for name, want in logs[epoch].items():
            assert chunk.logs[name][epoch] == np.float32(want), name
    assert {*logs[0], "learning_rate"} == set(chunk.logs)


# Those that are made for sweeps have the network of another.
TRAINED = [name for name in SHIPPED if name not in ("rounding-seeds", "xor-architectures", "trainability-zoom")]
# Their networks have the layers, losses and data of others that always run.
ALIKE = ("digits-functional", "digits-sequential", "mnist-functional", "rounding", "dying-relu", "spirals")
ALIKE += ("moons", "sine-forecast")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in ALIKE else ()) for name in TRAINED]
)
def test_every_shipped_experiment_trains_as_fit_does(name, home):
    assert_identical(of_three_epochs(name), home, graph_of(name, home))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_network_trains_as_fit_does(name, tmp_path):
    assert_identical(written(SMALL_DATA + NETWORKS[name]), tmp_path)


@pytest.mark.parametrize(
    ("batch_size", "why"), [(12, "all batches of one size"), (60, "one batch"), (70, "a part of one")]
)
def test_batches_have_the_sizes_that_fit_knows(batch_size, why, tmp_path):
    # TensorFlow divides by a known size that is no power of two in another way: here the mean over a batch.
    text = SMALL_DATA.replace("batch_size: 16", f"batch_size: {batch_size}")
    experiment = written(text + NETWORKS["dropout and batch normalization"])
    assert parts(experiment, tmp_path)[0].count == 60
    assert_identical(experiment, tmp_path)


GELU = """
data:
  generator: {blobs: {samples: 60, centers: 3, features: 12, spread: 2.0}}
  one_hot: true
layers:
  - Dense: {units: 24, activation: gelu}
  - Dense: {units: 3, activation: softmax}
optimizer: adam
loss: Huber
epochs: 3
"""


@pytest.mark.parametrize("batch_size", [12, 16, 70])
def test_products_with_constants_are_rewritten_as_in_fit(batch_size, tmp_path):
    # TensorFlow moves the constants of gelu's gradient to another factor where it finds the operations otherwise.
    assert_identical(written(f"{GELU}batch_size: {batch_size}\n"), tmp_path)


def test_a_network_with_several_inputs_and_outputs_trains_as_fit_does(tmp_path):
    assert_identical(written(TWO_OUTPUTS), tmp_path)


@pytest.mark.parametrize(
    "name",
    ["xor", "bilinear", "rounding-validation"]
    + [pytest.param(name, marks=pytest.mark.slow) for name in ("digits-sequential", "spirals")],
)
def test_xla_comes_as_close_as_rounding_allows(name, home):
    experiment = of_three_epochs(name)
    weights, chunk = compiled(experiment, *parts(experiment, home), xla=True)
    expected, exact = graph_of(name, home)
    for values, want in zip(weights, expected, strict=True):
        np.testing.assert_allclose(values, want, rtol=1e-5, atol=2e-6)
    np.testing.assert_allclose(chunk.logs["loss"], exact.logs["loss"], rtol=1e-5)


def test_a_loss_that_is_not_finite_ends_the_loop_with_its_epoch(tmp_path):
    experiment = shipped("house-prices", "optimizer.learning_rate=10")
    training, _ = parts(experiment, tmp_path)
    model = build_model(experiment, training)
    program = Program(model, experiment.batch_size, training, None, trace=False, xla=False)
    chunk = program.run(epoch_orders(0, training.count, 0, 100))
    assert not chunk.finite
    assert chunk.epochs < 30
    assert np.isfinite(chunk.logs["loss"][:-1]).all()
    assert not np.isfinite(chunk.logs["loss"][-1])
