"""How many inputs a layer takes."""

from __future__ import annotations

import inspect

import pytest

from nnrun.errors import Place
from nnrun.experiment.columns import Columns
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.network.arity import Arity, arity, find_count_problems
from nnrun.network.wiring import read_graph


def told(layers: str) -> list[tuple[str, str | None, Place | None]]:
    graph = read_graph(parse_document(f"layers: {layers}\n", "x.yaml"), Columns(()))
    return [(problem.message, problem.hint, problem.place) for problem in find_count_problems(graph)]


@pytest.mark.parametrize(
    ("name", "taken", "words"),
    [
        ("Dense", (1, 1), "one input"),
        ("MaxPool2D", (1, 1), "one input"),
        ("LSTM", (1, 1), "one input"),
        ("Add", (2, None), "at least 2 inputs"),
        ("Concatenate", (2, None), "at least 2 inputs"),
        ("Subtract", (2, 2), "2 inputs"),
        ("Dot", (2, 2), "2 inputs"),
        ("Attention", (2, 3), "2 or 3 inputs"),
        ("MultiHeadAttention", (2, 3), "2 or 3 inputs"),
    ],
)
def test_a_layer_takes_one_input_or_as_many_as_are_written(
    name: str, taken: tuple[int, int | None], words: str
) -> None:
    assert arity(name) == taken
    assert str(arity(name)) == words


def test_a_number_of_inputs_is_admitted_from_the_fewest_to_the_most() -> None:
    assert [count for count in range(6) if Arity(2, 3).admits(count)] == [2, 3]
    assert [count for count in range(6) if Arity(2, None).admits(count)] == [2, 3, 4, 5]


def test_layers_wired_to_as_many_as_they_take_have_no_problem() -> None:
    assert (
        told("[{ReLU: {name: a}}, {ReLU: {name: b}}, {Add: {inputs: [a, b, a]}}, {Dot: {axes: 1, inputs: [a, a]}}]")
        == []
    )


def test_a_merge_of_one_input_is_told_though_its_shape_is_not_known() -> None:
    ((message, hint, place),) = told("[Add]")
    assert message == 'The layer "add" (Add) takes at least 2 inputs. Received: "input"'
    assert hint == "Name them, as in inputs: [a, b]."
    assert place == Place("x.yaml", 1, 10, "layers: [Add]")


def test_a_layer_of_one_input_wired_to_two_points_at_its_inputs() -> None:
    text = "[{ReLU: {name: a}}, {Dropout: {rate: 0.5, inputs: [a, input]}}]"
    ((message, hint, place),) = told(text)
    assert message == 'The layer "dropout" (Dropout) takes one input. Received: "a", "input"'
    assert hint == "Join the inputs first, by Concatenate or Add."
    assert place
    assert place.text[place.column - 1 :].startswith("[a, input]")


@pytest.mark.keras
def test_the_layers_that_keras_calls_with_several_arrays_are_those_that_take_several_inputs() -> None:
    import keras
    from keras.src.layers.merging.base_merge import Merge

    catalog = load_catalog()
    for name in catalog.names("layers"):
        made = getattr(keras.layers, name)
        if inspect.isclass(made) and not name.endswith(("Cell", "Cells")):
            parameters = inspect.signature(made.call).parameters.values()
            needed = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
            lists = ("Attention", "AdditiveAttention", "HashedCrossing")
            several = issubclass(made, Merge) or len(needed) > 2 or name in lists
            assert (arity(name).fewest > 1) == several, name
