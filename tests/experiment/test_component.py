"""Components from their written form, with places, and with the catalogue's defaults."""

from __future__ import annotations

from typing import Any

import pytest

from nnrun.errors import Place
from nnrun.experiment.component import fill_in, read_component, with_defaults
from nnrun.experiment.experiment import Component
from nnrun.experiment.schema.catalog import Entry, load_catalog
from nnrun.experiment.schema.schema import experiment_schema
from nnrun.experiment.text.yaml_text import parse_document

CATALOG = load_catalog()
ENTRIES = [
    pytest.param(entry, id=f"{kind}.{name}")
    for kind in ("layers", "optimizers", "generators")
    for name in CATALOG.names(kind)
    if (entry := CATALOG.entry(kind, name)) and entry.name == name
]


def read(text: str, kind: str) -> Component:
    return read_component(parse_document(f"part: {text}", "x.yaml"), ("part",), kind)


def place(text: str, column: int) -> Place:
    return Place("x.yaml", 1, column, f"part: {text}")


def test_a_name_is_a_component_without_arguments() -> None:
    assert read("adam", "optimizers") == Component("optimizers", "adam", {}, place("adam", 7))


@pytest.mark.parametrize("text", ["{Flatten: }", "{Flatten: {}}"])
def test_a_mapping_may_hold_no_arguments(text: str) -> None:
    assert read(text, "layers") == Component("layers", "Flatten", {}, place(text, 8))


def test_arguments_have_their_values_and_places() -> None:
    text = "{Dense: {units: 8, activation: relu}}"
    assert read(text, "layers") == Component(
        "layers",
        "Dense",
        {"units": 8, "activation": "relu"},
        place(text, 8),
        {"units": place(text, 23), "activation": place(text, 38)},
    )


def test_components_within_arguments_are_components() -> None:
    text = "{Dense: {units: 1, kernel_initializer: {Constant: {value: 2}}, bias_initializer: zeros}}"
    arguments = read(text, "layers").arguments
    inner = arguments["kernel_initializer"]
    assert (inner.kind, inner.name, inner.arguments) == ("initializers", "Constant", {"value": 2.0})
    assert (inner.place, inner.places) == (place(text, 47), {"value": place(text, 65)})
    assert arguments["bias_initializer"] == "zeros"


@pytest.mark.parametrize(
    ("text", "kind", "argument"),
    [
        ("{LossScaleOptimizer: {inner_optimizer: adam}}", "optimizers", "inner_optimizer"),
        ("{RNN: {cell: {LSTMCell: {units: 2}}}}", "layers", "cell"),
        ("{TimeDistributed: {layer: Flatten}}", "layers", "layer"),
    ],
)
def test_a_layer_or_optimizer_within_another_is_a_component_by_its_name_too(
    text: str, kind: str, argument: str
) -> None:
    assert isinstance(read(text, kind).arguments[argument], Component)


@pytest.mark.parametrize("holder", ["StackedRNNCells: {cells", "RNN: {cell"])
def test_components_within_lists_are_components(holder: str) -> None:
    arguments = read(f"{{{holder}: [{{GRUCell: {{units: 2}}}}, {{LSTMCell: {{units: 3}}}}]}}}}", "layers").arguments
    (cells,) = arguments.values()
    assert [(cell.kind, cell.name, cell.arguments) for cell in cells] == [
        ("layers", "GRUCell", {"units": 2}),
        ("layers", "LSTMCell", {"units": 3}),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "argument", "expected"),
    [
        ("optimizers", "{SGD: {learning_rate: 1}}", "learning_rate", 1.0),
        ("layers", "{Dropout: {rate: 0}}", "rate", 0.0),
        ("layers", "{Dense: {units: 3}}", "units", 3),
        ("layers", "{Dense: {units: 3, use_bias: true}}", "use_bias", True),
        ("generators", "{moons: {noise: 0}}", "noise", 0.0),
        ("generators", "{function: {samples: 3, y: 2}}", "y", 2),
    ],
)
def test_a_whole_number_is_a_real_one_where_keras_wants_one(kind: str, text: str, argument: str, expected: Any) -> None:
    value = read(text, kind).arguments[argument]
    assert (value, type(value)) == (expected, type(expected))


def test_the_items_of_a_list_have_places_of_their_own() -> None:
    table = read("{table: {columns: [x, y], rows: [[1, 2], [3, 4]]}}", "generators")
    text = table.place_of("rows").text  # type: ignore[union-attr]
    assert text[table.place_of("rows", 1, 0).column - 1] == "3"  # type: ignore[union-attr]
    assert text[table.place_of("columns", 1).column - 1] == "y"  # type: ignore[union-attr]


def test_an_item_without_a_place_has_that_of_what_holds_it() -> None:
    table = read("{table: {columns: [x, y], rows: [[1, 2], [3, 4]]}}", "generators")
    assert table.place_of("rows", 1, 9) == table.place_of("rows", 1)
    assert table.place_of("rows", 9) == table.place_of("rows") == table.places["rows"]
    assert table.place_of("target", 0) == table.place
    assert Component("layers", "Dense").place_of("units") is None


def test_the_arguments_of_a_component_are_those_given_and_the_catalogues_defaults() -> None:
    assert with_defaults(Component("generators", "moons", {"noise": 0})) == {"samples": 500, "noise": 0}
    assert with_defaults(Component("layers", "Dense", {"units": 8}))["activation"] is None


def test_defaults_are_added_to_what_is_written() -> None:
    sgd = {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, "use_ema": False, "ema_momentum": 0.99}
    assert fill_in("optimizers", "sgd") == {"sgd": sgd}
    assert fill_in("generators", {"moons": {"noise": 0}}) == {"moons": {"noise": 0, "samples": 500}}
    assert fill_in("generators", {"moons": None}) == {"moons": {"samples": 500, "noise": 0.1}}


def test_a_component_without_defaults_stays_as_written() -> None:
    table = {"table": {"columns": ["x", "y"], "rows": [[1, 2]]}}
    assert fill_in("generators", table) == table
    assert fill_in("layers", "Add") == "Add"


def test_what_is_written_stays_and_is_not_changed() -> None:
    written: dict[str, Any] = {"Dense": {"units": 8, "use_bias": False, "activation": None}}
    filled = fill_in("layers", written)
    assert isinstance(filled, dict)
    assert {key: filled["Dense"][key] for key in written["Dense"]} == written["Dense"]
    assert written == {"Dense": {"units": 8, "use_bias": False, "activation": None}}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_default_that_is_filled_in_is_the_catalogues_and_valid(entry: Entry) -> None:
    filled = fill_in(entry.kind, entry.name)
    arguments = filled[entry.name] if isinstance(filled, dict) else {}
    allowed = experiment_schema()["definitions"][f"{entry.kind}.{entry.name}"]["properties"]
    for key, value in arguments.items():
        assert entry.arguments[key].has_default
        assert value == entry.arguments[key].default
        assert key in allowed
    assert fill_in(entry.kind, filled) == filled
