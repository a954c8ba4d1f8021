"""A parsed document checked against the schema: all problems at once, in words, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from nnrun.errors import Place, Problem, did_you_mean, first_problems, nearest, shown
from nnrun.experiment.expect.reader import EXAMPLE as EXPECTATION_EXAMPLE
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.envelope import DEFINITIONS, Schema, envelope
from nnrun.experiment.schema.phrases import (
    KIND_OF_TITLE,
    joined,
    noun,
    owner,
    subject,
    types_in_words,
)
from nnrun.experiment.schema.schema import SINGULAR, resolver
from nnrun.experiment.schema.unknown_names import component_form, of_each_output, unknown_component, unknown_key
from nnrun.experiment.schema.violations import Violation, find_violations
from nnrun.experiment.text.dump import dump_inline
from nnrun.experiment.text.yaml_text import Document, ValuePath, read_plain

_LIKE_A_NUMBER = re.compile(r"[-+]?\.?[0-9]")


class Faults(NamedTuple):
    """What is wrong with a document by the schema.

    Args:
        problems: the violations in words, in file order; empty for a valid document.
        broken: the paths of what is wrong or missing, also of settings that an unknown name probably stands for.
    """

    problems: list[Problem]
    broken: frozenset[ValuePath]


def find_faults(document: Document) -> Faults:
    """What is wrong with a document by the schema."""
    violations = list(find_violations(document.value, envelope(), _resolver(document)))
    broken = frozenset(path for violation in violations for path in _broken(violation))
    return Faults(_in_words(document, violations), broken)


def _resolver(document: Document) -> Callable[[str], Schema]:
    return resolver(part.entry for part in document.own.values())


def find_problems(document: Document) -> list[Problem]:
    """The violations of the schema in words, in file order; empty for a valid document."""
    return find_faults(document).problems


def _broken(violation: Violation) -> Iterator[ValuePath]:
    """The paths of what a violation makes unknown."""
    path, value, schema = violation.path, violation.value, violation.schema
    if violation.keyword == "additionalProperties":
        known = schema.get("properties", {})
        for key in value:
            if key not in known:
                yield (*path, key)
                yield (*path, nearest(key, [name for name in known if name not in value]) or key)
    elif violation.keyword == "required":
        yield from ((*path, key) for key in schema["required"] if key not in value)
    elif violation.keyword == "dependencies":
        for key, companions in schema["dependencies"].items():
            if key in value and any(companion not in value for companion in companions):
                yield from ((*path, name) for name in (key, *companions))
    else:
        yield path


def find_sweep_problems(document: Document) -> list[Problem]:
    """The same of the section `sweep` alone; of the whole document where that is no mapping."""
    found = find_violations(document.value, envelope(), _resolver(document))
    whole = not isinstance(document.value, dict)
    return _in_words(document, [violation for violation in found if whole or violation.path[:1] == ("sweep",)])


def _in_words(document: Document, violations: Sequence[Violation]) -> list[Problem]:
    crowded = {violation.path for violation in violations if violation.keyword == "maxProperties"}
    mistyped = {violation.path for violation in violations if violation.keyword == "type"}

    def is_reported(violation: Violation) -> bool:
        path, keyword = violation.path, violation.keyword
        inside_crowded = any(path[:length] in crowded for length in range(len(path) + 1))
        hidden = inside_crowded and keyword != "maxProperties"
        return not hidden and (path not in mistyped or keyword == "type")

    reported = sorted(filter(is_reported, violations), key=lambda violation: _position(document.place(violation.path)))
    problems = first_problems(problem for violation in reported for problem in _explain(document, violation))
    return in_file_order(dict.fromkeys(problems))


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by line and column; those of options come first, those without a place last."""
    return sorted(problems, key=lambda problem: _position(problem.place))


def _position(place: Place | None) -> tuple[int, int, int]:
    return (0, place.line, place.column) if place else (1, 0, 0)


def _explain(document: Document, violation: Violation) -> Iterator[Problem]:
    for problem in _EXPLANATIONS[violation.keyword](document, violation):
        yield problem if problem.place else replace(problem, place=document.place(violation.path))


