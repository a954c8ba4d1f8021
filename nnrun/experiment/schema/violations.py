"""What a JSON Schema has against a value, by the keywords of draft-07 that the schema of experiments uses.

The package jsonschema knows all keywords and takes longer to load than everything else that checks a file; the tests
hold the two against each other. An `integer` is written without a point here: 2.0 is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from nnrun.experiment.text.yaml_text import ValuePath

Schema = Mapping[str, Any]
Resolve = Callable[[str], Schema]


class Violation(NamedTuple):
    """A keyword of a schema that a value does not meet.

    Args:
        path: where the value stands.
        keyword: the keyword.
        schema: the schema that holds the keyword.
        value: the value.
    """

    path: ValuePath
    keyword: str
    schema: Schema
    value: Any


def find_violations(value: Any, schema: Schema, resolve: Resolve, path: ValuePath = ()) -> Iterator[Violation]:
    """Every violation in a value and in all that it holds.

    Args:
        value: a plain value.
        schema: what it must meet.
        resolve: the definition that a `$ref` of the schema names.
        path: where the value stands.
    """
    while "$ref" in schema:  # what stands beside it does not count in draft-07
        schema = resolve(schema["$ref"])
    for keyword, wanted in schema.items():
        if keyword in _MET:
            if not _MET[keyword](value, wanted):
                yield Violation(path, keyword, schema, value)
        elif keyword == "additionalProperties" and wanted is False:
            if any(_additional(value, schema)):
                yield Violation(path, keyword, schema, value)
        elif keyword in _PARTS:
            for step, inner, part in _PARTS[keyword](value, schema):
                yield from find_violations(inner, part, resolve, (*path, step))
        elif keyword == "not":
            if _is_valid(value, wanted, resolve):
                yield Violation(path, keyword, schema, value)
        elif keyword == "if":
            chosen = schema.get("then" if _is_valid(value, wanted, resolve) else "else", {})
            yield from find_violations(value, chosen, resolve, path)


def _is_valid(value: Any, schema: Schema, resolve: Resolve) -> bool:
    return next(find_violations(value, schema, resolve), None) is None


# Keywords that look at the value alone; those of another type than they speak of meet them.


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_IS_OF_TYPE: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _has_type(value: Any, wanted: str | list[str]) -> bool:
    return any(_IS_OF_TYPE[name](value) for name in ([wanted] if isinstance(wanted, str) else wanted))


def _is_listed(value: Any, wanted: list[Any]) -> bool:
    """Whether the value is one of those; to JSON, unlike to Python, 1 is not true."""
    if isinstance(value, int | float):
        wanted = [choice for choice in wanted if isinstance(choice, bool) == isinstance(value, bool)]
    return value in wanted


_MET: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": _has_type,
    "enum": _is_listed,
    "minimum": lambda value, wanted: not _is_number(value) or value >= wanted,
    "maximum": lambda value, wanted: not _is_number(value) or value <= wanted,
    "exclusiveMinimum": lambda value, wanted: not _is_number(value) or value > wanted,
    "exclusiveMaximum": lambda value, wanted: not _is_number(value) or value < wanted,
    "minLength": lambda value, wanted: not isinstance(value, str) or len(value) >= wanted,
    "pattern": lambda value, wanted: not isinstance(value, str) or re.search(wanted, value) is not None,
    "minItems": lambda value, wanted: not isinstance(value, list) or len(value) >= wanted,
    "maxItems": lambda value, wanted: not isinstance(value, list) or len(value) <= wanted,
    "minProperties": lambda value, wanted: not isinstance(value, dict) or len(value) >= wanted,
    "maxProperties": lambda value, wanted: not isinstance(value, dict) or len(value) <= wanted,
    "required": lambda value, wanted: not isinstance(value, dict) or all(key in value for key in wanted),
    "dependencies": lambda value, wanted: (
        not isinstance(value, dict)
        or all(other in value for key, others in wanted.items() if key in value for other in others)
    ),
}


# Keywords that look at what the value holds: its steps, its parts, and what each part must meet.

Part = tuple[str | int, Any, Schema]


def _properties(value: Any, schema: Schema) -> Iterator[Part]:
    if isinstance(value, dict):
        for key, part in schema["properties"].items():
            if key in value:
                yield key, value[key], part


def _items(value: Any, schema: Schema) -> Iterator[Part]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield position, item, schema["items"]


def _additional(value: Any, schema: Schema) -> Iterator[Part]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in schema.get("properties", ()):
                yield key, inner, schema["additionalProperties"]


_PARTS: Mapping[str, Callable[[Any, Schema], Iterator[Part]]] = {
    "properties": _properties,
    "items": _items,
    "additionalProperties": _additional,
}
