"""Predictions with the weights of past epochs, and layer activations."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from experiments import data_of, written
from nnrun.data.rows import network_rows, unscaled
from nnrun.model.build import build_model
from nnrun.model.deploy import predict, with_scaling
from nnrun.model.replay import can_die, layer_activations, predict_with

pytestmark = pytest.mark.keras

HEAD = """
data:
  generator:
    function: {samples: 40, a: "uniform(100, 200)", b: "normal(-5, 2)", y: "3 * a - b"}
  scale: standard
optimizer: adam
loss: mse
epochs: 1
"""
STACK = """
layers:
  - Dense: {units: 4, activation: relu}
  - BatchNormalization: {}
  - Dropout: {rate: 0.5}
  - Dense: {units: 1}
"""


def test_predictions_with_other_weights_are_those_that_the_model_would_make(tmp_path):
    experiment = written(HEAD + STACK)
    dataset = data_of(experiment, tmp_path)
    model = build_model(experiment, network_rows(experiment, dataset.training))
    deployed = with_scaling(model, experiment, dataset.input_scaling, dataset.target_scaling)
    inputs = network_rows(experiment, unscaled(dataset.training, dataset.input_scaling, {})).inputs
    before = model.get_weights()
    rng = np.random.default_rng(0)
    values = [np.abs(rng.normal(size=(3, *w.shape))).astype(np.float32) for w in before]
    found = predict_with(deployed, model.weights, values, inputs)
    for after, kept in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(after, kept)
    for i in range(3):
        model.set_weights([value[i] for value in values])
        np.testing.assert_allclose(found[i], predict(deployed, inputs)[0], rtol=1e-5)


def test_dead_units_are_those_that_output_0_for_every_sample():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
    model.layers[0].set_weights([np.float32([[1, -1, 0], [1, -1, 0]]), np.float32([0, 0, 0.5])])
    rows, (hidden, last) = layer_activations(model, [np.float32([[1, 2], [3, 4]])])
    assert rows == 2
    assert (hidden.name, hidden.units, hidden.dead) == (model.layers[0].name, 3, 1)
    assert hidden.counts.sum() == 6
    assert (hidden.edges[0], hidden.edges[-1]) == (0.0, 7.0)
    assert last.dead is None


def test_the_units_of_pictures_are_their_channels_and_layers_that_change_nothing_are_left_out():
    layers = [
        *(keras.layers.Conv2D(5, 3), keras.layers.ReLU(), keras.layers.Flatten(), keras.layers.Dropout(0.5)),
        keras.layers.Dense(2),
    ]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    _, found = layer_activations(model, [np.zeros((4, 8, 8, 1), np.float32)])
    assert [one.units for one in found] == [5, 5, 2]
    assert [one.dead for one in found] == [None, 5, None]


def test_too_many_activations_are_those_of_evenly_spaced_rows():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2000, activation="relu")])
    rows, (wide,) = layer_activations(model, [np.linspace(0, 1, 5000, dtype=np.float32)[:, None]])
    assert rows == 1000
    assert wide.counts.sum() == rows * 2000


@pytest.mark.parametrize(
    ("layer", "mortal"),
    [
        (lambda: keras.layers.Dense(1, activation="relu"), True),
        (lambda: keras.layers.Activation("relu6"), True),
        (lambda: keras.layers.ReLU(), True),
        (lambda: keras.layers.ReLU(negative_slope=0.1), False),
        (lambda: keras.layers.LeakyReLU(), False),
        (lambda: keras.layers.Dense(1, activation="tanh"), False),
        (lambda: keras.layers.Flatten(), False),
    ],
)
def test_only_layers_like_relu_can_die(layer, mortal):
    assert can_die(layer()) is mortal
