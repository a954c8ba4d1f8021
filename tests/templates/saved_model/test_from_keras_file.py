"""The experiment for a saved Keras model has its layers, its wiring, its optimizer, its losses and metrics."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers as L  # noqa: N812

from experiments import data_of, shipped, small_mnist, written
from nnrun.data.rows import training_rows
from nnrun.experiment.experiment import Experiment
from nnrun.model.build import build_model
from nnrun.templates.template import TemplateText, read_template

pytestmark = pytest.mark.keras

STAND_INS = ("RepeatVector", "Reshape", "Flatten")  # what brings columns to the shape of an input or output


def stack(*layers: Any, shape: tuple[int | None, ...] = (4,), **compiled: Any) -> keras.Model:
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile(**{"optimizer": "adam", "loss": "mse", **compiled})
    return model


def image_classifier() -> keras.Model:
    return stack(
        *(L.Conv2D(4, 3, activation="relu", padding="same"), L.MaxPooling2D(), L.BatchNormalization()),
        *(L.Flatten(), L.Dropout(0.2), L.Dense(10, activation="softmax")),
        shape=(28, 28, 1),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


def larger_images() -> keras.Model:
    return stack(
        L.Conv2D(4, (3, 3), strides=2, kernel_regularizer=keras.regularizers.L2(1e-4)),
        *(L.GlobalAveragePooling2D(), L.Dense(30, activation="softmax")),
        shape=(32, 32, 3),
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
        loss="categorical_crossentropy",
        metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(3)],
    )


def texts() -> keras.Model:
    return stack(
        L.Embedding(200, 4),
        *(L.Bidirectional(L.LSTM(3, return_sequences=True)), L.GRU(4, dropout=0.1), L.Dense(1, activation="sigmoid")),
        shape=(20,),
        optimizer=keras.optimizers.RMSprop(),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=[keras.metrics.AUC(name="area"), "accuracy"],
    )


def unusual_arguments() -> keras.Model:
    start = keras.initializers.RandomNormal(stddev=0.1, seed=3)
    rate = keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9)
    return stack(
        L.Dense(4, kernel_initializer=start, kernel_constraint=keras.constraints.NonNeg()),
        *(L.LayerNormalization(), L.Activation("gelu"), L.PReLU(), L.Dense(2, trainable=False, name="end")),
        optimizer=keras.optimizers.AdamW(rate, weight_decay=0.01, clipnorm=1.0),
        loss="log_cosh",
        metrics=["mae", keras.metrics.RootMeanSquaredError()],
    )


def residual() -> keras.Model:
    entry = keras.Input((6,), name="features")
    hidden = L.Dense(6, activation="relu")(entry)
    total = L.Add()([entry, hidden])
    model = keras.Model(entry, L.Dense(3, activation="softmax")(total))
    model.compile("nadam", keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
    return model


def several_ends() -> keras.Model:
    left, right = keras.Input((3,), name="left"), keras.Input((2,))
    both = L.Concatenate()([L.Dense(4)(left), L.Dense(3)(right)])
    steps = L.Reshape((7, 1))(both)
    attended = L.Flatten()(L.MultiHeadAttention(2, 3)(steps, steps))
    price, kind = L.Dense(1, name="price")(both), L.Dense(3, activation="softmax", name="kind")(attended)
    model = keras.Model([left, right], [price, kind])
    losses = {"price": "mse", "kind": "sparse_categorical_crossentropy"}
    model.compile("adam", losses, loss_weights={"price": 1, "kind": 0.5}, metrics={"kind": ["accuracy"]})
    return model


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((4,)), L.Dense(3, activation="tanh"), L.Dense(2)], name="inner")
    entry = keras.Input((4,))
    model = keras.Model(entry, L.Dense(1)(inner(entry)))
    model.compile("sgd", "mse")
    return model


def steps_of_classes() -> keras.Model:
    ends = L.TimeDistributed(L.Dense(3, activation="softmax"))
    return stack(L.LSTM(5, return_sequences=True), ends, shape=(None, 4), loss="sparse_categorical_crossentropy")


def pictures_of_pictures() -> keras.Model:
    return stack(L.Conv2D(2, 3, padding="same"), L.Conv2DTranspose(1, 3, padding="same"), shape=(6, 6, 1))


MODELS: list[Callable[[], keras.Model]] = [
    *(image_classifier, larger_images, texts, unusual_arguments, residual, several_ends, nested),
    *(steps_of_classes, pictures_of_pictures),
]


def experiment_of(model: keras.Model, folder: Path) -> tuple[TemplateText, Experiment]:
    model.save(folder / "m.keras")
    result = read_template(str(folder / "m.keras"), folder / "m.yaml")
    return result, written(result.text)


def rebuilt(experiment: Experiment, folder: Path) -> keras.Model:
    small_mnist(folder)
    return build_model(experiment, training_rows(experiment, data_of(experiment, folder).training))


def layers_of(model: keras.Model) -> list[str]:
    """What each layer is, without the names that Keras gives; models within the model are taken apart."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += layers_of(layer)
        elif not isinstance(layer, L.InputLayer):
            config = {key: value for key, value in layer.get_config().items() if key != "name"}
            text = json.dumps({type(layer).__name__: config}, default=str)
            found.append(re.sub(r'"shared_object_id": \d+|"name": "(forward_|backward_)?[a-z_0-9]+"', "", text))
    return found


