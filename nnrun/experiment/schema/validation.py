"""A parsed document held against the schema: every problem at once, in words, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from nnrun.errors import Place, Problem, did_you_mean, first_problems, nearest, shown
from nnrun.experiment.expectations import EXAMPLE as EXPECTATION_EXAMPLE
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.envelope import envelope
from nnrun.experiment.schema.schema import SINGULAR, definition, resolve
from nnrun.experiment.schema.violations import Violation, find_violations
from nnrun.experiment.text.yaml_text import Document, ValuePath, read_plain

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
_CALL = re.compile(r"\s*(\w+)\s*\(\s*(.*?)\s*\)\s*", re.DOTALL)
_LIKE_A_NUMBER = re.compile(r"[-+]?\.?[0-9]")


def find_problems(document: Document) -> list[Problem]:
    """What the schema has against the document, in file order; an empty list when nothing."""
    return _told(document, list(find_violations(document.value, envelope(), resolve)))


def find_sweep_problems(document: Document) -> list[Problem]:
    """What the schema has against the section `sweep`; against the whole where it is no mapping."""
    found = find_violations(document.value, envelope(), resolve)
    whole = not isinstance(document.value, dict)
    return _told(document, [violation for violation in found if whole or violation.path[:1] == ("sweep",)])


def _told(document: Document, violations: Sequence[Violation]) -> list[Problem]:
    crowded = {violation.path for violation in violations if violation.keyword == "maxProperties"}
    mistyped = {violation.path for violation in violations if violation.keyword == "type"}

    def is_told(violation: Violation) -> bool:
        path, keyword = violation.path, violation.keyword
        inside_crowded = any(path[:length] in crowded for length in range(len(path) + 1))
        hidden = inside_crowded and keyword != "maxProperties"
        return not hidden and (path not in mistyped or keyword == "type")

    told = sorted(filter(is_told, violations), key=lambda violation: _position(document.place(violation.path)))
    problems = first_problems(problem for violation in told for problem in _explain(document, violation))
    return in_file_order(dict.fromkeys(problems))


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by line and column, those of options first; those without a place come last."""

    return sorted(problems, key=lambda problem: _position(problem.place))


def _position(place: Place | None) -> tuple[int, int, int]:
    return (0, place.line, place.column) if place else (1, 0, 0)


def _explain(document: Document, violation: Violation) -> Iterator[Problem]:
    for problem in _EXPLANATIONS[violation.keyword](document, violation):
        yield problem if problem.place else replace(problem, place=document.place(violation.path))


def _unknown_keys(document: Document, violation: Violation) -> Iterator[Problem]:
    schema = violation.schema
    known = list(schema["properties"])
    is_component = schema.get("title") in _KIND_OF_TITLE
    for key in violation.value:
        if key not in known:
            problem = _unknown_component(schema["title"], key, known) if is_component else _unknown_key(schema, key)
            yield replace(problem, place=document.keys.get((*violation.path, key)))


def _unknown_component(title: str, name: str, known: Sequence[str]) -> Problem:
    refused = load_catalog().refusal(_KIND_OF_TITLE[title], name)
    if refused:
        return Problem(f"The {title} {name} is left out of experiments: {refused}.")
    opening = "It may be a number or one of" if title == SINGULAR["schedules"] else "It may be"
    kind = _KIND_OF_TITLE[title]
    own = [other for other in known if load_catalog().own_name(kind, other) == other]
    hint = _as_a_mapping(kind, name) or did_you_mean(name, known) or _of_another_kind(name)
    hint = hint or _listing(opening, own) or _KERAS_NAMES
    return Problem(f'There is no {title} "{name}".', hint=hint)


def _as_a_mapping(kind: str, text: str) -> str | None:
    """How a component is written whose arguments stand in parentheses, such as `Dense(8)`."""
    call = _CALL.fullmatch(text)
    entry = load_catalog().entry(kind, call[1]) if call else None
    if call is None or entry is None:
        return None
    if not call[2] or not entry.arguments:
        return f"Write {call[1]}, without parentheses."
    key, equals, value = call[2].split(",")[0].partition("=")
    names = list(entry.arguments)
    argument = nearest(key.strip(), names) if equals else None
    return f"Arguments are a mapping: {call[1]}: {{{argument or names[0]}: {(value if equals else key).strip()}}}"


