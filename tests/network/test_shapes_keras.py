"""The walk through the shapes against Keras itself, on random stacks and small graphs."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component, Input, Layer
from nnrun.model.build import _call
from nnrun.model.components import build_component
from nnrun.network.axes import Shape
from nnrun.network.shape_rules import _MERGES, _RULES
from nnrun.network.shapes import walk
from nnrun.network.wiring import Graph

pytestmark = pytest.mark.keras

Draw = st.DrawFn
SMALL = st.integers(1, 4)
FORMATS = st.sampled_from(["channels_last"] * 3 + ["channels_first"])
PADDINGS = st.sampled_from(["valid", "same"])
AXES = {f"{axes}D": axes for axes in (1, 2, 3)}


def each(axes: int, values: st.SearchStrategy[Any] = SMALL) -> st.SearchStrategy[Any]:
    """One value for all axes, or one for each."""
    return values | st.lists(values, min_size=axes, max_size=axes)


def pairs(axes: int) -> st.SearchStrategy[Any]:
    """What is added or cut at the ends of the axes."""
    number = st.integers(0, 2)
    pair = st.lists(number, min_size=2, max_size=2)
    return number | (pair if axes == 1 else st.lists(number | pair, min_size=axes, max_size=axes))


def over(axes: int, name: str) -> dict[str, st.SearchStrategy[Any]]:
    """The arguments of a layer that moves over axes."""
    moving = {"strides": each(axes, st.integers(1, 2)), "padding": PADDINGS, "data_format": FORMATS}
    kernel = {"kernel_size": each(axes), "dilation_rate": each(axes, st.sampled_from([1, 1, 1, 2]))}
    causal = {"padding": st.sampled_from(["valid", "same", "causal"])} if name == "Conv1D" else {}
    groups = {"filters": SMALL, "groups": st.sampled_from([1, 1, 1, 2])}
    padding = {"output_padding": st.none() | each(axes, st.integers(0, 1))}
    return {
        "Conv": {**moving, **kernel, **groups, **causal},
        "SeparableConv": {**moving, **kernel, "filters": SMALL, "depth_multiplier": SMALL},
        "DepthwiseConv": {**moving, **kernel, "depth_multiplier": SMALL},
        "ConvTranspose": {**moving, **kernel, **padding, "filters": SMALL},
        "MaxPooling": {**moving, "pool_size": each(axes)},
        "AveragePooling": {**moving, "pool_size": each(axes)},
        "GlobalMaxPooling": {"keepdims": st.booleans(), "data_format": FORMATS},
        "GlobalAveragePooling": {"keepdims": st.booleans(), "data_format": FORMATS},
        "ZeroPadding": {"padding": pairs(axes), "data_format": FORMATS},
        "Cropping": {"cropping": pairs(axes), **({} if axes == 1 else {"data_format": FORMATS})},
        "UpSampling": {"size": SMALL} if axes == 1 else {"size": each(axes), "data_format": FORMATS},
        "SpatialDropout": {"rate": st.just(0.5)},
    }[name.replace(f"{axes}D", "")]


RECURRENT = {"units": SMALL, "return_sequences": st.booleans()}
NORMAL = {"axis": st.sampled_from([-1, -1, 1, 2, -2, 3])}
ARGUMENTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "Activation": {"activation": st.sampled_from(["relu", "softmax"])},
    "Dense": {"units": SMALL},
    "Embedding": {"input_dim": st.just(3), "output_dim": SMALL},
    "Reshape": {"target_shape": st.lists(st.sampled_from([-1, 1, 2, 3, 4]), min_size=1, max_size=4)},
    "Permute": {"dims": st.integers(1, 4).flatmap(lambda n: st.permutations(range(1, n + 1)))},
    "RepeatVector": {"n": SMALL},
    "Rescaling": {"scale": st.just(0.5)},
    "PReLU": {"shared_axes": st.none() | st.sampled_from([1, 2, 3]) | st.just([1, 2])},
    **{name: {"rate": st.just(0.5)} for name in ("AlphaDropout", "Dropout", "GaussianDropout")},
    "GaussianNoise": {"stddev": st.just(0.5)},
    **dict.fromkeys(("BatchNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"), NORMAL),
    "GroupNormalization": {**NORMAL, "groups": st.sampled_from([-1, 1, 2, 32])},
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), RECURRENT),
    "Concatenate": {"axis": st.sampled_from([-1, -1, 1, 2, -2, 3])},
    "Dot": {"axes": st.sampled_from([1, 2, -1, -2]) | st.lists(st.sampled_from([1, 2, -1]), min_size=2, max_size=2)},
    **{name: over(axes, name) for name in _RULES for mark, axes in AXES.items() if mark in name},
}
WRAPPERS = ("Bidirectional", "TimeDistributed")
PLAIN = [name for name in sorted(_RULES) if name not in WRAPPERS]
SIZES: st.SearchStrategy[int | None] = st.integers(1, 9) | st.sampled_from([4, 6, 8, None])


def suits(name: str, axes: int) -> bool:
    """Whether the layer can take samples of so many axes at all."""
    return all(mark not in name for mark, moved in AXES.items() if moved + 1 != axes)


@st.composite
def components(draw: Draw, name: str, axes: int) -> Component:
    """A layer of that name; one that is inside it mostly takes its samples, of which the layer's have `axes`."""
    if name == "Bidirectional":
        inner = draw(components(draw(st.sampled_from(["SimpleRNN", "LSTM", "GRU"])), axes))
        modes = st.sampled_from(["concat", "sum", "mul", "ave", None])
        return Component("layers", name, {"layer": inner, "merge_mode": draw(modes)})
    if name == "TimeDistributed":
        suited = [other for other in PLAIN if suits(other, axes - 1)]
        return Component("layers", name, {"layer": draw(components(draw(st.sampled_from(suited + PLAIN)), axes - 1))})
    return Component("layers", name, draw(st.fixed_dictionaries(ARGUMENTS.get(name, {}))))


