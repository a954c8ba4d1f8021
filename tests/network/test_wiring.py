"""Layers wired into a directed acyclic graph: stacks, skips, merges, several inputs and outputs."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.network.wiring import Graph, read_graph

COLUMNS = Columns((Column("age"), Column("income"), Column("image", 784)), (Column("loyal"),))


def graph(*layers: str, columns: Columns = COLUMNS) -> Graph:
    document = parse_document("layers:\n" + "".join(f"  - {layer}\n" for layer in layers), "x.yaml")
    return read_graph(document, columns)


def wiring(*layers: str) -> dict[str, tuple[str, ...]]:
    """What each layer takes, in the order of the graph."""
    return {layer.name: layer.inputs for layer in graph(*layers).layers}


def problems_of(*layers: str) -> tuple[Problem, ...]:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        graph(*layers)
    return caught.value.problems


def told(*layers: str) -> tuple[str, str | None, tuple[int, int] | None]:
    """Message, hint, and line and column of the only problem; the first layer stands in line 2."""
    (problem,) = problems_of(*layers)
    place = (problem.place.line, problem.place.column) if problem.place else None
    return problem.message, problem.hint, place


def names_of(*classes: str) -> list[str]:
    return [layer.name for layer in graph(*classes).layers]


def test_a_stack_takes_the_implicit_input_and_then_layer_after_layer() -> None:
    stack = graph("Flatten", "Dense: {units: 8}", "Dense: {units: 1}")
    assert {layer.name: layer.inputs for layer in stack.layers} == {
        "flatten": ("input",),
        "dense": ("flatten",),
        "dense_1": ("dense",),
    }
    ((name, columns, component),) = [(i.name, i.columns, i.component) for i in stack.inputs]
    assert (name, columns, component) == ("input", ("age", "income", "image"), None)
    assert [layer.name for layer in stack.ends] == ["dense_1"]


def test_a_skip_goes_around_layers_and_a_merge_takes_several() -> None:
    assert wiring(
        "Dense: {units: 4, name: first}",
        "Dense: {units: 4, name: second}",
        "Add: {inputs: [first, second]}",
        "Dense: {units: 1}",
        "Concatenate: {inputs: [input, dense]}",
    ) == {
        "first": ("input",),
        "second": ("first",),
        "add": ("first", "second"),
        "dense": ("add",),
        "concatenate": ("input", "dense"),
    }


def test_a_single_input_may_be_written_without_brackets() -> None:
    assert wiring("ReLU: {name: a}", "ReLU: {name: b}", "ReLU: {name: c, inputs: a}", "Add: {inputs: [b, c]}")["c"] == (
        "a",
    )


def test_a_layer_may_take_the_same_layer_twice() -> None:
    assert wiring("ReLU: {name: a}", "Multiply: {inputs: [a, a]}")["multiply"] == ("a", "a")


def test_nnruns_own_arguments_are_not_among_those_of_keras() -> None:
    both = graph("Input: {name: a, shape: [2], columns: [age, income]}", "Dense: {units: 1, name: b, inputs: a}")
    assert both.inputs[0].component is not None
    assert both.inputs[0].component.arguments == {"name": "a", "shape": [2]}
    assert both.layers[0].component.arguments == {"units": 1}


def test_a_lone_input_layer_takes_all_columns() -> None:
    lone = graph("Input: {name: all, shape: [786]}", "Dense: {units: 1}")
    assert [(i.name, i.columns) for i in lone.inputs] == [("all", ("age", "income", "image"))]
    assert lone.layers[0].inputs == ("all",)


def test_several_input_layers_take_the_columns_that_they_list_or_are_named_for() -> None:
    both = graph(
        "Input: {name: person, columns: [income, age]}",
        "Input: {name: image}",
        "Flatten: {inputs: image}",
        "Concatenate: {inputs: [person, flatten]}",
        "Dense: {units: 1}",
    )
    assert [(i.name, i.columns) for i in both.inputs] == [("person", ("income", "age")), ("image", ("image",))]


def test_an_input_layer_without_a_name_is_the_input() -> None:
    assert wiring("Dense: {units: 1}", "Input") == {"dense": ("input",)}
    assert [i.name for i in graph("InputLayer", "Dense: {units: 1}").inputs] == ["input_layer"]


def test_a_layer_may_take_one_that_is_written_below_it() -> None:
    assert wiring(
        "Dense: {units: 1, name: last, inputs: middle}",
        "ReLU: {name: first, inputs: input}",
        "ReLU: {name: middle}",
    ) == {"first": ("input",), "middle": ("first",), "last": ("middle",)}


def test_all_layers_that_no_other_takes_are_ends() -> None:
    heads = graph("ReLU: {name: a}", "ReLU: {name: b, inputs: a}", "ReLU: {name: c, inputs: a}")
    assert [layer.name for layer in heads.ends] == ["b", "c"]


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        ("Dense: {units: 1}", "dense"),
        ("Conv2D: {filters: 1, kernel_size: 3}", "conv2d"),
        ("Conv1DTranspose: {filters: 1, kernel_size: 3}", "conv1d_transpose"),
        ("LSTM: {units: 1}", "lstm"),
        ("GRU: {units: 1}", "gru"),
        ("BatchNormalization", "batch_normalization"),
        ("GlobalAveragePooling2D", "global_average_pooling2d"),
        ("ReLU", "re_lu"),
        ("ELU", "elu"),
    ],
)
def test_a_layer_without_a_name_is_called_as_keras_calls_its_class(layer: str, name: str) -> None:
    assert names_of(layer) == [name]


def test_automatic_names_are_numbered_from_the_second_on_and_leave_out_given_ones() -> None:
    assert names_of("ReLU", "ReLU", "ELU", "ReLU") == ["re_lu", "re_lu_1", "elu", "re_lu_2"]
    assert names_of("ReLU", "ReLU: {name: re_lu_1}", "ReLU") == ["re_lu", "re_lu_1", "re_lu_2"]
    assert names_of("ReLU: {name: re_lu}", "ReLU") == ["re_lu", "re_lu_1"]
    assert names_of("ReLU", "ReLU: {name: re_lu}") == ["re_lu_1", "re_lu"]


def test_a_layer_within_another_gets_its_name_too() -> None:
    (_, around) = graph("Reshape: {target_shape: [786, 1]}", "Bidirectional: {layer: {LSTM: {units: 1}}}").layers
    inner = around.component.arguments["layer"]
    assert (inner.kind, inner.name, inner.arguments) == ("layers", "LSTM", {"units": 1, "name": "lstm"})


def test_a_name_that_is_taken_twice_is_refused_with_both_places() -> None:
    assert told("ReLU: {name: a}", "ELU: {name: a}") == (
        'The name "a" is taken by the layer at x.yaml:2:18.',
        "Write another one: name: a_2",
        (3, 17),
    )
    assert len(problems_of("ReLU: {name: a}", "ELU: {name: a}", "ELU: {name: a}", "ReLU: {name: input}")) == 3


def test_the_name_of_the_implicit_input_is_kept() -> None:
    hint = "Write another one: name: input_2"
    assert told("ReLU: {name: input}") == ('The name "input" is kept for the network\'s input.', hint, (2, 18))
    assert names_of("Input: {name: input}", "ReLU") == ["re_lu"]


def test_an_unknown_input_gets_the_nearest_name() -> None:
    message = 'The layer "elu" takes "hiden", which is no layer.'
    assert told("ReLU: {name: hidden}", "ELU: {inputs: [hiden]}") == (message, 'Did you mean "hidden"?', (3, 20))
    message = 'The layer "elu" takes "x", which is no layer.'
    assert told("ReLU: {name: hidden}", "ELU: {inputs: x}") == (message, "The layers are: input, hidden, elu.", (3, 19))


def test_the_implicit_input_is_not_there_beside_a_named_one() -> None:
    message = 'The layer "re_lu" takes "input", which is no layer.'
    assert told("ReLU", "Input: {name: image}") == (message, "The layers are: image, re_lu.", (2, 5))


@pytest.mark.parametrize(
    ("layers", "cycle", "line"),
    [
        (("ReLU: {name: a, inputs: a}",), '"a" → "a"', 2),
        (("ReLU: {name: a, inputs: b}", "ReLU: {name: b}"), '"b" → "a" → "b"', 3),
        (
            ("ReLU: {name: a}", "Add: {name: b, inputs: [a, d]}", "ReLU: {name: c}", "ReLU: {name: d}", "ReLU"),
            '"c" → "d" → "b" → "c"',
            4,
        ),
        (("ReLU: {name: far, inputs: a}", "ReLU: {name: a, inputs: b}", "ReLU: {name: b}"), '"b" → "a" → "b"', 4),
    ],
)
def test_a_cycle_is_told_in_its_order_and_without_what_hangs_on_it(
    layers: tuple[str, ...], cycle: str, line: int
) -> None:
    hint = "Name other layers in one of their inputs."
    assert told(*layers) == (f"The layers form a cycle: {cycle}.", hint, (line, 5))


def test_an_input_that_no_layer_takes_is_refused() -> None:
    message = 'No layer takes the input "age".'
    hint = "Leave it out, or name it in a layer: inputs: age"
    assert told("Input: {name: age}", "Input: {name: income}", "ReLU") == (message, hint, (2, 5))


def test_a_column_that_is_not_there_gets_the_nearest_name() -> None:
    message = 'There is no input column "incom".'
    assert told("Input: {columns: [age, incom]}", "ReLU") == (message, 'Did you mean "income"?', (2, 28))
    hint = "The input columns are: age, income, image."
    assert told("Input: {name: x}", "Input: {name: age}", "ReLU") == ('There is no input column "x".', hint, (2, 5))


def test_inputs_alone_are_no_network() -> None:
    assert told("Input") == ("The network has no layer besides its input.", "For example: Dense: {units: 1}", (2, 3))


def test_wiring_is_read_even_where_the_columns_are_not_known() -> None:
    unknown = graph("Input: {name: a, columns: [b]}", "ReLU", columns=Columns(()))
    assert [i.columns for i in unknown.inputs] == [("b",)]


@given(st.integers(1, 30), st.randoms(use_true_random=False))
def test_every_layer_comes_after_those_it_takes(count: int, rng: random.Random) -> None:
    layers = []
    for i in range(count):
        taken = rng.sample(["input", *(f"n{j}" for j in range(i))], rng.randint(1, i + 1))
        layers.append(f"Add: {{name: n{i}, inputs: [{', '.join(taken)}]}}")
    rng.shuffle(layers)
    seen = {"input"}
    for name, inputs in wiring(*layers).items():
        assert seen.issuperset(inputs)
        seen.add(name)
    assert len(seen) == count + 1


def test_thousands_of_layers_are_wired_at_once() -> None:
    assert names_of(*["ReLU"] * 3000)[-1] == "re_lu_2999"