def _of_another_kind(name: str) -> str | None:
    catalog = load_catalog()
    titles = [_with_article(SINGULAR[kind]) for kind in catalog.kinds if catalog.entry(kind, name)]
    return f'"{name}" is {_joined(titles, "and")}.' if titles else None


def _unknown_key(schema: Any, key: str) -> Problem:
    known = list(schema["properties"])
    refused = load_catalog().refusal(schema["$comment"], schema["title"], key) if "$comment" in schema else None
    hint = f"Left out: {refused}." if refused else _belongs(schema["title"], key)
    hint = hint or did_you_mean(key, known) or _listing("It has", known)
    return Problem(f'{_owner(schema)} has no {_noun(schema)} "{key}".', hint=hint)


def _belongs(title: str, key: str) -> str | None:
    """Where a setting stands that is written a level too high."""
    if title == "experiment" and key in ("learning_rate", "lr"):
        return "It belongs to the optimizer, as optimizer.learning_rate or optimizer: {Adam: {learning_rate: 0.01}}"
    if title == "experiment" and key in envelope()["properties"]["data"]["properties"]:
        return f"It belongs under data, as data.{key}."
    if title == "data" and load_catalog().entry("generators", key):
        return f"Name it as the generator: data: {{generator: {{{key}: …}}}}"
    return None


def _listing(opening: str, names: Sequence[str]) -> str | None:
    return f"{opening}: {', '.join(names)}." if 0 < len(names) <= _MOST_LISTED else None


def _missing_keys(document: Document, violation: Violation) -> Iterator[Problem]:
    schema = violation.schema
    known = envelope()["properties"] if not violation.path else schema["properties"]
    misspelt = {nearest(key, known) for key in violation.value if key not in known}
    keys = [key for key in schema["required"] if key not in violation.value and key not in misspelt]
    if keys:
        yield replace(_missing(schema, keys), place=document.keys.get(violation.path))


def _missing_companions(document: Document, violation: Violation) -> Iterator[Problem]:
    """Keys that mean nothing without others, and these are not there."""
    schema, present = violation.schema, violation.value
    misspelt = {nearest(key, schema["properties"]) for key in present if key not in schema["properties"]}
    for key, companions in schema["dependencies"].items():
        for name in companions if key in present else ():
            if name not in present and name not in misspelt:
                (example,) = schema["properties"][name]["examples"]
                written = example if isinstance(example, str) else shown(example)
                place = document.keys.get((*violation.path, key))
                yield Problem(f'"{key}" needs "{name}" beside it.', place, f"For example: {name}: {written}")


def _missing(schema: Any, keys: Sequence[str], hint: str | None = None) -> Problem:
    noun = _noun(schema) + ("s" if len(keys) > 1 else "")
    listed = _joined([f'"{key}"' for key in keys], "and")
    return Problem(f"{_owner(schema)} needs the {noun} {listed}.", hint=hint)


def _owner(schema: Any) -> str:
    title: str = schema["title"]
    return _ENVELOPE.get(title) or f"The {SINGULAR[schema['$comment']]} {title}"


def _noun(schema: Any) -> str:
    return "argument" if "$comment" in schema else "setting"


def _wrong_type(document: Document, violation: Violation) -> Iterator[Problem]:
    schema = violation.schema
    title, received = schema.get("title"), violation.value
    if title in _KIND_OF_TITLE:
        yield _component_form(title, received)
    elif not violation.path:
        yield Problem(f"An experiment is a mapping of settings. Received: {shown(received)}")
    elif received is None and schema.get("required"):
        yield _missing(schema, schema["required"], _example(title, schema))
    elif "$comment" in schema:
        message = f"{_owner(schema)} takes its arguments as a mapping. Received: {shown(received)}"
        yield Problem(message, hint=_example(violation.path[-1], schema))
    else:
        hint = _hint_by_setting(violation.path, received) or _type_hint(schema["type"], received)
        yield Problem(f"{_subject(violation.path)} must be {_types(schema)}. Received: {shown(received)}", hint=hint)


