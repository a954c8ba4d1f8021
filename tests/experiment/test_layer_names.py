"""Layers without a name have the one that Keras gives them in a new process."""

from __future__ import annotations

import pytest

from nnrun.experiment.layer_names import layer_names, name_layers


def dense(**arguments: object) -> dict[str, dict[str, object]]:
    return {"Dense": {"units": 1, **arguments}}


def test_layers_of_a_class_are_numbered_from_the_second_on() -> None:
    assert layer_names([dense(), "ReLU", dense(), dense(), "ReLU"]) == [
        "dense",
        "re_lu",
        "dense_1",
        "dense_2",
        "re_lu_1",
    ]


def test_a_given_name_counts_for_nothing_and_is_left_out() -> None:
    assert layer_names([dense(), dense(name="hidden"), dense()]) == ["dense", "hidden", "dense_1"]
    assert layer_names([dense(), dense(name="dense_1"), dense()]) == ["dense", "dense_1", "dense_2"]
    assert layer_names([dense(name="dense"), dense()]) == ["dense", "dense_1"]
    assert layer_names([dense(), dense(name="dense")]) == ["dense_1", "dense"]


def test_an_alias_has_the_name_of_its_class() -> None:
    assert layer_names(["MaxPool2D", "MaxPooling2D"]) == ["max_pooling2d", "max_pooling2d_1"]
    assert layer_names(["GroupQueryAttention"]) == ["grouped_query_attention"]


def test_a_layer_within_another_counts_before_it() -> None:
    around = {"Bidirectional": {"layer": {"LSTM": {"units": 2}}}}
    cells = {"StackedRNNCells": {"cells": ["GRUCell", {"GRUCell": {"name": "second"}}, "GRUCell"]}}
    assert name_layers(["LSTM", around, "LSTM", cells]) == {
        (0,): "lstm",
        (1,): "bidirectional",
        (1, "Bidirectional", "layer"): "lstm_1",
        (2,): "lstm_2",
        (3,): "stacked_rnn_cells",
        (3, "StackedRNNCells", "cells", 0): "gru_cell",
        (3, "StackedRNNCells", "cells", 1): "second",
        (3, "StackedRNNCells", "cells", 2): "gru_cell_1",
    }


@pytest.mark.parametrize("layer", [3, None, {}, {"a": 1, "b": 2}, {"Dense": [1]}, {"Bidirectional": {"layer": 5}}, []])
def test_what_is_no_layer_has_a_name_too(layer: object) -> None:
    assert layer_names([layer, dense(name="x")])[1] == "x"
