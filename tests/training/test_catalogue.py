"""Every layer, optimizer, loss, metric and the rest of the catalogue trains in an experiment as `fit` trains it."""

from collections.abc import Collection
from functools import cache

import numpy as np
import pytest
from _pytest.mark import ParameterSet

from experiments import data_of, written
from nnrun.cli.examples import example
from nnrun.data.epoch_order import epoch_orders
from nnrun.data.rows import Rows, network_rows
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.dump import dump
from nnrun.model.build import build_model
from nnrun.training.program import Program

pytestmark = pytest.mark.keras

# The 64 numbers of a digit as a vector, a sequence, a picture, a film.
SHAPES = ([64], [16, 4], [8, 8, 1], [4, 4, 4, 1], [4, 4, 2, 2], [2, 2, 2, 4, 2])
SEVERAL = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")
SEVERAL += ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")
# What classes written as vectors are not the targets of.
OTHER_LOSSES = {"CTC", "Circle", "SparseCategoricalCrossentropy"}
OTHER_METRICS = {"SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy"}
# Those of every kind that always run; `pytest -m "slow or not slow"` runs all.
ALWAYS = {"Conv2D", "Embedding", "GroupNormalization", "MultiHeadAttention", "RandomFlip", "Bidirectional", "Add"}
ALWAYS |= {"Adam", "SGD", "RMSprop", "Ftrl", "Huber", "KLDivergence", "F1Score", "AUC", "MeanIoU"}
ALWAYS |= {"Orthogonal", "OrthogonalRegularizer", "MaxNorm", "CosineDecay", "gelu"}


# What stands in the way from 4 numbers, 48 and so on to three classes.
END = ["Flatten", {"Dense": {"units": 3, "activation": "softmax"}}]
WHOLE_NUMBERS = {"Discretization": {"bin_boundaries": [-5.0, 0.0, 5.0]}}


def names(kind: str) -> list[str]:
    catalog = load_catalog()
    return [name for name in catalog.names(kind) if catalog.entry(kind, name).name == name]


def settings(**changes: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "data": {"generator": {"blobs": {"samples": 20, "centers": 3, "features": 4}}, "one_hot": True},
        "layers": [{"Dense": {"units": 6, "activation": "tanh"}}, {"Dense": {"units": 3, "activation": "softmax"}}],
        "optimizer": "adam",
        "loss": "categorical_crossentropy",
        "epochs": 1,
        "batch_size": 8,
    }
    return plain | changes


def trains_as_fit_does(experiment: Experiment, rows: Rows) -> None:
    order = epoch_orders(0, rows.count, 0, 1)
    model = build_model(experiment, rows)
    Program(model, experiment.batch_size, rows, None, trace=False, xla=False).run(order)
    plain = build_model(experiment, rows)
    x, y = rows.take(order[0]).batch()
    plain.fit(x, y, batch_size=experiment.batch_size, shuffle=False, verbose=0)
    for a, b in zip(model.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@cache
def rows_of(text: str) -> Rows:
    experiment = written(text)
    return network_rows(experiment, data_of(experiment, None).training)


def check(**changes: object) -> None:
    text = dump(settings(**changes))
    trains_as_fit_does(written(text), rows_of(text))


def layer_experiment(name: str, shape: list[int]) -> str:
    (component,) = example("layers", name)["layers"]
    arguments = dict(component[name]) if isinstance(component, dict) else {}
    if name in SEVERAL:
        arguments["inputs"] = ["input", "input"]
    data = {"generator": {"digits": {"samples": 20, "shape": shape}}, "one_hot": True}
    end = {"Dense": {"units": 10, "activation": "softmax"}}
    return dump(settings(data=data, layers=[{name: arguments} if arguments else name, "Flatten", end]))


def numbers(features: int, **settings: object) -> dict[str, object]:
    return {"generator": {"blobs": {"samples": 20, "centers": 3, "features": features}}, "one_hot": True, **settings}


def in_colour(name: str, factor: float) -> dict[str, object]:
    """An experiment with pictures of three channels."""
    layers = [{"Reshape": {"target_shape": [4, 4, 3]}}, {name: {"factor": factor, "value_range": [0, 1]}}, *END]
    return {"data": numbers(48, scale="minmax"), "layers": layers}


def with_cell(cell: object) -> dict[str, object]:
    return {"layers": [{"Reshape": {"target_shape": [2, 2]}}, {"RNN": {"cell": cell}}, *END]}


def of_two_columns(name: str) -> dict[str, object]:
    """An experiment with a layer that takes the whole numbers of two columns."""
    function = {"samples": 20, "a": "uniform(-9, 9)", "b": "uniform(-9, 9)", "c": "a > b"}
    kinds = [
        {"Discretization": {**WHOLE_NUMBERS["Discretization"], "inputs": column, "name": f"whole_{column}"}}
        for column in "ab"
    ]
    layer = {name: {"num_bins": 5, "inputs": ["whole_a", "whole_b"]}}
    end = ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]
    layers = [{"Input": {"name": "a"}}, {"Input": {"name": "b"}}, *kinds, layer]
    embedding = {"Embedding": {"input_dim": 5, "output_dim": 3}}
    return {"data": {"generator": {"function": function}, "one_hot": True}, "layers": [*layers, embedding, *end]}