def _unknown_keys(document: Document, violation: Violation) -> Iterator[Problem]:
    schema = violation.schema
    known = list(schema["properties"])
    is_component = schema.get("title") in KIND_OF_TITLE
    for key in violation.value:
        if key not in known:
            problem = unknown_component(schema["title"], key, known) if is_component else unknown_key(schema, key)
            yield replace(problem, place=document.keys.get((*violation.path, key)))


def _missing_keys(document: Document, violation: Violation) -> Iterator[Problem]:
    schema = violation.schema
    known = envelope()["properties"] if not violation.path else schema["properties"]
    misspelt = {nearest(key, known) for key in violation.value if key not in known}
    keys = [key for key in schema["required"] if key not in violation.value and key not in misspelt]
    if keys:
        yield replace(
            _missing(schema, keys, _example(schema.get("title"), schema)), place=document.keys.get(violation.path)
        )


def _missing_companions(document: Document, violation: Violation) -> Iterator[Problem]:
    """Keys that need others, which are missing."""
    schema, present = violation.schema, violation.value
    misspelt = {nearest(key, schema["properties"]) for key in present if key not in schema["properties"]}
    for key, companions in schema["dependencies"].items():
        for name in companions if key in present else ():
            if name not in present and name not in misspelt:
                (example,) = schema["properties"][name]["examples"]
                written = example if isinstance(example, str) else shown(example)
                place = document.keys.get((*violation.path, key))
                yield Problem(f'"{key}" needs "{name}" too.', place, f"For example: {name}: {written}")


def _missing(schema: Any, keys: Sequence[str], hint: str | None = None) -> Problem:
    plural = "s" if len(keys) > 1 else ""
    listed = joined([f'"{key}"' for key in keys], "and")
    return Problem(f"{owner(schema)} needs the {noun(schema)}{plural} {listed}.", hint=hint)


def _wrong_type(document: Document, violation: Violation) -> Iterator[Problem]:
    schema = violation.schema
    title, received = schema.get("title"), violation.value
    if title in KIND_OF_TITLE:
        problem = component_form(title, received)
        yield replace(problem, hint=_hint_by_setting(violation.path, received) or problem.hint)
    elif not violation.path:
        yield Problem(f"An experiment is a mapping of settings. Received: {shown(received)}")
    elif received is None and schema.get("required"):
        yield _missing(schema, schema["required"], _example(title, schema))
    elif "$comment" in schema:
        message = f"{owner(schema)} takes its arguments as a mapping. Received: {shown(received)}"
        yield Problem(message, hint=_example(violation.path[-1], schema))
    else:
        hint = _hint_by_setting(violation.path, received) or _type_hint(schema["type"], received)
        yield Problem(
            f"{subject(violation.path)} must be {types_in_words(schema)}. Received: {shown(received)}", hint=hint
        )


def _example(name: Any, schema: Any) -> str | None:
    """How to write a component with its required arguments, or with its first one."""
    if "$comment" not in schema:
        return None
    keys = schema["required"] or list(schema["properties"])[:1]
    entry = load_catalog().entry(schema["$comment"], str(name))
    known = (entry and entry.example) or {}
    arguments = (f"{key}: {dump_inline(known[key]) if key in known else '…'}" for key in keys)
    return f"For example: {name}: {{{', '.join(arguments)}}}"


def _hint_by_setting(path: ValuePath, received: Any) -> str | None:
    if path == ("data",) and isinstance(received, str) and load_catalog().entry("generators", received):
        return f"Set it as the generator: data: {{generator: {received}}}"
    if path in (("data", "validation"), ("data", "test")) and isinstance(received, int | float):
        return f"A share of the rows is {path[1]}_split: {received}"
    if path == ("expect",):
        return _type_hint("array", received)
    if path == ("metrics",) and isinstance(received, dict) and None not in received.values():
        lists = {name: value if isinstance(value, list) else [value] for name, value in received.items()}
        known = load_catalog().names("metrics")
        return None if any(name in known for name in lists) else of_each_output("metrics", lists)
    if path[0] == "expect" and path[-1] != "share":
        return EXPECTATION_EXAMPLE
    if path == ("predict",) and isinstance(received, str):
        return "Write the samples themselves, a list for each: [[1.5, 2], [3, 4]]"
    if received is None and ")" in str(path[-1]):  # {x: uniform(0, 1)} holds the keys x and 1)
        return "Within braces, a text with a comma needs quotes."
    return None


