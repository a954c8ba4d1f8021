"""A parsed document held against the schema: every problem at once, in words, each with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nnrun.errors import Place, Problem, did_you_mean
from nnrun.spec.catalog import load_catalog
from nnrun.spec.schema import SINGULAR, experiment_schema
from nnrun.spec.yaml_text import Document, ValuePath

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


def find_problems(document: Document) -> list[Problem]:
    """What the schema has against the document, in file order; an empty list when nothing."""
    errors = list(_validator().iter_errors(document.value))
    crowded = [tuple(error.absolute_path) for error in errors if error.validator == "maxProperties"]
    problems: list[Problem] = []
    for error in errors:
        path = tuple(error.absolute_path)
        hidden = any(path[: len(p)] == p for p in crowded) and error.validator != "maxProperties"
        if not hidden:
            problems.extend(_explain(document, path, error))
    return in_file_order(dict.fromkeys(problems))


def in_file_order(problems: Any) -> list[Problem]:
    """Problems by line and column; those without a place come last."""

    def position(problem: Problem) -> tuple[int, int, int]:
        place = problem.place
        return (0, place.line, place.column) if place else (1, 0, 0)

    return sorted(problems, key=position)


def _validator() -> Any:
    from jsonschema import Draft7Validator
    from jsonschema.validators import extend

    def is_integer(_: Any, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    checker = Draft7Validator.TYPE_CHECKER.redefine("integer", is_integer)
    return extend(Draft7Validator, type_checker=checker)(experiment_schema())


def _explain(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    explain = _EXPLANATIONS.get(str(error.validator))
    place = document.place(path)
    if explain is None:
        yield Problem(f"{_subject(path)}: {error.message}.", place)
    elif error.validator in ("additionalProperties", "required"):
        yield from explain(document, path, error)
    else:
        yield from (Problem(p.message, place, p.hint) for p in explain(document, path, error))


def _unknown_keys(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    known = list(error.schema["properties"]) if isinstance(error.schema, dict) else []
    for key in error.instance:
        if key not in known:
            place = document.keys.get((*path, key)) or document.place(path)
            yield _unknown(key, known, error.schema, place)


def _unknown(key: str, known: list[str], schema: Any, place: Place | None) -> Problem:
    title = schema.get("title", "this mapping")
    if title in _KIND_OF_TITLE:
        refused = load_catalog().refusal(_KIND_OF_TITLE[title], key)
        if refused:
            return Problem(f"{key} is left out of experiments: {refused}.", place)
        return Problem(f'There is no {title} "{key}".', place, did_you_mean(key, known) or _listing("It may be", known))
    if title in ("experiment", "data", "output"):
        hint = did_you_mean(key, known) or _listing("It has", known)
        return Problem(f'"{title}" has no setting "{key}".', place, hint)
    refused = load_catalog().refusal(schema["$comment"], title, key) if "$comment" in schema else None
    hint = f"Left out: {refused}." if refused else did_you_mean(key, known) or _listing("It takes", known)
    return Problem(f'{title} has no argument "{key}".', place, hint)


def _listing(opening: str, names: list[str], most: int = 30) -> str | None:
    if not names or len(names) > most:
        return None
    return f"{opening}: {', '.join(names)}."


def _missing_keys(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    assert isinstance(error.schema, dict)
    title = error.schema.get("title", "this mapping")
    noun = "setting" if title in ("experiment", "data", "output") else "argument"
    place = document.keys.get(path) or document.place(path)
    for key in error.schema["required"]:
        if key not in error.instance:
            yield Problem(f'{title} needs the {noun} "{key}".', place)


def _wrong_type(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    assert isinstance(error.schema, dict)
    title = error.schema.get("title")
    if title in _KIND_OF_TITLE:
        yield _component_form(title, error.instance)
    elif title and error.instance is None:
        required = ", ".join(error.schema.get("required", []))
        yield Problem(f"{title} needs its arguments: {required}.")
    else:
        yield Problem(f"{_subject(path)} must be {_types(error.validator_value)}. Received: {_shown(error.instance)}")


def _component_form(title: str, received: Any) -> Problem:
    article = "an" if title[0] in "aeiou" else "a"
    form = f"{article.capitalize()} {title} is its name, or a one-key mapping from its name to its arguments."
    if isinstance(received, dict) and len(received) > 1:
        first, *others = received
        hint = f"If these are arguments of {first}, indent them below it: {first}: {{{others[0]}: …}}"
        return Problem(f"{form} Received the keys: {', '.join(received)}", hint=hint)
    return Problem(f"{form} Received: {_shown(received)}")


def _one_key(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    assert isinstance(error.schema, dict)
    title = error.schema.get("title", "")
    if title in _KIND_OF_TITLE:
        yield _component_form(title, error.instance)
    else:
        yield Problem(f"{_subject(path)} must not be empty.")


def _not_listed(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    assert isinstance(error.schema, dict)
    allowed = list(error.validator_value)
    title = error.schema.get("title")
    if title in _KIND_OF_TITLE:
        yield _unknown(str(error.instance), allowed, error.schema, None)
    else:
        choices = ", ".join(_shown(choice) for choice in allowed)
        hint = did_you_mean(str(error.instance), [choice for choice in allowed if isinstance(choice, str)])
        yield Problem(f"{_subject(path)} must be one of {choices}. Received: {_shown(error.instance)}", hint=hint)


def _bare_name(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    name = error.instance
    yield Problem(f"{name} needs its arguments.", hint=f"Write it as a mapping: {name}: {{…}}")


def _bound(words: str) -> Explanation:
    def explain(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
        yield Problem(f"{_subject(path)} must be {words} {error.validator_value}. Received: {_shown(error.instance)}")

    return explain


def _wrong_pattern(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    rule = "must begin with a letter or digit and go on with at most 63 letters, digits, dots, dashes or underscores"
    yield Problem(f"{_subject(path)} {rule}. Received: {_shown(error.instance)}")


def _too_short(document: Document, path: ValuePath, error: ValidationError) -> Iterator[Problem]:
    yield Problem(f"{_subject(path)} needs at least {error.validator_value} entries. Received: {len(error.instance)}")


def _subject(path: ValuePath) -> str:
    """The setting as a reader calls it: its key, with its position where it is an entry of a list."""
    if not path:
        return "an experiment"
    names = [step for step in path if isinstance(step, str)]
    name = names[-1] if names else "it"
    return f'Entry {path[-1] + 1} of "{name}"' if isinstance(path[-1], int) else f'"{name}"'


def _types(names: str | list[str]) -> str:
    listed = [names] if isinstance(names, str) else names
    return " or ".join(_TYPES[name] for name in listed)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"


Explanation = Callable[[Document, ValuePath, "ValidationError"], Iterator[Problem]]

_EXPLANATIONS: dict[str, Explanation] = {
    "additionalProperties": _unknown_keys,
    "enum": _not_listed,
    "exclusiveMaximum": _bound("less than"),
    "exclusiveMinimum": _bound("more than"),
    "maxProperties": _one_key,
    "maximum": _bound("at most"),
    "minItems": _too_short,
    "minProperties": _one_key,
    "minimum": _bound("at least"),
    "not": _bare_name,
    "pattern": _wrong_pattern,
    "required": _missing_keys,
    "type": _wrong_type,
}