def own_layers(model: keras.Model) -> list[str]:
    return [layer for layer in layers_of(model) if not any(layer.startswith(f'{{"{name}"') for name in STAND_INS)]


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_the_experiment_builds_the_model_again(make: Callable[[], keras.Model], tmp_path: Path) -> None:
    model = make()
    result, experiment = experiment_of(model, tmp_path)
    assert result.notes == ()
    again = rebuilt(experiment, tmp_path)
    assert own_layers(again) == own_layers(model)
    assert again.count_params() == model.count_params()
    assert without_name(again.optimizer) == without_name(model.optimizer)


def without_name(optimizer: Any) -> dict[str, Any]:
    return {key: value for key, value in optimizer.get_config().items() if key != "name"}


def test_only_what_differs_from_keras_defaults_is_written(tmp_path: Path) -> None:
    result, _ = experiment_of(unusual_arguments(), tmp_path)
    start = "kernel_initializer: {RandomNormal: {stddev: 0.1, seed: 3}}, kernel_constraint: NonNeg"
    assert f"  - Dense: {{units: 4, {start}}}\n  - LayerNormalization\n" in result.text
    assert "loss: log_cosh\nmetrics: [mae, RootMeanSquaredError]\n" in result.text


def test_the_wiring_names_only_layers_that_are_not_the_one_before(tmp_path: Path) -> None:
    result, _ = experiment_of(residual(), tmp_path)
    assert "  - Add: {inputs: [features, dense]}\n  - Dense: {units: 3, activation: softmax}\n" in result.text


def test_a_model_with_scaling_layers_around_two_outputs_is_taken_apart(tmp_path: Path) -> None:
    inner = several_ends()
    left, right = keras.Input((3,), name="left"), keras.Input((2,))
    price, kind = inner([L.Rescaling(0.5)(left), right])
    result, experiment = experiment_of(keras.Model([left, right], [L.Rescaling(100.0)(price), kind]), tmp_path)
    assert [output.layer for output in experiment.outputs][1:] == ["kind"]
    assert [layer.component.name for layer in experiment.layers if layer.component.name == "Rescaling"] == [
        "Rescaling"
    ] * 2
    assert [note.partition(":")[0] for note in result.notes] == ["The model was not compiled"]


def test_a_sum_of_two_outputs_is_an_add_layer(tmp_path: Path) -> None:
    entry = keras.Input((3,))
    result, experiment = experiment_of(keras.Model(entry, L.Dense(3)(entry) + entry), tmp_path)
    assert [layer.component.name for layer in experiment.layers] == ["Dense", "Add"]
    assert "  - Add: {inputs: [dense, input]}\n" in result.text


def test_an_operator_with_a_number_is_a_rescaling_layer(tmp_path: Path) -> None:
    entry = keras.Input((3,))
    x = 2 * ((L.Dense(3)(entry) + 1) / 4 - 0.5)
    model = keras.Model(entry, -(1 - x) + 2 * entry)
    result, experiment = experiment_of(model, tmp_path)
    assert [note.partition(":")[0] for note in result.notes] == ["The model was not compiled"]
    assert [layer.component.name for layer in experiment.layers][-2:] == ["Rescaling", "Add"]
    again = rebuilt(experiment, tmp_path)
    again.set_weights(model.get_weights())
    rows = np.linspace(-1, 1, 12).reshape(4, 3)
    np.testing.assert_allclose(again.predict(rows, verbose=0), model.predict(rows, verbose=0), rtol=1e-5, atol=1e-6)


def test_an_operator_that_no_layer_has_is_left_out(tmp_path: Path) -> None:
    entry = keras.Input((3,))
    x = 1 / (L.Dense(3)(entry) * np.ones(3, "float32"))
    result, experiment = experiment_of(keras.Model(entry, L.Dense(1)(x)), tmp_path)
    assert [note.partition(":")[0] for note in result.notes][:2] == [
        'The layer "multiply" is left out',
        'The layer "true_divide" is left out',
    ]
    assert [layer.component.name for layer in experiment.layers] == ["Dense", "Dense"]


