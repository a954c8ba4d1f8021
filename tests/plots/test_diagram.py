"""The diagram of a network."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from nnrun.plots.diagram import draw_network
from nnrun.plots.style import DARK, LIGHT

NAMESPACE = "{http://www.w3.org/2000/svg}"
KERNEL = np.array([[2.0, -1.0, 0.0], [0.5, 0.25, -2.0]])
WEIGHTS = {
    "hidden/kernel": KERNEL,
    "hidden/bias": np.array([0.0, 1.0, -1.0]),
    "out/kernel": np.array([[1.0], [-1.0], [0.5]]),
    "out/bias": np.array([0.3]),
}


def layer(name: str, kind: str, inputs: list[str], shape: str = "(3)", parameters: int = 9, **rest: Any) -> Any:
    own = {"name": name, "kind": kind, "inputs": inputs, "shape": shape, "parameters": parameters, "activation": ""}
    return own | rest


SMALL = [
    layer("input", "Input", [], "(2)", 0, columns=["age", "income"]),
    layer("hidden", "Dense", ["input"], activation="relu"),
    layer("out", "Dense", ["hidden"], "(1)", 4, activation="sigmoid"),
]
BRANCHES = [
    layer("image", "Input", [], "(28, 28, 1)", 0),
    layer("one", "Conv2D", ["image"]),
    layer("two", "Flatten", ["image"], parameters=0),
    layer("both", "Concatenate", ["one", "two"], parameters=0),
]
OUTPUT = {"out": {"target": "loyal", "names": ["loyal"]}}


def svg(layers: Any = SMALL, outputs: Any = OUTPUT, weights: Any = WEIGHTS, title: str = "xor") -> ElementTree.Element:
    return ElementTree.fromstring(draw_network(layers, outputs, weights, title, form="svg"))


def elements(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return list(root.iter(f"{NAMESPACE}{name}"))


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in elements(root, "text")]


def size(data: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(data)).size


def test_a_small_stack_has_a_circle_per_neuron_and_a_line_per_weight() -> None:
    root = svg()
    assert len(elements(root, "circle")) == 2 + 3 + 1
    assert len(elements(root, "path")) == 6 + 3 + 2  # and two in the legend
    assert {"age", "income", "loyal", "hidden", "Dense · relu"} <= set(texts(root))


def test_the_sign_of_a_weight_is_its_colour_and_its_size_the_width() -> None:
    paths = elements(svg(), "path")[:9]
    widest = sorted(paths, key=lambda path: float(path.attrib["stroke-width"]))[-2:]
    assert {path.attrib["stroke"] for path in widest} == {LIGHT.training, LIGHT.validation}
    assert sum(path.attrib["stroke"] == LIGHT.validation for path in paths) == (KERNEL < 0).sum() + 1


def test_a_neurons_bias_is_told_where_the_pointer_rests() -> None:
    tips = [circle.findtext(f"{NAMESPACE}title") for circle in elements(svg(), "circle")]
    assert tips == [None, None, "bias 0", "bias 1", "bias -1", "bias 0.3"]


def test_other_weights_give_another_picture() -> None:
    other = WEIGHTS | {"out/kernel": np.array([[1.0], [-1.0], [0.6]])}
    assert draw_network(SMALL, OUTPUT, WEIGHTS, "") != draw_network(SMALL, OUTPUT, other, "")


def test_all_other_networks_are_boxes_with_what_is_known_of_each() -> None:
    root = svg(BRANCHES, {"both": {"target": "digit", "names": []}}, {})
    assert len(elements(root, "rect")) == 5
    assert {"image", "Conv2D", "(3), 9 parameters", "(28, 28, 1)", "digit"} <= set(texts(root))


@pytest.mark.parametrize("units", [17, 100])
def test_many_neurons_are_a_box(units: int) -> None:
    wide = {**WEIGHTS, "hidden/kernel": np.zeros((2, units)), "out/kernel": np.zeros((units, 1))}
    assert len(elements(svg(weights=wide), "circle")) == 0


def test_odd_names_are_escaped_and_nothing_steers_the_page(odd_text: str) -> None:
    name = f"<script>&\"'{odd_text}"
    layers = [SMALL[0] | {"columns": [name, name]}, SMALL[1] | {"activation": name}, SMALL[2]]
    root = svg(layers, {"out": {"target": name, "names": [name]}}, title=name)
    assert elements(root, "script") == []
    assert (root.findtext(f"{NAMESPACE}title") or "").startswith("<script>&")
    assert root.attrib["viewBox"].startswith("0 0 ")


@pytest.mark.parametrize("layers", [SMALL, BRANCHES], ids=["neurons", "boxes"])
def test_both_forms_have_the_same_size(layers: Any) -> None:
    outputs = {layers[-1]["name"]: {"target": "y", "names": ["y"]}}
    png = draw_network(layers, outputs, WEIGHTS, "", theme=DARK)
    root = svg(layers, outputs)
    assert size(png) == pytest.approx((float(root.attrib["width"]), float(root.attrib["height"])), abs=1)


def test_a_very_deep_network_is_drawn_smaller() -> None:
    deep = [layer(f"n{i}", "LSTM", [f"n{i - 1}"] if i else []) for i in range(80)]
    png = draw_network(deep, {"n79": {"target": "y", "names": []}}, {}, "")
    assert max(size(png)) <= 3000


def test_the_picture_shows_its_colours() -> None:
    png = draw_network(SMALL, OUTPUT, WEIGHTS, "")
    image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    assert (image[..., 2] - image[..., 0] > 100).sum() > 200  # blue edges
    assert (image[..., 0] - image[..., 2] > 100).sum() > 200  # and orange ones
