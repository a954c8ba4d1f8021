"""Every semantic of Keras's training in the compiled loop: the weights, logs and optimizer of one `fit` over epochs."""

from functools import cache

import keras
import numpy as np
import pytest

from experiments import data_of, written
from nnrun.data.rows import Rows, class_weights, network_rows, training_rows
from nnrun.experiment.experiment import Experiment
from nnrun.model.build import build_model
from nnrun.training.train import Training, TrainingPlan

pytestmark = pytest.mark.keras

FRAME = """
data:
  generator: {{blobs: {{samples: 75, centers: 3, features: 4, spread: 3.0}}}}
  validation_split: 0.2
  one_hot: {one_hot}
layers:
  - Dense: {{units: 6, activation: tanh}}
{layers}
  - Dense: {{units: 3, activation: softmax, dtype: float32}}
optimizer: {optimizer}
loss: {loss}
metrics: {metrics}
epochs: 3
batch_size: 16
shuffle: false
"""


def case(
    layers: str = "",
    optimizer: str = "adam",
    loss: str = "sparse_categorical_crossentropy",
    metrics: str = "[accuracy]",
    *,
    one_hot: bool = False,
    more: str = "",
) -> str:
    lines = "\n".join(f"  - {line}" for line in layers.split(";") if line)
    frame = FRAME.format(layers=lines, optimizer=optimizer, loss=loss, metrics=metrics, one_hot=str(one_hot).lower())
    return f"{frame}{more}\n"


def adam(arguments: str) -> str:
    return f"{{Adam: {{learning_rate: 0.01, {arguments}}}}}"


def scheduled(schedule: str) -> str:
    return f"{{SGD: {{learning_rate: {{{schedule}}}}}}}"


DENSE = {
    "accumulated gradients and averaged weights": case(
        optimizer=adam("gradient_accumulation_steps: 3, use_ema: true, ema_momentum: 0.9")
    ),
    "clipping of each gradient and a schedule by steps": case(
        optimizer="{SGD: {clipnorm: 0.1, learning_rate: "
        "{ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 4, decay_rate: 0.5}}}}"
    ),
    "regularizers and constraints": case(
        "Dense: {units: 5, kernel_regularizer: L2, bias_regularizer: L1, activity_regularizer: L2};"
        "Dense: {units: 5, kernel_constraint: {MaxNorm: {max_value: 0.5}}, bias_constraint: NonNeg}"
    ),
    "clipping of each gradient": case(optimizer=adam("clipnorm: 0.1")),
    "clipping of all gradients": case(optimizer=adam("global_clipnorm: 0.2")),
    "clipping of values": case(optimizer=adam("clipvalue: 0.01")),
    "weight decay": case(optimizer=adam("weight_decay: 0.1")),
    "accumulated gradients": case(optimizer=adam("gradient_accumulation_steps: 3")),
    "averaged weights": case(optimizer=adam("use_ema: true, ema_momentum: 0.9")),
    "averaged weights taken now and then": case(
        optimizer="{SGD: {momentum: 0.9, use_ema: true, ema_overwrite_frequency: 2}}"
    ),
    "a schedule by steps": case(
        optimizer=scheduled("ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 4, decay_rate: 0.5}")
    ),
    "a warm-up": case(
        optimizer=scheduled(
            "CosineDecay: {initial_learning_rate: 0, decay_steps: 9, warmup_target: 0.1, warmup_steps: 3}"
        )
    ),
    "regularizers": case("Dense: {units: 5, kernel_regularizer: L2, bias_regularizer: L1, activity_regularizer: L2}"),
    "constraints": case("Dense: {units: 5, kernel_constraint: {MaxNorm: {max_value: 0.5}}, bias_constraint: NonNeg}"),
    "stateful metrics": case(
        loss="categorical_crossentropy",
        metrics="[AUC, Precision, Recall, F1Score, {MeanIoU: {num_classes: 2}}, {TopKCategoricalAccuracy: {k: 2}}]",
        one_hot=True,
    ),
    "label smoothing": case(loss="{CategoricalCrossentropy: {label_smoothing: 0.1}}", one_hot=True),
    "a sum for a loss": case(loss="{SparseCategoricalCrossentropy: {reduction: sum}}"),
    "weights of classes": case(more="class_weight: {0: 0.5, 2: 4}"),
    "weights of classes as vectors": case(
        loss="categorical_crossentropy", metrics="[categorical_accuracy]", one_hot=True, more="class_weight: {1: 3.0}"
    ),
    "balanced classes": case(more="class_weight: balanced"),
}
OTHER = {
    "normalization and random layers": case(
        "BatchNormalization;LayerNormalization;Dropout: {rate: 0.3};GaussianNoise: {stddev: 0.2};"
        "AlphaDropout: {rate: 0.1}"
    ),
    "normalization by batches": case("BatchNormalization;LayerNormalization"),
    "random layers": case("Dropout: {rate: 0.3};GaussianNoise: {stddev: 0.2};AlphaDropout: {rate: 0.1}"),
    "normalization with averaged weights": case("BatchNormalization", optimizer=adam("use_ema: true")),
    "bfloat16": case(more="precision: mixed_bfloat16"),
    "float16 with a scaled loss": case(more="precision: mixed_float16"),
}


def rows_of(experiment: Experiment, home) -> tuple[Rows, Rows]:
    dataset = data_of(experiment, home)
    return training_rows(experiment, dataset.training), network_rows(experiment, dataset.validation)