# The experiments of the layers that a digit does not suit, and of those that train only inside another.
OWN_EXPERIMENTS: dict[str, dict[str, object]] = {
    "ConvLSTM3D": {
        "data": numbers(54),
        "layers": [
            {"Reshape": {"target_shape": [2, 3, 3, 3, 1]}},
            {"ConvLSTM3D": {"filters": 2, "kernel_size": 2}},
            *END,
        ],
    },
    "GRUCell": with_cell({"GRUCell": {"units": 3}}),
    "HashedCrossing": of_two_columns("HashedCrossing"),
    "Input": {"layers": [{"Input": {"shape": [4]}}, *END]},
    "IntegerLookup": {
        "layers": [
            WHOLE_NUMBERS,
            {"IntegerLookup": {"vocabulary": [0, 1, 2, 3]}},
            {"Embedding": {"input_dim": 6, "output_dim": 3}},
            *END,
        ]
    },
    "LSTMCell": with_cell({"LSTMCell": {"units": 3}}),
    "MelSpectrogram": {
        "data": numbers(256),
        "layers": [{"MelSpectrogram": {"fft_length": 64, "sequence_stride": 32, "num_mel_bins": 8}}, *END],
    },
    "RandomColorDegeneration": in_colour("RandomColorDegeneration", 0.2),
    "RandomHue": in_colour("RandomHue", 0.2),
    "RandomPosterization": in_colour("RandomPosterization", 4),
    "RandomSaturation": in_colour("RandomSaturation", 0.2),
    "STFTSpectrogram": {
        "data": numbers(256),
        "layers": [
            {"Reshape": {"target_shape": [256, 1]}},
            {"STFTSpectrogram": {"frame_length": 32, "frame_step": 16, "fft_length": 32}},
            *END,
        ],
    },
    "SimpleRNNCell": with_cell({"SimpleRNNCell": {"units": 3}}),
    "StackedRNNCells": with_cell(
        {"StackedRNNCells": {"cells": [{"LSTMCell": {"units": 3}}, {"GRUCell": {"units": 2}}]}}
    ),
}


def each(kind: str, left_out: Collection[str] = ()) -> list[ParameterSet]:
    """Every name of a kind; those that do not always run are marked."""
    chosen = [name for name in names(kind) if name not in left_out]
    return [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.slow) for name in chosen]


@pytest.mark.parametrize("name", each("layers"))
def test_every_layer_trains(name):
    if name in OWN_EXPERIMENTS:
        check(**OWN_EXPERIMENTS[name])
        return
    for shape in SHAPES:
        text = layer_experiment(name, shape)
        try:
            experiment = written(text)
            build_model(experiment, rows_of(text))
        except ExperimentError:
            continue
        trains_as_fit_does(experiment, rows_of(text))
        return
    pytest.fail(f"{name} takes none of the shapes")


def test_at_least_130_layers_are_tried():
    assert len(set(names("layers"))) >= 130
    assert set(OWN_EXPERIMENTS) <= set(names("layers"))


@pytest.mark.parametrize("name", each("optimizers"))
def test_every_optimizer_trains(name):
    check(**example("optimizers", name))


@pytest.mark.parametrize("name", each("losses", OTHER_LOSSES))
def test_every_loss_trains(name):
    check(**example("losses", name))


@pytest.mark.parametrize("name", each("metrics", OTHER_METRICS))
def test_every_metric_is_measured(name):
    check(**example("metrics", name))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(kind, *parameter.values, marks=parameter.marks)
        for kind in ("initializers", "regularizers", "constraints", "activations")
        for parameter in each(kind, {"STFT", "glu"})
    ],
)
def test_every_part_of_a_layer_trains(kind, name):
    (layer,) = example(kind, name)["layers"]
    check(layers=[layer, {"Dense": {"units": 3, "activation": "softmax"}}])


@pytest.mark.parametrize("name", each("schedules"))
def test_every_schedule_trains(name):
    check(**example("schedules", name))
