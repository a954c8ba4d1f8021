"""Messages about unknown names, settings and arguments, each with the remedy that is most likely meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nnrun.errors import Problem, did_you_mean, nearest, shown
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.envelope import envelope
from nnrun.experiment.schema.phrases import KIND_OF_TITLE, joined, noun, owner, with_article
from nnrun.experiment.schema.schema import SINGULAR
from nnrun.experiment.text.dump import dump_inline

_KERAS_NAMES = "The names are Keras's own: https://keras.io/api/"
_MOST_LISTED = 30
_CALL = re.compile(r"\s*(\w+)\s*\(\s*(.*?)\s*\)\s*", re.DOTALL)


def unknown_component(title: str, name: str, known: Sequence[str]) -> Problem:
    refused = load_catalog().refusal(KIND_OF_TITLE[title], name)
    if refused:
        return Problem(f"The {title} {name} is not supported in experiments: {refused}.")
    opening = "Write a number or one of" if title == SINGULAR["schedules"] else "Known names"
    kind = KIND_OF_TITLE[title]
    own = [other for other in known if load_catalog().own_name(kind, other) == other]
    hint = _as_a_mapping(kind, name) or did_you_mean(name, known) or _of_another_kind(name)
    hint = hint or _listing(opening, own) or _KERAS_NAMES
    return Problem(f'Unknown {title} "{name}".', hint=hint)


def _as_a_mapping(kind: str, text: str) -> str | None:
    """How to write a component with arguments in parentheses, such as `Dense(8)`."""
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
    titles = [with_article(SINGULAR[kind]) for kind in catalog.kinds if catalog.entry(kind, name)]
    return f'"{name}" is {joined(titles, "and")}.' if titles else None


def unknown_key(schema: Any, key: str) -> Problem:
    known = list(schema["properties"])
    refused = load_catalog().refusal(schema["$comment"], schema["title"], key) if "$comment" in schema else None
    hint = (
        (f"{refused}." if refused.startswith("Keras") else f"Not supported: {refused}.")
        if refused
        else _belongs(schema["title"], key)
    )
    hint = hint or did_you_mean(key, known) or _listing("Known names", known)
    return Problem(f'{owner(schema)} has no {noun(schema)} "{key}".', hint=hint)


def _belongs(title: str, key: str) -> str | None:
    """Where to write a setting that is a level too high."""
    if title == "experiment" and key in ("learning_rate", "lr"):
        return "It belongs to the optimizer: optimizer.learning_rate or optimizer: {Adam: {learning_rate: 0.01}}"
    if title == "experiment" and key == "loss_weights":
        return of_each_output("loss_weight", [2])
    if title == "experiment" and key in envelope()["properties"]["data"]["properties"]:
        return f"It belongs to data: data.{key}"
    if title == "data" and load_catalog().entry("generators", key):
        return f"Set it as the generator: data: {{generator: {{{key}: …}}}}"
    return None


def _listing(opening: str, names: Sequence[str]) -> str | None:
    return f"{opening}: {', '.join(names)}." if 0 < len(names) <= _MOST_LISTED else None


def of_each_output(setting: str, written: Any) -> str:
    """Where a loss, metrics or a weight of each output is written, which Keras takes as a list or a mapping."""
    name, value = next(iter(written.items())) if isinstance(written, dict) else ("NAME", written[0])
    return f"With several outputs each may have its own: outputs: {{{name}: {{{setting}: {dump_inline(value)}}}, …}}"


def _names_one(value: Any, known: Sequence[str]) -> bool:
    return value in known if isinstance(value, str) else isinstance(value, dict) and next(iter(value), None) in known


def component_form(title: str, received: Any) -> Problem:
    known = load_catalog().names(KIND_OF_TITLE[title])
    form = f"{with_article(title).capitalize()} is its name, or a one-key mapping from its name to its arguments."
    if not isinstance(received, dict) or len(received) < 2:
        return Problem(f"{form} Received: {shown(received)}", hint=_of_a_list(title, received))
    first, *others = received
    named = next((value for value in received.values() if value in known), None)
    hint = None
    if first in known:
        hint = f"If these are arguments of {first}, indent them below it: {first}: {{{others[0]}: …}}"
    elif title == SINGULAR["losses"] and all(_names_one(value, known) for value in received.values()):
        hint = of_each_output("loss", received)
    elif named:
        argument = next(key for key, value in received.items() if value != named)
        hint = f"For example: {named}: {{{argument}: …}}"
    return Problem(f"{form} Received the keys: {', '.join(received)}", hint=hint)


def _of_a_list(title: str, received: Any) -> str | None:
    """The remedy for a list of losses, or of the metrics of an output."""
    if not isinstance(received, list) or not received or (title == SINGULAR["losses"] and len(received) == 1):
        return None
    lists = {SINGULAR["losses"]: ("loss", received), SINGULAR["metrics"]: ("metrics", [received])}
    return of_each_output(*lists[title]) if title in lists else None