def _type_hint(types: str | list[str], received: Any) -> str | None:
    """The value that was probably meant."""
    plain = read_plain(received) if isinstance(received, str) else None
    if "integer" in types and isinstance(received, float) and received.is_integer() and abs(received) < 1e15:
        return f"Write {int(received)}."
    if types == "array" and isinstance(received, dict):
        stuck = any(key.startswith("-") for key in received)
        return "Add a space after the dash." if stuck else "Start every entry with a dash and a space."
    if types == "array" and received is not None:
        return f"Write it as a list: [{received if isinstance(received, str) else shown(received)}]"
    return "Write it without quotes." if _fits(plain, types) else None


def _fits(plain: Any, types: str | list[str]) -> bool:
    if isinstance(plain, bool):
        return "boolean" in types
    return (isinstance(plain, int | float) and "number" in types) or (isinstance(plain, int) and "integer" in types)


def _wrong_size(document: Document, violation: Violation) -> Iterator[Problem]:
    title = violation.schema.get("title")
    if title in KIND_OF_TITLE:
        yield component_form(title, violation.value)
    else:
        yield Problem(f"{subject(violation.path)} must not be empty.")


def _wrong_count(document: Document, violation: Violation) -> Iterator[Problem]:
    schema, received = violation.schema, violation.value
    fewest, most = schema.get("minItems", 0), schema.get("maxItems")
    if not received:
        yield Problem(f"{subject(violation.path)} must not be empty.")
        return
    number = f"{fewest}" if fewest == most else f"at least {fewest}" if len(received) < fewest else f"at most {most}"
    entries = "entry" if number.endswith(" 1") or number == "1" else "entries"
    yield Problem(f"{subject(violation.path)} must have {number} {entries}. Received: {len(received)}")


def _not_listed(document: Document, violation: Violation) -> Iterator[Problem]:
    allowed: list[Any] = list(violation.schema["enum"])
    title, received = violation.schema.get("title"), violation.value
    if title == SINGULAR["schedules"] and _LIKE_A_NUMBER.match(str(received)):
        yield _no_number(violation.path, str(received))
    elif title in KIND_OF_TITLE:
        yield unknown_component(title, str(received), allowed)
    else:
        choices = joined([shown(choice) for choice in allowed], "or")
        hint = did_you_mean(str(received), [choice for choice in allowed if isinstance(choice, str)])
        yield Problem(f"{subject(violation.path)} must be {choices}. Received: {shown(received)}", hint=hint)


def _no_number(path: ValuePath, text: str) -> Problem:
    """A text that starts like a number where a number or a schedule is required."""
    message = f"{subject(path)} must be a number or a {SINGULAR['schedules']}. Received: {shown(text)}"
    if _fits(read_plain(text), "number"):
        return Problem(message, hint="Write it without quotes.")
    pointed = text.replace(",", ".")
    decimal = f"Write it with a decimal point: {pointed}" if _fits(read_plain(pointed), "number") else None
    return Problem(message, hint=decimal or "Numbers are written as 0.01 or 1e-3.")


def _bare_name(document: Document, violation: Violation) -> Iterator[Problem]:
    kind = KIND_OF_TITLE[violation.schema["title"]]
    name = load_catalog().own_name(kind, violation.value) or violation.value
    schema = _resolver(document)(f"{DEFINITIONS}{kind}.{name}")
    yield _missing(schema, schema["required"], _example(violation.value, schema))


def _bound(words: str) -> Explanation:
    def explain(document: Document, violation: Violation) -> Iterator[Problem]:
        bound = violation.schema[violation.keyword]
        yield Problem(f"{subject(violation.path)} must be {words} {bound}. Received: {shown(violation.value)}")

    return explain


def _wrong_pattern(document: Document, violation: Violation) -> Iterator[Problem]:
    rule = "must have at most 64 letters, digits, dots, dashes and underscores, and start with a letter or digit"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", str(violation.value)).strip("-._")[:64]
    hint = f"For example: {plain}" if plain else None
    yield Problem(f"{subject(violation.path)} {rule}. Received: {shown(violation.value)}", hint=hint)


Explanation = Callable[[Document, Violation], Iterator[Problem]]

# By keyword; the schema uses no others.
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