def test_every_output_has_its_loss_metrics_and_weight(tmp_path: Path) -> None:
    _, experiment = experiment_of(several_ends(), tmp_path)
    price, kind = experiment.outputs
    assert (price.loss.name, price.metrics, price.loss_weight) == ("mse", (), 1.0)
    assert (kind.loss.name, kind.loss_weight) == ("sparse_categorical_crossentropy", 0.5)
    assert [metric.name for metric in kind.metrics] == ["accuracy"]


def test_mixed_precision_is_said_once_and_the_exception_at_its_layer(tmp_path: Path) -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = stack(L.Dense(8, activation="relu"), L.Dense(1, dtype="float32"))
    finally:
        keras.config.set_dtype_policy("float32")
    result, _ = experiment_of(model, tmp_path)
    assert "precision: mixed_float16\n" in result.text
    assert "  - Dense: {units: 8, activation: relu}\n  - Dense: {units: 1, dtype: float32}\n" in result.text


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`:UserWarning")
def test_what_an_experiment_cannot_hold_is_named(tmp_path: Path) -> None:
    model = stack(L.Dense(3), L.Lambda(lambda t: t * 2, name="twice"), L.Dense(1), loss=lambda a, b: (a - b) ** 2)
    result, experiment = experiment_of(model, tmp_path)
    assert [note.partition(":")[0] for note in result.notes] == [
        'The layer "twice" is left out',
        f'The loss of "{model.layers[-1].name}" is left out',
    ]
    assert len(experiment.layers) == 2


def test_a_shared_layer_and_a_second_output_are_named(tmp_path: Path) -> None:
    shared, one, other = L.Dense(3, name="both"), keras.Input((4,)), keras.Input((4,))
    ends = L.Dense(1)(L.Concatenate()([shared(one), shared(other)]))
    result, experiment = experiment_of(keras.Model([one, other], ends), tmp_path)
    assert 'The layer "both" is shared, and each of its 2 calls gets weights of its own.' in result.notes
    assert len(experiment.layers) == 4


def test_what_keras_does_not_save_is_named(tmp_path: Path) -> None:
    result, _ = experiment_of(stack(L.Dense(1), loss=keras.losses.Huber(delta=2.0)), tmp_path)
    assert result.notes == ("The file does not keep the delta of the loss Huber; Keras's default is assumed.",)


@pytest.mark.parametrize("name", ["xor", "digits-functional", "spirals"])
def test_the_model_of_a_run_becomes_its_experiment_again(name: str, tmp_path: Path) -> None:
    experiment = shipped(name)
    model = rebuilt(experiment, tmp_path)
    _, again = experiment_of(model, tmp_path)
    assert own_layers(rebuilt(again, tmp_path)) == layers_of(model)
    assert again.outputs[0].loss_weight == experiment.outputs[0].loss_weight


def drawn_layer(kind: type, *positional: Any, **named: Any) -> Any:
    """A layer's class and arguments; the layer is made in the test, for Keras draws a seed for it."""
    return st.tuples(st.just(kind), st.tuples(*positional), st.fixed_dictionaries(named))


_ACTIVATIONS = st.sampled_from(["relu", "tanh", "sigmoid", "elu", "gelu", "linear", "silu"])
_LAYERS = st.one_of(
    drawn_layer(L.Dense, st.integers(1, 9), activation=_ACTIVATIONS, use_bias=st.booleans()),
    drawn_layer(L.Dropout, st.floats(0, 0.9), seed=st.none() | st.integers(0, 9)),
    drawn_layer(L.BatchNormalization, momentum=st.floats(0.1, 0.99), scale=st.booleans()),
    drawn_layer(L.LeakyReLU, st.floats(0, 1)),
    drawn_layer(L.GaussianNoise, st.floats(0.1, 1)),
    drawn_layer(L.Rescaling, st.floats(0.1, 9), st.floats(-1, 1).map(lambda offset: offset + 0.0)),  # -0.0 is 0
    drawn_layer(L.UnitNormalization),
)


@settings(max_examples=15)
@given(drawn=st.lists(_LAYERS, min_size=1, max_size=4), width=st.integers(1, 20))
def test_any_stack_comes_back(drawn: list[Any], width: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    layers = [kind(*positional, **named) for kind, positional, named in drawn]
    model = stack(*layers, L.Dense(2), shape=(width,))
    folder = tmp_path_factory.mktemp("stack")
    result, experiment = experiment_of(model, folder)
    assert result.notes == ()
    assert own_layers(rebuilt(experiment, folder)) == own_layers(model)
