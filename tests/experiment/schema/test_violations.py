"""The keywords of the schema mean what jsonschema takes them for, which is the reference here."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from jsonschema.validators import extend
from mutations import mutated

from nnrun.errors import ExperimentError
from nnrun.experiment.schema.envelope import envelope
from nnrun.experiment.schema.schema import definition, experiment_schema, resolve
from nnrun.experiment.schema.violations import find_violations
from nnrun.experiment.text.yaml_text import ValuePath, decode, parse_document

HERE = Path(__file__).parent
FILES = sorted([*HERE.glob("golden/*.yaml"), *HERE.parents[2].glob("experiments/*.yaml")])
LEAVES = st.none() | st.booleans() | st.integers(-2, 3) | st.floats(-2, 3) | st.sampled_from(["", "a", "ab", "mse"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner)
)
TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"]


def integers_have_no_point(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


CHECKER = Draft7Validator.TYPE_CHECKER.redefine("integer", integers_have_no_point)
Reference = extend(Draft7Validator, type_checker=CHECKER)


def found(value: Any, schema: Any) -> list[tuple[ValuePath, str]]:
    return sorted({(v.path, v.keyword) for v in find_violations(value, schema, resolve)}, key=repr)


def expected(value: Any, schema: Any) -> list[tuple[ValuePath, str]]:
    """What jsonschema finds; it finds `required` once for every key that is missing."""
    return sorted({(tuple(e.absolute_path), e.validator) for e in Reference(schema).iter_errors(value)}, key=repr)


@st.composite
def schemas(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """Schemas of the keywords that the schema of experiments is made of."""
    counts, bounds = st.integers(0, 3), st.integers(-2, 3)
    keywords: dict[str, Any] = {
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True),
        "enum": st.lists(LEAVES, min_size=1, max_size=4),
        "pattern": st.sampled_from(["^a$", "b", ""]),
        "required": st.lists(st.sampled_from(["a", "b"]), unique=True),
        "dependencies": st.dictionaries(
            st.sampled_from(["a", "b"]), st.lists(st.sampled_from(["b", "c"]), unique=True)
        ),
        "additionalProperties": st.just(False),
    }
    keywords |= dict.fromkeys(("minLength", "minItems", "maxItems", "minProperties", "maxProperties"), counts)
    keywords |= dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), bounds)
    if depth:
        inner = schemas(depth=depth - 1)
        keywords |= dict.fromkeys(("items", "not", "if", "then", "else"), inner)
        keywords["additionalProperties"] |= inner
        keywords["properties"] = st.dictionaries(st.sampled_from(["a", "b"]), inner)
    return draw(st.fixed_dictionaries({}, optional=keywords))


@given(VALUES, schemas())
def test_every_keyword_is_judged_as_jsonschema_judges_it(value: Any, schema: dict[str, Any]) -> None:
    assert found(value, schema) == expected(value, schema)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_violates_the_schema_of_experiments_where_jsonschema_says_so(path: Path) -> None:
    try:
        value = parse_document(path.read_text(encoding="utf-8", errors="replace"), path.name).value
    except ExperimentError:
        return  # no YAML, no value
    assert found(value, envelope()) == expected(value, experiment_schema())


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_files_with_mistakes_violate_the_schema_where_jsonschema_says_so(count: int) -> None:
    rng = random.Random(21)
    invalid = 0
    reference = Reference(experiment_schema())
    for _ in range(count):
        try:
            value = parse_document(decode(mutated(rng), "x.yaml"), "x.yaml").value
        except ExperimentError:
            continue
        errors = sorted({(tuple(e.absolute_path), e.validator) for e in reference.iter_errors(value)}, key=repr)
        assert found(value, envelope()) == errors, value
        invalid += bool(errors)
    assert invalid > count / 3


def test_a_violation_holds_the_value_and_the_schema_that_it_violates() -> None:
    (violation,) = find_violations({"a": [1, "b"]}, {"properties": {"a": {"items": {"type": "integer"}}}}, resolve)
    assert violation == (("a", 1), "type", {"type": "integer"}, "b")


def test_a_reference_is_followed_to_its_definition() -> None:
    (violation,) = find_violations("rellu", {"$ref": "#/definitions/activations", "type": "null"}, resolve)
    assert violation.keyword == "enum"
    assert violation.schema == definition("activations")["then"]


def test_deep_values_are_no_harm() -> None:
    value: Any = []
    for _ in range(50):
        value = [value]
    assert list(find_violations(value, {"items": {"items": {"type": "array"}}}, resolve)) == []
