"""The neurons of a small network with its weights at every epoch."""

import base64
import zlib

import numpy as np

from nnrun.report.page.weights_diagram import boxes_diagram, weights_diagram


def layer(name, kind, inputs, **changes):
    return {"name": name, "kind": kind, "shape": "", "inputs": inputs, "parameters": 1, "activation": ""} | changes


LAYERS = [
    layer("input", "Input", [], columns=["a", "b"]),
    layer("one", "Dense", ["input"], activation="relu"),
    layer("off", "Dropout", ["one"]),
    layer("two", "Dense", ["off"]),
]
ARGUMENTS = {"layers": LAYERS, "outputs": {"two": {"target": "y", "names": ["y"]}}}
TRACE = {
    "one/kernel": np.arange(3 * 2 * 3, dtype=np.float32).reshape(3, 2, 3),
    "one/bias": np.array([[0, 0, 0], [1, -1, 0], [2, 0, -4]], np.float32),
    "two/kernel": -np.ones((3, 3, 1), np.float32),
}


def test_weights_and_biases_are_shares_of_the_largest_of_all_epochs():
    diagram = weights_diagram(ARGUMENTS, TRACE, [0, 2])
    frames = np.frombuffer(zlib.decompress(base64.b64decode(diagram["frames"])), np.int8).reshape(2, -1)
    assert frames.shape[1] == len(diagram["edges"]) + len(diagram["biased"]) == 9 + 3
    assert np.array_equal(frames[1, :6], np.rint(127 * TRACE["one/kernel"][2].ravel() / 17))
    assert np.array_equal(frames[1, -3:], [64, 0, -127])
    assert (diagram["largest"], diagram["largestBias"]) == ("17", "4")


def test_edges_lead_from_column_to_column_and_layers_without_weights_have_plain_ones():
    diagram = weights_diagram(ARGUMENTS, TRACE, [0])
    assert len(diagram["nodes"]) == 2 + 3 + 3 + 1
    assert diagram["edges"] == [(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (5, 8), (6, 8), (7, 8)]
    assert diagram["plain"] == [(2, 5), (3, 6), (4, 7)]
    assert {"a", "b", "y", "one", "Dense · relu"} <= {text for _, _, text, _, _ in diagram["words"]}


def test_infinite_weights_can_be_drawn():
    trace = TRACE | {"two/kernel": np.full((3, 3, 1), 3e38, np.float32)}
    assert weights_diagram(ARGUMENTS, trace, [0, 1])["largest"] == "3e38"


def test_a_wide_or_branched_network_is_not_drawn():
    wide = {"one/kernel": np.ones((1, 2, 17)), "two/kernel": np.ones((1, 17, 1))}
    assert weights_diagram(ARGUMENTS, wide, [0]) is None


def test_any_network_has_boxes_and_routes_between_them():
    layers = [*LAYERS[:2], layer("sum", "Add", ["one", "one"])]
    diagram = boxes_diagram({"layers": layers, "outputs": {"sum": {"target": "y", "names": ["y"]}}})
    assert [(texts[0], kind) for _, _, texts, kind in diagram["boxes"]] == [
        ("input", "end"),
        ("one", "layer"),
        ("sum", "layer"),
        ("output", "end"),
    ]
    assert len(diagram["routes"]) == 4
    assert all(0 <= x <= diagram["width"] and 0 <= y <= diagram["height"] for x, y, *_ in diagram["boxes"])
