"""The settings of `data` that are generators: of the rows that are split, and of sets beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

GENERATOR = "generator"
# The first makes the rows that are split; each of the others is a set by itself.
SOURCES = (GENERATOR, "validation", "test")
WITH_DATES = ("csv", "jsonl", "parquet")  # generators that take dates


def change_arguments(data: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """The settings `data` as plain values, with each argument of each generator changed.

    Args:
        data: the settings.
        change: gets the value of an argument, or each item of one that is a mapping or a list, and returns that which
            takes its place.
    """
    written = {name: data[name] for name in SOURCES if isinstance(data.get(name), Mapping)}
    changed = {
        name: {
            kind: {key: _changed(value, change) for key, value in arguments.items()}
            if isinstance(arguments, Mapping)
            else arguments
            for kind, arguments in generator.items()
        }
        for name, generator in written.items()
    }
    return {**data, **changed}


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: change(item) for key, item in value.items()}
    return [*map(change, value)] if isinstance(value, list) else change(value)
