"""Weights drawn for many seeds at once are those that a new model has."""

from dataclasses import replace

import numpy as np
import pytest

from experiments import data_of, written
from nnrun.data.rows import network_rows
from nnrun.experiment.text.dump import dump
from nnrun.model.build import build_model
from nnrun.model.initial_weights import InitialWeights
from nnrun.network.initializer_argument import initializer_numbers

pytestmark = pytest.mark.keras

SEEDS = (0, 5, 2**32 - 1)
LAYERS = [
    {"Dense": {"units": 4, "kernel_initializer": {"TruncatedNormal": {"stddev": 0.3}}}},
    {"Dropout": {"rate": 0.5}},
    "BatchNormalization",
    {"Dense": {"units": 4, "kernel_initializer": "orthogonal", "bias_initializer": {"RandomUniform": {"seed": 3}}}},
    {"Reshape": {"target_shape": [2, 2]}},
    {"Bidirectional": {"layer": {"LSTM": {"units": 3}}}},
    {"Dense": {"units": 1}},
]


def experiment_of(layers: list[object]):
    data = {"generator": {"function": {"samples": 4, "a": "uniform(0, 1)", "b": "uniform(0, 1)", "y": "a + b"}}}
    text = dump({"data": data, "layers": layers, "optimizer": "adam", "loss": "mse", "epochs": 1})
    experiment = written(text)
    return experiment, network_rows(experiment, data_of(experiment, None).training)


def test_every_variable_of_every_layer_is_that_of_a_new_model():
    experiment, rows = experiment_of(LAYERS)
    drawn = InitialWeights(experiment, build_model(experiment, rows)).draw(SEEDS, np.zeros((3, 0), np.float32))
    for i, seed in enumerate(SEEDS):
        model = build_model(replace(experiment, seed=seed, named_seeds={}), rows)
        variables = [v for layer in experiment.layers for v in model.get_layer(layer.name).variables]
        assert len(variables) == len(drawn) == 19
        for variable, values in zip(variables, drawn, strict=True):
            np.testing.assert_array_equal(values[i], np.asarray(variable))


def test_numbers_of_initializers_reach_each_model():
    first, rows = experiment_of([{"Dense": {"units": 1, "kernel_initializer": {"RandomNormal": {"stddev": 0.1}}}}])
    (argument,) = initializer_numbers(first)
    assert (argument.layer, argument.initializer, argument.argument) == ("dense", "kernel_initializer", "stddev")
    stddevs = (0.1, 0.7, 1e-3)
    draws = InitialWeights(first, build_model(first, rows), [argument])
    kernel, _ = draws.draw((7, 7, 8), np.array(stddevs, np.float32)[:, None])
    for i, (seed, stddev) in enumerate(zip((7, 7, 8), stddevs, strict=True)):
        layer = {"Dense": {"units": 1, "kernel_initializer": {"RandomNormal": {"stddev": stddev}}}}
        model = build_model(replace(experiment_of([layer])[0], seed=seed), rows)
        np.testing.assert_array_equal(kernel[i], model.layers[0].kernel.numpy())
