"""The words that messages about a schema's violations share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnrun.experiment.schema.schema import SINGULAR
from nnrun.experiment.text.yaml_text import ValuePath

KIND_OF_TITLE = {title: kind for kind, title in SINGULAR.items()}

TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}
_OWNERS = {
    "experiment": "An experiment",
    "data": '"data"',
    "prepare": '"prepare"',
    "column": "A column",
    "constant": '"missing"',
    "hash": '"words"',
    "output": "An output",
    "sweep": '"sweep"',
    "start": '"start"',
    "custom": '"custom"',
    "random": '"random"',
    "test set": '"test"',
    "seeds": '"seeds"',
    "split": '"split"',
}


def owner(schema: Any) -> str:
    title: str = schema["title"]
    if "$comment" in schema:
        return _OWNERS.get(title) or f"The {SINGULAR[schema['$comment']]} {title}"
    return _OWNERS.get(title, f'"{title}"')


def noun(schema: Any) -> str:
    return "argument" if "$comment" in schema else "setting"


def subject(path: ValuePath) -> str:
    """The name of a setting: its key, with its position where it is an entry of a list."""
    *above, last = path
    if isinstance(last, str):
        return f'"{last}"'
    holder = subject(tuple(above))
    return f"Entry {last + 1} of {holder[0].lower()}{holder[1:]}"


def types_in_words(schema: Any) -> str:
    """The types that a schema allows, such as `a number or null`."""
    types = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
    if "$ref" in schema.get("then", {}):  # a component: its name or a one-key mapping
        kind = schema["then"]["$ref"].rpartition("/")[2]
        words = [TYPES[name] for name in types if name not in ("string", "object", "null")]
        words.append(with_article(SINGULAR[kind]))
        return joined([*words, "null"] if "null" in types else words, "or")
    return joined([TYPES[name] for name in types], "or")


def with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def joined(words: Sequence[str], conjunction: str) -> str:
    """Words as in `one, two and three`."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last
