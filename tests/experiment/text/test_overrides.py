"""`--set PATH=VALUE`: every way to name a setting, and errors that point into the option."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.errors import ExperimentError, Place
from nnrun.experiment.schema.validation import find_problems
from nnrun.experiment.text.overrides import apply_overrides
from nnrun.experiment.text.yaml_text import parse_document

TEXT = """\
data:
  generator:
    function: {samples: 100, x: "uniform(0, 1)", y: x}
layers:
  - Dense: {units: 8, activation: relu, name: hidden, kernel_initializer: {RandomNormal: {mean: 0.0}}}
  - Dropout: {rate: 0.5}
  - Bidirectional: {layer: {LSTM: {units: 4}}}
  - StackedRNNCells: {cells: [{GRUCell: {units: 4}}, {LSTMCell: {units: 4}}]}
  - ReLU
  - ReLU:
  - Dense: {units: 1, kernel_initializer: he_normal}
optimizer: {Adam: {learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 9, decay_rate: 0.5}}}}
loss: mse
metrics: [accuracy, {F1Score: {average: micro}}]
epochs: 10
"""


HOW_TO_NAME = (
    "Write the position of an entry, counted from 0, or one of the names: "
    "hidden, dropout, bidirectional, stacked_rnn_cells, re_lu, re_lu_1, dense."
)


def changed(*overrides: str, text: str = TEXT) -> Any:
    document = parse_document(text, "x.yaml")
    apply_overrides(document, overrides)
    return document.value


def layer(*overrides: str, position: int) -> Any:
    return changed(*overrides)["layers"][position]


def problems_of(*overrides: str, text: str = TEXT) -> list[tuple[int, str, str | None]]:
    """Column, message and hint of each problem, all of which lie in an option."""
    document = parse_document(text, "x.yaml")
    try:
        apply_overrides(document, overrides)
        problems = find_problems(document)
    except ExperimentError as error:
        problems = list(error.problems)
    places = [problem.place or Place("", 1, 1, "") for problem in problems]
    assert all((place.source, place.line) == ("--set", 0) and place.text in overrides for place in places)
    return [(place.column, problem.message, problem.hint) for place, problem in zip(places, problems, strict=True)]


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("epochs=20", 20),
        ("epochs = 20", 20),
        ("epochs=1e-3", 0.001),
        ("epochs=no", "no"),
        ("epochs='20'", "20"),
        ("epochs=", ""),
        ("epochs=~", None),
        ("epochs=[1, 2]", [1, 2]),
        ("epochs={a: 1}", {"a": 1}),
        ("epochs=x >= 0.5", "x >= 0.5"),
    ],
)
def test_a_value_is_yaml(override: str, value: Any) -> None:
    assert changed(override)["epochs"] == value


def test_a_setting_that_is_not_in_the_file_is_added() -> None:
    assert changed("batch_size=16", "data.validation_split=0.2") == {
        **changed(),
        "batch_size": 16,
        "data": {**changed()["data"], "validation_split": 0.2},
    }


def test_the_last_of_several_overrides_wins() -> None:
    assert changed("epochs=20", "epochs=30")["epochs"] == 30


@pytest.mark.parametrize("path", ["optimizer.learning_rate", "optimizer.Adam.learning_rate"])
@pytest.mark.parametrize("written", ["Adam", "{Adam: {beta_1: 0.8}}", "{Adam: {learning_rate: 0.1}}", "{Adam: }"])
def test_an_argument_is_reached_with_and_without_the_components_name(path: str, written: str) -> None:
    arguments = changed(f"{path}=0.01", text=f"optimizer: {written}")["optimizer"]["Adam"]
    assert arguments == ({"beta_1": 0.8} if "beta_1" in written else {}) | {"learning_rate": 0.01}


def test_an_argument_turns_a_name_into_a_mapping() -> None:
    assert changed("optimizer.learning_rate=0.01", text="optimizer: adam") == {
        "optimizer": {"adam": {"learning_rate": 0.01}}
    }
    assert changed("loss.delta=2", text="loss: huber") == {"loss": {"huber": {"delta": 2}}}
    assert changed("data.generator.samples=10", text="data: {generator: moons}") == {
        "data": {"generator": {"moons": {"samples": 10}}}
    }


def test_a_component_is_replaced_as_a_whole() -> None:
    assert changed("optimizer=sgd")["optimizer"] == "sgd"
    assert changed("optimizer={SGD: {momentum: 0.9}}")["optimizer"] == {"SGD": {"momentum": 0.9}}
    assert changed("optimizer=sgd", "optimizer.momentum=0.9")["optimizer"] == {"sgd": {"momentum": 0.9}}
    assert changed("layers=[Flatten, {Dense: {units: 1}}]", "layers.1.units=3")["layers"] == [
        "Flatten",
        {"Dense": {"units": 3}},
    ]


def test_an_argument_of_the_generator_is_reached() -> None:
    assert changed("data.generator.samples=10")["data"]["generator"]["function"]["samples"] == 10
    assert changed("data.generator.function.y=2 * x")["data"]["generator"]["function"]["y"] == "2 * x"


@pytest.mark.parametrize("path", ["layers.hidden.units", "layers.0.units", "layers.0.Dense.units", "layers.-7.units"])
def test_a_layer_is_reached_by_its_name_and_by_its_position(path: str) -> None:
    assert layer(f"{path}=32", position=0)["Dense"]["units"] == 32


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ("layers.dense", 6),
        ("layers.dropout", 1),
        ("layers.re_lu", 4),
        ("layers.re_lu_1", 5),
        ("layers.bidirectional", 2),
    ],
)
def test_a_layer_that_is_given_no_name_is_reached_by_the_one_that_it_has(path: str, position: int) -> None:
    assert changed(f"{path}=Flatten")["layers"] == changed(f"layers.{position}=Flatten")["layers"]


def test_a_layer_that_is_given_the_name_of_another_class_keeps_it_for_itself() -> None:
    text = "layers: [{Dense: {units: 1}}, {ReLU: {name: dense}}, {Dense: {units: 1}}, 3, {a: 1, b: 2}]\n"
    names = ["dense_1", "dense", "dense_2"]
    for position, name in enumerate(names):
        assert changed(f"layers.{name}=Flatten", text=text)["layers"][position] == "Flatten"


def test_only_the_layers_of_the_network_have_names_that_are_not_given() -> None:
    cells = "layers: [{StackedRNNCells: {cells: [{GRUCell: {units: 4, name: first}}, {GRUCell: {units: 4}}]}}]\n"
    assert changed("layers.0.cells.first.units=7", text=cells) != changed(text=cells)
    with pytest.raises(
        ExperimentError, match=r'^\S+ \S+ Nothing in "layers\.0\.StackedRNNCells\.cells" is named "gru_cell"\.'
    ):
        changed("layers.0.cells.gru_cell.units=7", text=cells)


def test_a_layer_is_replaced_by_its_position() -> None:
    assert layer("layers.1=Flatten", position=1) == "Flatten"
    assert layer("layers.-1={Dense: {units: 3}}", position=-1) == {"Dense": {"units": 3}}


def test_a_layer_without_arguments_takes_some() -> None:
    assert layer("layers.4.negative_slope=0.1", position=4) == {"ReLU": {"negative_slope": 0.1}}
    assert layer("layers.5.negative_slope=0.1", position=5) == {"ReLU": {"negative_slope": 0.1}}


@pytest.mark.parametrize(
    ("override", "position", "expected"),
    [
        ("layers.0.kernel_initializer.stddev=0.1", 0, {"RandomNormal": {"mean": 0.0, "stddev": 0.1}}),
        ("layers.hidden.kernel_initializer.RandomNormal.stddev=0.1", 0, {"RandomNormal": {"mean": 0.0, "stddev": 0.1}}),
        ("layers.0.Dense.kernel_initializer.stddev=0.1", 0, {"RandomNormal": {"mean": 0.0, "stddev": 0.1}}),
        ("layers.6.kernel_initializer.seed=3", 6, {"he_normal": {"seed": 3}}),
        ("layers.6.kernel_initializer=zeros", 6, "zeros"),
    ],
)
def test_components_that_are_arguments_are_reached_alike(override: str, position: int, expected: Any) -> None:
    assert layer(override, position=position)["Dense"]["kernel_initializer"] == expected


def test_components_within_components_are_reached_at_any_depth() -> None:
    assert layer("layers.2.layer.units=7", position=2) == {"Bidirectional": {"layer": {"LSTM": {"units": 7}}}}
    assert layer("layers.2.layer.kernel_regularizer.l2=0.1", position=2)["Bidirectional"]["layer"]["LSTM"] == {
        "units": 4,
        "kernel_regularizer": {"l2": 0.1},
    }
    cells = layer("layers.3.cells.1.units=7", position=3)["StackedRNNCells"]["cells"]
    assert cells == [{"GRUCell": {"units": 4}}, {"LSTMCell": {"units": 7}}]


def test_a_lone_argument_that_is_a_component_is_not_taken_for_one_to_step_over() -> None:
    schedule = changed()["optimizer"]["Adam"]["learning_rate"]
    for path in ("optimizer.beta_1", "optimizer.Adam.beta_1"):
        assert changed(f"{path}=0.8")["optimizer"] == {"Adam": {"learning_rate": schedule, "beta_1": 0.8}}
    for path in ("optimizer.learning_rate.decay_rate", "optimizer.Adam.learning_rate.ExponentialDecay.decay_rate"):
        decayed = changed(f"{path}=0.9")["optimizer"]["Adam"]["learning_rate"]["ExponentialDecay"]
        assert decayed == {**schedule["ExponentialDecay"], "decay_rate": 0.9}


def test_entries_of_lists_are_set_by_their_position() -> None:
    assert changed("metrics.0=mse")["metrics"] == ["mse", {"F1Score": {"average": "micro"}}]
    assert changed("metrics.1.average=macro")["metrics"][1] == {"F1Score": {"average": "macro"}}
    text = "data: {generator: {table: {columns: [x, y], rows: [[1, 2], [3, 4]]}}}"
    assert changed("data.generator.rows.1.0=9", text=text)["data"]["generator"]["table"]["rows"] == [[1, 2], [9, 4]]


def test_settings_of_outputs_are_reached() -> None:
    text = "outputs: {a: {loss: mse, metrics: [{F1Score: }]}, b: }"
    overrides = ("outputs.a.loss.name=error", "outputs.a.metrics.0.average=macro", "outputs.b.loss=mae")
    assert changed(*overrides, text=text)["outputs"] == {
        "a": {"loss": {"mse": {"name": "error"}}, "metrics": [{"F1Score": {"average": "macro"}}]},
        "b": {"loss": "mae"},
    }


def test_mappings_that_are_not_there_are_made() -> None:
    assert changed("data.generator.moons.samples=10", text="epochs: 1") == {
        "epochs": 1,
        "data": {"generator": {"moons": {"samples": 10}}},
    }


@pytest.mark.parametrize("override", ["epochs", "=3", "epochs..x=3", ".epochs=3", "epochs.=3", "", " =3"])
def test_an_override_of_another_form_is_refused(override: str) -> None:
    hint = "For example: --set optimizer.learning_rate=0.01"
    assert problems_of(override) == [(1, "An override is PATH=VALUE.", hint)]


@pytest.mark.parametrize(
    ("override", "column", "message", "hint"),
    [
        ("epochs.a=1", 8, '"epochs" is 10; there is nothing below it to set.', None),
        ("layers.hidden.units.a=1", 21, '"layers.0.Dense.units" is 8; there is nothing below it to set.', None),
        ("layers.7.units=1", 8, '"layers" has no entry 7.', "Positions go from 0 to 6."),
        ("layers.-8.units=1", 8, '"layers" has no entry -8.', "Positions go from 0 to 6."),
        ("layers.hiden.units=1", 8, 'Nothing in "layers" is named "hiden".', 'Did you mean "hidden"?'),
        (
            "layers.²=1",
            8,
            'Nothing in "layers" is named "²".',
            HOW_TO_NAME,
        ),
        (
            "layers.--1=1",
            8,
            'Nothing in "layers" is named "--1".',
            HOW_TO_NAME,
        ),
        ("epoch=1", 1, 'An experiment has no setting "epoch".', 'Did you mean "epochs"?'),
        ("dta.generator=moons", 1, 'An experiment has no setting "dta".', 'Did you mean "data"?'),
        ("layers.0.unit=1", 10, 'The layer Dense has no argument "unit".', 'Did you mean "units"?'),
        ("layers.0.units=eight", 16, '"units" must be a whole number. Received: "eight"', None),
        ("optimizer.learning_rate=-1", 25, '"learning_rate" must be at least 0. Received: -1', None),
        (
            "optimizer={Adam: {lerning_rate: 1}}",
            11,
            'The optimizer Adam has no argument "lerning_rate".',
            'Did you mean "learning_rate"?',
        ),
        ("epochs=  .nan", 10, "Numbers must be finite. Received: .nan", None),
        ("epochs=[*a]", 9, "Aliases (*name) are not allowed; write the value out.", None),
    ],
)
def test_an_error_points_at_the_step_or_the_value_that_is_wrong(
    override: str, column: int, message: str, hint: str | None
) -> None:
    assert problems_of(override) == [(column, message, hint)]


def test_all_overrides_that_cannot_be_applied_are_told_at_once() -> None:
    assert [column for column, _, _ in problems_of("epochs", "epochs.a=1", "layers.9=1")] == [1, 8, 8]


def test_a_mistake_of_the_file_keeps_its_place_beside_an_override() -> None:
    document = parse_document("optimizer: adm", "x.yaml")
    apply_overrides(document, ["optimizer.learning_rate=1"])
    problem = next(problem for problem in find_problems(document) if "optimizer" in problem.message)
    assert problem.message == 'Unknown optimizer "adm".'
    assert problem.place == Place("x.yaml", 1, 12, "optimizer: adm")


def test_a_path_has_a_bounded_length() -> None:
    assert problems_of(".".join(["a"] * 51) + "=1") == [(1, "A path has at most 50 steps. Received: 51", None)]


def test_a_position_of_thousands_of_digits_is_no_position() -> None:
    ((column, message, _),) = problems_of(f"layers.{'1' * 5000}=1")
    assert column == 8
    assert message.startswith('Nothing in "layers" is named "111')


STEPS = st.sampled_from(
    ["data", "generator", "layers", "optimizer", "0", "-1", "hidden", "Dense", "units", "metrics", "a", "é", "²"]
)


@given(st.lists(STEPS, min_size=1, max_size=6).map(".".join), st.text(max_size=10))
def test_any_override_is_applied_or_refused_at_the_option(path: str, value: str) -> None:
    document = parse_document(TEXT, "x.yaml")
    try:
        apply_overrides(document, [f"{path}={value}"])
        problems = find_problems(document)
    except ExperimentError as error:
        problems = list(error.problems)
    assert {problem.place.source for problem in problems if problem.place} <= {"--set", "x.yaml"}
    assert all(problem.place for problem in problems)


def test_what_lies_within_another_setting_is_set_after_it() -> None:
    for overrides in (
        ("optimizer.learning_rate=0.3", "optimizer=sgd"),
        ("optimizer=sgd", "optimizer.learning_rate=0.3"),
    ):
        assert changed(*overrides)["optimizer"] == {"sgd": {"learning_rate": 0.3}}
    values = (
        "layers.0.kernel_initializer.stddev=0.2",
        "layers.0={Dense: {units: 3}}",
        "layers.0.kernel_initializer=he_normal",
    )
    assert changed(*values)["layers"][0]["Dense"] == {"units": 3, "kernel_initializer": {"he_normal": {"stddev": 0.2}}}
    assert changed("optimizer.beta_1=0.8", "optimizer.Adam={beta_2: 0.9}")["optimizer"]["Adam"] == {
        "beta_2": 0.9,
        "beta_1": 0.8,
    }


def test_a_components_name_may_be_any_of_keras_names_for_it_but_not_that_of_another() -> None:
    assert changed("optimizer.adam.beta_1=0.8") == changed("optimizer.beta_1=0.8")
    hint = "Leave the name out: optimizer.momentum"
    assert problems_of("optimizer.sgd.momentum=0.8") == [(11, '"optimizer" is Adam, not sgd.', hint)]
    assert problems_of("optimizer.sgd={}")[0][2] == "Set optimizer to {sgd: {…}}."
