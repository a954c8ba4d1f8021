"""A parsed document held against the schema: every problem at once, in words, each with its place."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nnrun.errors import Problem, did_you_mean, nearest, shown
from nnrun.spec.catalog import load_catalog
from nnrun.spec.expectation import EXAMPLE as EXPECTATION_EXAMPLE
from nnrun.spec.schema import SINGULAR, experiment_schema
from nnrun.spec.yaml_text import Document, ValuePath, read_plain

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}
_KIND_OF_TITLE = {title: kind for kind, title in SINGULAR.items()}
_ENVELOPE = {
    "experiment": "An experiment",
    "data": '"data"',
    "output": "An output",
    "sweep": '"sweep"',
    "random": '"random"',
}
_KERAS_NAMES = "The names are Keras's own: https://keras.io/api/"
_MOST_LISTED = 30


def find_problems(document: Document) -> list[Problem]:
    """What the schema has against the document, in file order; an empty list when nothing."""
    return _told(document, [(tuple(e.absolute_path), e) for e in _validator().iter_errors(document.value)])


def find_sweep_problems(document: Document) -> list[Problem]:
    """What the schema has against the section `sweep`; against the whole where it is no mapping."""
    found = [(tuple(e.absolute_path), e) for e in _validator().iter_errors(document.value)]
    return _told(document, [(p, e) for p, e in found if p[:1] == ("sweep",) or not isinstance(document.value, dict)])


def _told(document: Document, errors: Sequence[tuple[ValuePath, ValidationError]]) -> list[Problem]:
    crowded = {path for path, error in errors if error.validator == "maxProperties"}
    mistyped = {path for path, error in errors if error.validator == "type"}
    problems: list[Problem] = []
    for path, error in errors:
        inside_crowded = any(path[:length] in crowded for length in range(len(path) + 1))
        hidden = inside_crowded and error.validator != "maxProperties"
        if not hidden and (path not in mistyped or error.validator == "type"):
            problems.extend(_explain(document, path, error))
    return in_file_order(dict.fromkeys(problems))


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by line and column, those of options first; those without a place come last."""

    def position(problem: Problem) -> tuple[int, int, int]:
        place = problem.place
        return (0, place.line, place.column) if place else (1, 0, 0)

    return sorted(problems, key=position)


