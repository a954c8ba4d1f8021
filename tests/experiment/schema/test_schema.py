"""One JSON Schema of experiment files: valid, whole, and with errors that stay where the mistake is."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from jsonschema import Draft7Validator

from nnrun.experiment.experiment import DataSettings, Engine, Experiment, Scaling
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.envelope import MAX_SEED, NAME_PATTERN
from nnrun.experiment.schema.schema import SINGULAR, experiment_schema

SCHEMA = experiment_schema()
CATALOG = load_catalog()
SMALLEST = {"data": {"generator": "moons"}, "layers": ["Flatten"], "optimizer": "adam", "loss": "mse", "epochs": 1}


def schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if isinstance(schema, dict):
        yield schema
        for key, inner in schema.items():
            within = inner.values() if key in ("properties", "definitions") else [inner]
            for part in within if key not in ("default", "enum") else ():
                yield from schemas(part)


def is_valid(**settings: Any) -> bool:
    return bool(Draft7Validator(SCHEMA).is_valid({**SMALLEST, **settings}))


def test_it_is_a_valid_schema_of_draft_7_and_plain_json() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA


def test_it_is_made_once() -> None:
    assert experiment_schema() is SCHEMA


def test_no_error_is_hidden_in_alternatives() -> None:
    assert not [schema for schema in schemas(SCHEMA) if {"oneOf", "anyOf", "allOf"} & set(schema)]


def test_every_component_is_described_with_the_address_of_its_page() -> None:
    for kind in CATALOG.kinds:
        for name in CATALOG.names(kind):
            entry = CATALOG.entry(kind, name)
            assert entry
            description = SCHEMA["definitions"][f"{kind}.{entry.name}"]["description"]
            assert description == (f"{entry.summary}\n{entry.link}" if entry.link else entry.summary)


def test_every_setting_says_in_a_sentence_what_it_is() -> None:
    settings = SCHEMA["properties"]
    output = settings["outputs"]["additionalProperties"]
    wired = SCHEMA["definitions"]["layers.Dense"]["properties"]
    own = [SCHEMA["definitions"]["layers.Input"]["properties"]["columns"], wired["name"], wired["inputs"]]
    told = [*settings.values(), *settings["data"]["properties"].values(), *output["properties"].values(), *own]
    assert [part for part in told if not re.fullmatch(r"[A-Z].*\.", part.get("description", ""))] == []


def test_every_reference_leads_to_a_definition() -> None:
    references = {schema["$ref"] for schema in schemas(SCHEMA) if "$ref" in schema}
    assert references - {f"#/definitions/{name}" for name in SCHEMA["definitions"]} == set()


def test_every_kind_has_a_word_for_one_of_it_and_every_entry_a_definition() -> None:
    assert set(CATALOG.kinds) == set(SINGULAR)
    names = {f"{kind}.{CATALOG.entry(kind, name).name}" for kind in CATALOG.kinds for name in CATALOG.names(kind)}  # type: ignore[union-attr]
    assert set(SCHEMA["definitions"]) == names | set(CATALOG.kinds)


def test_unknown_keys_are_refused_everywhere_but_among_arguments_of_functions_and_paths_of_a_sweep() -> None:
    objects = [schema for schema in schemas(SCHEMA) if "properties" in schema and "title" in schema]
    open_ones = {schema["title"] for schema in objects if schema["additionalProperties"] is not False}
    assert open_ones == {"function", "python", "random"}


def test_the_smallest_experiment_is_valid_and_every_part_of_it_is_needed() -> None:
    assert is_valid()
    for key in SMALLEST:
        assert not Draft7Validator(SCHEMA).is_valid({k: value for k, value in SMALLEST.items() if k != key})


def test_outputs_may_have_their_own_losses() -> None:
    without = {key: value for key, value in SMALLEST.items() if key != "loss"}
    assert Draft7Validator(SCHEMA).is_valid({**without, "outputs": {"flatten": {"loss": "mse"}}})
    assert not Draft7Validator(SCHEMA).is_valid({**without, "outputs": ["flatten"]})


def test_the_settings_are_those_of_an_experiment_and_their_defaults_are_valid() -> None:
    own = {
        "columns",
        "inputs",
        "expect_places",
        "expect_share",
        "resolved",
        "source",
        "warnings",
        "named_seeds",
        "code",
    }
    fields = {f.name for f in dataclasses.fields(Experiment)}
    assert set(SCHEMA["properties"]) - {"loss", "metrics", "sweep", "seeds", "custom"} == fields - own
    data = SCHEMA["properties"]["data"]["properties"]
    assert set(data) == {f.name for f in dataclasses.fields(DataSettings)}
    defaults = {f.name: f.default for f in dataclasses.fields(DataSettings) if "default" in data[f.name]}
    assert {key: part["default"] for key, part in data.items() if "default" in part} == defaults
    assert is_valid(**{key: part["default"] for key, part in SCHEMA["properties"].items() if "default" in part})


def test_the_choices_are_those_of_the_parsed_form() -> None:
    assert tuple(SCHEMA["properties"]["engine"]["enum"]) == get_args(Engine)
    assert tuple(SCHEMA["properties"]["data"]["properties"]["scale"]["enum"]) == get_args(Scaling)
    assert tuple(SCHEMA["properties"]["data"]["properties"]["scale_targets"]["enum"]) == get_args(Scaling)


@pytest.mark.parametrize("name", ["a", "xor", "0", "A.b-c_d", "a" * 64])
def test_a_name_suits_a_folder(name: str) -> None:
    assert re.search(NAME_PATTERN, name)
    assert is_valid(name=name)


@pytest.mark.parametrize("name", ["", ".a", "-a", "_a", "a b", "a/b", "../a", "a\n", "é", "a" * 65, "a\x00", "²"])
def test_any_other_name_is_refused(name: str) -> None:
    assert not re.search(NAME_PATTERN, name)
    assert not is_valid(name=name)


@pytest.mark.parametrize(
    "layer",
    [
        "Flatten",
        {"Flatten": None},
        {"Flatten": {}},
        {"Dense": {"units": 1}},
        {"Dense": {"units": 1, "activation": {"relu": {}}}},
    ],
)
def test_a_component_is_a_name_or_a_one_key_mapping(layer: Any) -> None:
    assert is_valid(layers=[layer])


@pytest.mark.parametrize(
    "layer",
    [
        "Dense",
        {"Dense": None},
        {"Dense": {}},
        {},
        {"Flatten": {}, "Dense": {"units": 1}},
        "relu",
        3,
        None,
        ["Flatten"],
        {"Dense": []},
    ],
)
def test_a_component_has_no_other_form(layer: Any) -> None:
    assert not is_valid(layers=[layer])


def test_a_cell_is_a_layer_or_a_list_of_layers() -> None:
    cell = {"LSTMCell": {"units": 1}}
    assert is_valid(layers=[{"RNN": {"cell": cell}}])
    assert is_valid(layers=[{"RNN": {"cell": [cell, cell]}}])
    assert not is_valid(layers=[{"RNN": {"cell": [cell, 3]}}])
    assert not is_valid(layers=[{"RNN": {"cell": "Dens"}}])


def test_only_inputs_have_columns_and_only_other_layers_have_inputs() -> None:
    assert is_valid(layers=[{"Input": {"columns": ["x1"]}}, {"Flatten": {"inputs": "input"}}])
    assert is_valid(layers=[{"Flatten": {"inputs": ["input"]}}])
    assert not is_valid(layers=[{"Flatten": {"columns": ["x1"]}}])
    assert not is_valid(layers=[{"Input": {"inputs": "x1"}}, "Flatten"])


def test_the_seed_is_one_that_keras_takes() -> None:
    assert is_valid(seed=MAX_SEED)
    assert not is_valid(seed=MAX_SEED + 1)
    assert not is_valid(seed=-1)


@pytest.mark.parametrize(
    ("section", "valid"),
    [
        ({"search": {"seed": [1]}, "trials": 3, "objective": "min(loss)"}, True),
        ({"search": {"seed": [1]}, "trials": 3, "objective": "min(loss)", "pruner": "median"}, True),
        ({"search": {"seed": [1]}, "trials": 3}, False),
        ({"search": {"seed": [1]}, "objective": "min(loss)"}, False),
        ({"grid": {"seed": [1]}, "trials": 3}, False),
        ({"grid": {"seed": [1]}, "sampler": "tpe"}, False),
    ],
)
def test_a_search_has_trials_and_an_objective_and_nothing_else_has(section: dict[str, Any], valid: bool) -> None:
    assert is_valid(sweep=section) == valid