def train(experiment: Experiment, training: Rows, validation: Rows, engine: str):
    model = build_model(experiment, training)
    plan = TrainingPlan(experiment.seed, experiment.epochs, experiment.batch_size, experiment.shuffle, engine)
    under_way = Training(model, training, validation, plan)
    under_way.run()
    return under_way.finish().history, model


def fit(experiment: Experiment, training: Rows, validation: Rows):
    """One `fit` over all epochs, the classes weighted by Keras itself."""
    model = build_model(experiment, training)
    x, y, *weights = training.batch()
    chosen = experiment.class_weight
    history = model.fit(
        x,
        y,
        sample_weight=weights[0] if weights and not isinstance(chosen, dict) else None,
        class_weight={0: 1.0, 1: 1.0, 2: 1.0} | chosen if isinstance(chosen, dict) else None,
        epochs=experiment.epochs,
        batch_size=experiment.batch_size,
        shuffle=False,
        validation_data=validation.batch(),
        verbose=0,
    ).history
    return history, model


@cache
def fitted(name: str):
    """What `fit` gives in a case, computed once for every engine that is compared with it."""
    experiment = written({**DENSE, **OTHER}[name])
    return fit(experiment, *rows_of(experiment, None))


def assert_same(history, model, expected, wanted) -> None:
    for name, values in expected.items():
        if np.ndim(values[0]) == 0:
            assert history[name] == values, name
    for a, b in zip(
        [*model.variables, *model.optimizer.variables], [*wanted.variables, *wanted.optimizer.variables], strict=True
    ):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)


# Those that share their ways with another that always runs, or are a part of it.
SELDOM = ("clipping of values", "clipping of all gradients", "weight decay", "a warm-up", "label smoothing")
SELDOM += ("a sum for a loss", "weights of classes as vectors", "normalization with averaged weights")
SELDOM += ("clipping of each gradient", "accumulated gradients", "averaged weights", "a schedule by steps")
SELDOM += ("regularizers", "constraints", "normalization by batches", "random layers", "balanced classes", "bfloat16")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in SELDOM else ()) for n in [*DENSE, *OTHER]]
)
def test_the_graph_computes_what_fit_computes(name, tmp_path):
    experiment = written({**DENSE, **OTHER}[name])
    training, validation = rows_of(experiment, tmp_path)
    assert_same(*train(experiment, training, validation, "graph"), *fitted(name))


ALWAYS = ("accumulated gradients and averaged weights",)


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in ALWAYS else pytest.mark.slow) for n in DENSE])
def test_xla_comes_as_close_as_rounding_allows(name, tmp_path):
    experiment = written(DENSE[name])
    training, validation = rows_of(experiment, tmp_path)
    history, model = train(experiment, training, validation, "xla")
    expected, wanted = fitted(name)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)
    for a, b in zip(model.weights, wanted.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6, err_msg=a.path)


@pytest.mark.parametrize(
    "name", ["accumulated gradients and averaged weights", "averaged weights taken now and then", "weights of classes"]
)
def test_plain_fit_epoch_by_epoch_is_one_fit(name, tmp_path):
    experiment = written(DENSE[name])
    training, validation = rows_of(experiment, tmp_path)
    assert_same(*train(experiment, training, validation, "keras"), *fitted(name))


def test_balanced_classes_have_the_weights_of_scikit_learn():
    from sklearn.utils.class_weight import compute_sample_weight

    labels = np.array([0, 0, 0, 2, 2, 5])
    expected = compute_sample_weight("balanced", labels)
    np.testing.assert_allclose(class_weights(labels[:, None], "balanced"), expected, rtol=1e-6)


def test_building_in_another_precision_leaves_the_precision_of_others_alone(tmp_path):
    experiment = written(OTHER["bfloat16"])
    model = build_model(experiment, rows_of(experiment, tmp_path)[0])
    assert model.layers[0].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"


WEIGHED = """
data:
  generator:
    function: {samples: 90, x: "uniform(-1, 1)", w: "choice(0, 1, 3)", y: "sin(3 * x)", sample_weight: w}
  validation_split: 0.2
layers:
  - Dense: {units: 5, activation: tanh}
  - Dense: {units: 1}
optimizer: adam
loss: mse
metrics: [mae]
epochs: 3
batch_size: 16
shuffle: false
"""


def test_the_data_say_how_much_each_row_counts(tmp_path):
    experiment = written(WEIGHED)
    training, validation = rows_of(experiment, tmp_path)
    assert training.weights is not None
    assert set(training.weights) == {0.0, 1.0, 3.0}
    assert training.inputs[0].shape == (72, 1)
    np.testing.assert_array_equal(training.batch()[2], training.weights)  # which `fit` is given
    assert_same(*train(experiment, training, validation, "graph"), *fit(experiment, training, validation))


def test_the_weights_of_rows_and_of_their_classes_multiply(tmp_path):
    text = WEIGHED.replace("sin(3 * x)", "x >= 0").replace("mse", "binary_crossentropy").replace("mae", "accuracy")
    rows, _ = rows_of(written(f"{text}class_weight: {{1: 2.0}}\n"), tmp_path)
    plain, _ = rows_of(written(text), tmp_path)
    np.testing.assert_array_equal(rows.weights, plain.weights * np.where(plain.targets[0][:, 0] == 1, 2, 1))