def network(sizes: list[list[int | None]], layers: list[Layer]) -> Graph:
    """A graph whose inputs x0, x1, … have the given shapes."""
    entries = [
        Input(f"x{number}", (), Component("layers", "Input", {"shape": shape})) for number, shape in enumerate(sizes)
    ]
    return Graph(tuple(entries), tuple(layers), ())


@st.composite
def lone_layers(draw: Draw, name: str) -> Graph:
    """A layer of that name on inputs that it mostly can take."""
    axes = draw(st.sampled_from([axes for axes in (1, 2, 3, 4) if suits(name, axes)] * 4 + [1, 2, 3, 4]))
    shape: list[int | None] = draw(st.lists(SIZES, min_size=axes, max_size=axes))
    others: list[list[int | None]] = []
    if name in _MERGES:
        ones: list[int | None] = [1] * axes
        other = st.just(shape) | st.just(ones) | st.lists(SIZES, min_size=1, max_size=3)
        alike = st.lists(SIZES, min_size=axes, max_size=axes).map(lambda new: [*shape[:-1], new[-1]])
        others = draw(st.lists(other | alike, min_size=draw(st.sampled_from([1, 1, 1, 0])), max_size=2))
    sizes = [shape, *others]
    inputs = tuple(f"x{number}" for number in range(len(sizes)))
    return network(sizes, [Layer("layer", draw(components(name, axes)), inputs)])


@st.composite
def graphs(draw: Draw) -> Graph:
    """A network of one input; a layer takes the last one that is not refused, or merges it with others."""
    sizes = [draw(st.lists(SIZES, min_size=1, max_size=4))]
    layers: list[Layer] = []
    for number in range(draw(st.integers(2, 7))):
        shapes = {name: shape for name, shape in walk(network(sizes, layers), Columns(()))[0].items() if shape}
        *others, (before, shape) = shapes.items()
        inputs: tuple[str, ...] = (before,)
        names = [*PLAIN, *WRAPPERS]
        if draw(st.integers(0, 3)) == 0:
            same = [name for name, other in others if len(other) == len(shape)]
            inputs = (before, *draw(st.lists(st.sampled_from([before, *same]), min_size=1, max_size=2)))
            names = sorted(_MERGES) * 4 + names
        fitting = [name for name in names if suits(name, len(shape))]
        name = draw(st.sampled_from(fitting * 4 + names))
        layers.append(Layer(f"layer_{number}", draw(components(name, len(shape))), inputs))
    return network(sizes, layers)


def built(layer: Layer, tensors: list[Any]) -> Any:
    """What Keras gives for the layer, or None where it refuses."""
    try:
        return _call(build_component(layer.component, name=layer.name), layer, tensors)
    except ExperimentError:
        return None


def shape_of(tensor: Any) -> Shape | None:
    """The shape of a sample; None for several tensors."""
    return tuple(tensor.shape[1:]) if keras.utils.is_keras_tensor(tensor) else None


def hold_against_keras(graph: Graph) -> None:
    """Builds the graph with Keras: what the walk gives must be what Keras gives, what it refuses Keras must refuse."""
    shapes, problems = walk(graph, Columns(()))
    refused = [problem.message.split('"')[1] for problem in problems]
    tensors = {i.name: keras.Input(shape=shapes[i.name], name=i.name) for i in graph.inputs}
    for layer in graph.layers:
        received = [tensors[name] for name in layer.inputs]
        tensors[layer.name] = built(layer, received)
        case = f"{layer.component} on {[shape_of(tensor) for tensor in received]}"
        if layer.name in refused:
            assert tensors[layer.name] is None, f"{case} gives {tensors[layer.name]}"
        elif shapes[layer.name] is not None:
            assert shape_of(tensors[layer.name]) == shapes[layer.name], case


def of_examples(number: int) -> settings:
    return settings(max_examples=number, derandomize=True, suppress_health_check=list(HealthCheck))


# Keras warns of masks that a layer does not take.
@pytest.mark.filterwarnings("ignore")
@of_examples(60)
@given(graphs())
def test_random_graphs_have_the_shapes_that_keras_gives_them(graph: Graph) -> None:
    hold_against_keras(graph)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted({*_RULES, *_MERGES}))
@of_examples(8)
@given(data=st.data())
def test_every_layer_gives_and_refuses_what_keras_does(name: str, data: st.DataObject) -> None:
    hold_against_keras(data.draw(lone_layers(name)))