@functools.cache
def _validator() -> Any:
    from jsonschema import Draft7Validator
    from jsonschema.validators import extend

    checker = Draft7Validator.TYPE_CHECKER.redefine("integer", lambda _, value: _is_integer(value))
    return extend(Draft7Validator, type_checker=checker)(experiment_schema())


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _explain(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    for problem in _EXPLANATIONS[str(error.validator)](document, path, error):
        yield problem if problem.place else replace(problem, place=document.place(path))


def _unknown_keys(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    schema = _schema(error)
    known = list(schema["properties"])
    is_component = schema.get("title") in _KIND_OF_TITLE
    for key in error.instance:
        if key not in known:
            problem = _unknown_component(schema["title"], key, known) if is_component else _unknown_key(schema, key)
            yield replace(problem, place=document.keys.get((*path, key)))


def _unknown_component(title: str, name: str, known: Sequence[str]) -> Problem:
    refused = load_catalog().refusal(_KIND_OF_TITLE[title], name)
    if refused:
        return Problem(f"The {title} {name} is left out of experiments: {refused}.")
    opening = "It may be a number or one of" if title == SINGULAR["schedules"] else "It may be"
    hint = did_you_mean(name, known) or _of_another_kind(name) or _listing(opening, known) or _KERAS_NAMES
    return Problem(f'There is no {title} "{name}".', hint=hint)


def _of_another_kind(name: str) -> str | None:
    catalog = load_catalog()
    titles = [_with_article(SINGULAR[kind]) for kind in catalog.kinds if catalog.entry(kind, name)]
    return f'"{name}" is {_joined(titles, "and")}.' if titles else None


def _unknown_key(schema: Any, key: str) -> Problem:
    known = list(schema["properties"])
    refused = load_catalog().refusal(schema["$comment"], schema["title"], key) if "$comment" in schema else None
    hint = f"Left out: {refused}." if refused else did_you_mean(key, known) or _listing("It has", known)
    return Problem(f'{_owner(schema)} has no {_noun(schema)} "{key}".', hint=hint)


def _listing(opening: str, names: Sequence[str]) -> str | None:
    return f"{opening}: {', '.join(names)}." if 0 < len(names) <= _MOST_LISTED else None


def _missing_keys(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    schema = _schema(error)
    known = experiment_schema()["properties"] if not path else schema["properties"]
    misspelt = {nearest(key, known) for key in error.instance if key not in known}
    keys = [key for key in schema["required"] if key not in error.instance and key not in misspelt]
    if keys:
        yield replace(_missing(schema, keys), place=document.keys.get(path))


def _missing(schema: Any, keys: Sequence[str], hint: str | None = None) -> Problem:
    noun = _noun(schema) + ("s" if len(keys) > 1 else "")
    listed = _joined([f'"{key}"' for key in keys], "and")
    return Problem(f"{_owner(schema)} needs the {noun} {listed}.", hint=hint)


def _owner(schema: Any) -> str:
    title: str = schema["title"]
    return _ENVELOPE.get(title) or f"The {SINGULAR[schema['$comment']]} {title}"


def _noun(schema: Any) -> str:
    return "argument" if "$comment" in schema else "setting"


def _wrong_type(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    schema = _schema(error)
    title, received = schema.get("title"), error.instance
    if title in _KIND_OF_TITLE:
        yield _component_form(title, received)
    elif not path:
        yield Problem(f"An experiment is a mapping of settings. Received: {shown(received)}")
    elif received is None and schema.get("required"):
        yield _missing(schema, schema["required"], _example(title, schema))
    elif "$comment" in schema:
        message = f"{_owner(schema)} takes its arguments as a mapping. Received: {shown(received)}"
        yield Problem(message, hint=_example(path[-1], schema))
    else:
        hint = _hint_by_setting(path, received) or _type_hint(schema["type"], received)
        yield Problem(f"{_subject(path)} must be {_types(schema)}. Received: {shown(received)}", hint=hint)


def _example(name: Any, schema: Any) -> str | None:
    """How a component is written with the arguments that it must have, or else with its first one."""
    if "$comment" not in schema:
        return None
    keys = schema["required"] or list(schema["properties"])[:1]
    return f"For example: {name}: {{{', '.join(f'{key}: …' for key in keys)}}}"


def _hint_by_setting(path: ValuePath, received: Any) -> str | None:
    if path[0] == "expect" and len(path) > 1:
        return EXPECTATION_EXAMPLE
    if received is None and ")" in str(path[-1]):  # {x: uniform(0, 1)} holds the keys x and 1)
        return "Within braces a text that holds a comma needs quotes."
    return None


def _type_hint(types: str | list[str], received: Any) -> str | None:
    """What was probably meant."""
    plain = read_plain(received) if isinstance(received, str) else None
    if "integer" in types and isinstance(received, float) and received.is_integer() and abs(received) < 1e15:
        return f"Write {int(received)}."
    if types == "array" and isinstance(received, dict):
        stuck = any(key.startswith("-") for key in received)
        return "Put a space after the dash." if stuck else "Begin every entry with a dash and a space."
    if types == "array" and received is not None:
        return f"Write it as a list: [{received if isinstance(received, str) else shown(received)}]"
    return "Write it without quotes." if _fits(plain, types) else None


def _fits(plain: Any, types: str | list[str]) -> bool:
    if isinstance(plain, bool):
        return "boolean" in types
    return (isinstance(plain, int | float) and "number" in types) or (isinstance(plain, int) and "integer" in types)


def _component_form(title: str, received: Any) -> Problem:
    known = load_catalog().names(_KIND_OF_TITLE[title])
    form = f"{_with_article(title).capitalize()} is its name, or a one-key mapping from its name to its arguments."
    if not isinstance(received, dict) or len(received) < 2:
        return Problem(f"{form} Received: {shown(received)}")
    first, *others = received
    named = next((value for value in received.values() if value in known), None)
    hint = None
    if first in known:
        hint = f"If these are arguments of {first}, indent them below it: {first}: {{{others[0]}: …}}"
    elif named:
        argument = next(key for key, value in received.items() if value != named)
        hint = f"For example: {named}: {{{argument}: …}}"
    return Problem(f"{form} Received the keys: {', '.join(received)}", hint=hint)


def _wrong_size(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    title = _schema(error).get("title")
    if title in _KIND_OF_TITLE:
        yield _component_form(title, error.instance)
    else:
        yield Problem(f"{_subject(path)} must not be empty.")


def _wrong_count(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    schema, received = _schema(error), error.instance
    fewest, most = schema.get("minItems", 0), schema.get("maxItems")
    if not received:
        yield Problem(f"{_subject(path)} must not be empty.")
        return
    number = f"{fewest}" if fewest == most else f"at least {fewest}" if len(received) < fewest else f"at most {most}"
    entries = "entry" if number.endswith(" 1") or number == "1" else "entries"
    yield Problem(f"{_subject(path)} must have {number} {entries}. Received: {len(received)}")


def _not_listed(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    allowed: list[Any] = list(_schema(error)["enum"])
    title, received = _schema(error).get("title"), error.instance
    if title in _KIND_OF_TITLE:
        yield _unknown_component(title, str(received), allowed)
    else:
        choices = _joined([shown(choice) for choice in allowed], "or")
        hint = did_you_mean(str(received), [choice for choice in allowed if isinstance(choice, str)])
        yield Problem(f"{_subject(path)} must be {choices}. Received: {shown(received)}", hint=hint)


def _bare_name(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    entry = load_catalog().entry(_KIND_OF_TITLE[_schema(error)["title"]], error.instance)
    assert entry is not None
    schema = experiment_schema()["definitions"][f"{entry.kind}.{entry.name}"]
    yield _missing(schema, schema["required"], _example(error.instance, schema))


def _bound(words: str) -> Explanation:
    def explain(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
        yield Problem(f"{_subject(path)} must be {words} {error.validator_value}. Received: {shown(error.instance)}")

    return explain


def _wrong_pattern(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    rule = "has at most 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit"
    yield Problem(f"{_subject(path)} {rule}. Received: {shown(error.instance)}")


def _schema(error: ValidationError) -> Any:
    return error.schema


def _subject(path: ValuePath) -> str:
    """The setting as a reader calls it: its key, with its position where it is an entry of a list."""
    *above, last = path
    if isinstance(last, str):
        return f'"{last}"'
    holder = _subject(tuple(above))
    return f"Entry {last + 1} of {holder[0].lower()}{holder[1:]}"


def _types(schema: Any) -> str:
    """The types that a schema allows, in words."""
    types = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
    if "then" in schema:  # a name or a one-key mapping stands for a component
        kind = schema["then"]["$ref"].rpartition("/")[2]
        words = [_TYPES[name] for name in types if name not in ("string", "object", "null")]
        words.append(_with_article(SINGULAR[kind]))
        return _joined([*words, "null"] if "null" in types else words, "or")
    return _joined([_TYPES[name] for name in types], "or")


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _joined(words: Sequence[str], conjunction: str) -> str:
    """One, two and three."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last


Explanation = Callable[[Document, ValuePath, "ValidationError"], Iterator[Problem]]

# By keyword of the schema; it uses no others.
_EXPLANATIONS: dict[str, Explanation] = {
    "additionalProperties": _unknown_keys,
    "enum": _not_listed,
    "exclusiveMaximum": _bound("less than"),
    "exclusiveMinimum": _bound("more than"),
    "maxItems": _wrong_count,
    "maxProperties": _wrong_size,
    "maximum": _bound("at most"),
    "minItems": _wrong_count,
    "minLength": _wrong_size,
    "minProperties": _wrong_size,
    "minimum": _bound("at least"),
    "not": _bare_name,
    "pattern": _wrong_pattern,
    "required": _missing_keys,
    "type": _wrong_type,
}
