"""An experiment for every layer, optimizer, loss, metric and the rest of the catalogue."""

from collections.abc import Collection

import pytest
from _pytest.mark import ParameterSet

from nnrun.cli.examples import example
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.dump import dump

# The 64 numbers of a digit as a vector, a sequence, a picture, a film.
SHAPES = ([64], [16, 4], [8, 8, 1], [4, 4, 4, 1], [4, 4, 2, 2], [2, 2, 2, 4, 2])
SEVERAL = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")
SEVERAL += ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")
# What classes written as vectors are not the targets of.
OTHER_LOSSES = {"CTC", "Circle", "SparseCategoricalCrossentropy"}
OTHER_METRICS = {"SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy"}

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
    "Masking": {"layers": [{"Reshape": {"target_shape": [2, 2]}}, "Masking", {"SimpleRNN": {"units": 3}}, *END]},
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
    """Every name of a kind, each slow in a network of its own; some of every kind always run together."""
    return [pytest.param(name, marks=pytest.mark.slow) for name in names(kind) if name not in left_out]