def _example(name: Any, schema: Any) -> str | None:
    """How a component is written with the arguments that it must have, or else with its first one."""
    if "$comment" not in schema:
        return None
    keys = schema["required"] or list(schema["properties"])[:1]
    return f"For example: {name}: {{{', '.join(f'{key}: …' for key in keys)}}}"


def _hint_by_setting(path: ValuePath, received: Any) -> str | None:
    if path == ("data",) and isinstance(received, str) and load_catalog().entry("generators", received):
        return f"Name it as the generator: data: {{generator: {received}}}"
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


def _wrong_size(document: Document, violation: Violation) -> Iterator[Problem]:
    title = violation.schema.get("title")
    if title in _KIND_OF_TITLE:
        yield _component_form(title, violation.value)
    else:
        yield Problem(f"{_subject(violation.path)} must not be empty.")


def _wrong_count(document: Document, violation: Violation) -> Iterator[Problem]:
    schema, received = violation.schema, violation.value
    fewest, most = schema.get("minItems", 0), schema.get("maxItems")
    if not received:
        yield Problem(f"{_subject(violation.path)} must not be empty.")
        return
    number = f"{fewest}" if fewest == most else f"at least {fewest}" if len(received) < fewest else f"at most {most}"
    entries = "entry" if number.endswith(" 1") or number == "1" else "entries"
    yield Problem(f"{_subject(violation.path)} must have {number} {entries}. Received: {len(received)}")


def _not_listed(document: Document, violation: Violation) -> Iterator[Problem]:
    allowed: list[Any] = list(violation.schema["enum"])
    title, received = violation.schema.get("title"), violation.value
    if title == SINGULAR["schedules"] and _LIKE_A_NUMBER.match(str(received)):
        yield _no_number(violation.path, str(received))
    elif title in _KIND_OF_TITLE:
        yield _unknown_component(title, str(received), allowed)
    else:
        choices = _joined([shown(choice) for choice in allowed], "or")
        hint = did_you_mean(str(received), [choice for choice in allowed if isinstance(choice, str)])
        yield Problem(f"{_subject(violation.path)} must be {choices}. Received: {shown(received)}", hint=hint)


def _no_number(path: ValuePath, text: str) -> Problem:
    """A text where a number or a schedule is to stand, and the text begins like a number."""
    message = f"{_subject(path)} must be a number or a {SINGULAR['schedules']}. Received: {shown(text)}"
    if _fits(read_plain(text), "number"):
        return Problem(message, hint="Write it without quotes.")
    pointed = text.replace(",", ".")
    decimal = f"Write it with a decimal point: {pointed}" if _fits(read_plain(pointed), "number") else None
    return Problem(message, hint=decimal or "Numbers are written as 0.01 or 1e-3.")


def _bare_name(document: Document, violation: Violation) -> Iterator[Problem]:
    entry = load_catalog().entry(_KIND_OF_TITLE[violation.schema["title"]], violation.value)
    assert entry is not None
    schema = definition(f"{entry.kind}.{entry.name}")
    yield _missing(schema, schema["required"], _example(violation.value, schema))


def _bound(words: str) -> Explanation:
    def explain(document: Document, violation: Violation) -> Iterator[Problem]:
        bound = violation.schema[violation.keyword]
        yield Problem(f"{_subject(violation.path)} must be {words} {bound}. Received: {shown(violation.value)}")

    return explain


def _wrong_pattern(document: Document, violation: Violation) -> Iterator[Problem]:
    rule = "has at most 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", str(violation.value)).strip("-._")[:64]
    hint = f"For example: {plain}" if plain else None
    yield Problem(f"{_subject(violation.path)} {rule}. Received: {shown(violation.value)}", hint=hint)


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


Explanation = Callable[[Document, Violation], Iterator[Problem]]

# By keyword of the schema; it uses no others.
_EXPLANATIONS: dict[str, Explanation] = {
    "additionalProperties": _unknown_keys,
    "enum": _not_listed,
    "dependencies": _missing_companions,
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
