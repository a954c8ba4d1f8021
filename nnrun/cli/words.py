"""Parts of the experiment schema in words: the type of a setting, its default, its allowed values."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nnrun.experiment.schema.envelope import MAX_COUNT, NAME_PATTERN
from nnrun.experiment.schema.schema import SINGULAR
from nnrun.experiment.text.yaml_text import is_plain_text

Schema = Mapping[str, Any]

_ONE = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "mapping",
    "string": "text",
    "null": "null",
}
_SEVERAL = {
    "array": "lists",
    "integer": "whole numbers",
    "number": "numbers",
    "object": "mappings",
    "string": "texts",
    "null": "nulls",
}
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")


def type_in_words(schema: Schema) -> str:
    """The types that a setting takes, such as `whole number or list of whole numbers`."""
    if "$ref" in schema:
        return SINGULAR[_definition(schema)]
    types = _types(schema)
    if "then" in schema:  # a name or a one-key mapping is a component
        types = [name for name in types if name not in ("string", "object")]
    words = [_list_in_words(schema) if name == "array" else _ONE[name] for name in types if name != "null"]
    if "then" in schema:
        words.append(SINGULAR[_definition(schema["then"])])
    return _joined([*words, "null"] if "null" in types else words) or "any value"


def default_in_words(schema: Schema, required: bool = False) -> str:
    """`required`, the default in YAML, or an empty text."""
    if required:
        return "required"
    return as_yaml(schema["default"]) if "default" in schema else ""


def limits_in_words(schema: Schema) -> str:
    """The restrictions of a type: choices, ranges, lengths."""
    parts = list(_range(schema)) or [f"each {bounds}" for bounds in _range(schema.get("items", {}))]
    if "enum" in schema:
        parts.append(f"one of {', '.join(map(as_yaml, schema['enum']))}")
    parts.append(_count(schema))
    if schema.get("pattern") == NAME_PATTERN:
        parts.append("at most 64 letters, digits, dots, dashes, underscores")
    return ", ".join(part for part in parts if part)


def as_yaml(value: Any) -> str:
    """A plain value as YAML on one line."""
    if isinstance(value, str) and _WORD.fullmatch(value) and is_plain_text(value):
        return value
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{as_yaml(key)}: {as_yaml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _types(schema: Schema) -> list[str]:
    written = schema.get("type")
    if isinstance(written, str):
        return [written]
    return list(written or dict.fromkeys(_JSON_TYPES[type(choice)] for choice in schema.get("enum", ())))


def _definition(schema: Schema) -> str:
    """The name of the definition that a schema refers to; for a component, its kind."""
    return str(schema["$ref"]).rpartition("/")[2]


def _list_in_words(schema: Schema) -> str:
    items = schema.get("items", {})
    words = [_definition(items)] if "$ref" in items else [_SEVERAL[name] for name in _types(items)]
    return f"list of {_joined(words)}" if words else "list"


def _range(schema: Schema) -> Iterator[str]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if high == MAX_COUNT or low == -MAX_COUNT:  # what 32 bits hold goes without saying
        low, high = (None if low == -MAX_COUNT else low), None
    if low is not None and high is not None:
        yield f"{low} to {high}"
    elif low is not None:
        yield f"at least {low}"
    elif high is not None:
        yield f"at most {high}"
    if "exclusiveMinimum" in schema:
        yield f"more than {schema['exclusiveMinimum']}"
    if "exclusiveMaximum" in schema:
        yield f"less than {schema['exclusiveMaximum']}"


def _count(schema: Schema) -> str:
    fewest, most = schema.get("minItems"), schema.get("maxItems")
    if fewest is not None and fewest == most:
        return f"a list has {fewest} {'entry' if fewest == 1 else 'entries'}"
    if fewest == 1:
        return "not empty"
    return f"at least {fewest} entries" if fewest is not None else ""


def _joined(words: Sequence[str]) -> str:
    """One, two or three."""
    *first, last = words or [""]
    return f"{', '.join(first)} or {last}" if first else last
