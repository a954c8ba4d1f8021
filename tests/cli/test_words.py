"""Schemas in words, as tables show them."""

import pytest

from nnrun.cli.words import as_yaml, default_in_words, limits_in_words, type_in_words
from nnrun.experiment.schema.schema import experiment_schema
from nnrun.experiment.text.yaml_text import parse_value


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer"}, "whole number"),
        ({"type": ["number", "null"]}, "number or null"),
        ({"type": ["integer", "array"], "items": {"type": "integer"}}, "whole number or list of whole numbers"),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, "list of whole numbers or nulls"),
        ({"type": "array"}, "list"),
        ({"enum": ["auto", True, None]}, "text, true or false or null"),
        ({"$ref": "#/definitions/losses"}, "loss"),
        ({"type": "array", "items": {"$ref": "#/definitions/layers"}}, "list of layers"),
        (
            {"type": ["number", "string", "object"], "then": {"$ref": "#/definitions/schedules"}},
            "number or learning-rate schedule",
        ),
        ({"type": ["null", "string", "object"], "then": {"$ref": "#/definitions/activations"}}, "activation or null"),
        ({}, "any value"),
    ],
)
def test_a_type_is_told_in_words(schema, words):
    assert type_in_words(schema) == words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minimum": 1}, "at least 1"),
        ({"maximum": 2}, "at most 2"),
        ({"minimum": 0, "maximum": 1}, "0 to 1"),
        ({"minimum": 0, "exclusiveMaximum": 1}, "at least 0, less than 1"),
        ({"exclusiveMinimum": 0}, "more than 0"),
        ({"enum": ["valid", None, 3]}, "one of valid, null, 3"),
        ({"items": {"minimum": 1}}, "each at least 1"),
        ({"minimum": 1, "items": {"minimum": 1}, "minItems": 2, "maxItems": 2}, "at least 1, a list has 2 entries"),
        ({"minItems": 1}, "not empty"),
        ({"minItems": 2}, "at least 2 entries"),
        ({"type": "number"}, ""),
    ],
)
def test_what_a_setting_allows_is_told_in_words(schema, words):
    assert limits_in_words(schema) == words


def test_a_default_is_told_as_the_file_would_write_it():
    assert default_in_words({"default": None}) == "null"
    assert default_in_words({"default": 1e-7}) == "1e-07"
    assert default_in_words({"default": 3}, required=True) == "required"
    assert default_in_words({}) == ""


@pytest.mark.parametrize(
    "value", ["relu", "no", "null", "1e-3", "", "a, b", 'x "y"', 1.5, True, None, [1, [2, "x: y"]], {"a": 1}]
)
def test_a_value_reads_back_as_itself(value):
    assert parse_value(f"[{as_yaml(value)}]", "test") == [value]


def test_every_argument_of_every_component_has_a_type():
    definitions = experiment_schema()["definitions"]
    components = [definition for name, definition in definitions.items() if "." in name]
    schemas = [schema for component in components for schema in component["properties"].values()]
    assert len(schemas) > 1500
    assert all(type_in_words(schema) for schema in schemas)
