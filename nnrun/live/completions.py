"""The words that the editor of the page offers, from the schema of experiments and the catalog of components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.envelope import envelope


def completions() -> dict[str, Any]:
    """The settings, the components of each kind with their arguments, and what arguments take, as plain JSON.

    Returns:
        `settings`: the settings by name, with those within them; `kinds`: by kind, each component with its arguments;
        `takes`: by the name of an argument or a setting, the kind of component that it takes; `values`: by the name of
        an argument or a setting, the texts that it takes.
    """
    catalog = load_catalog()
    properties = envelope()["properties"]
    kinds: dict[str, dict[str, list[str]]] = {}
    takes, values = {"generator": "generators"}, _choices(properties)
    for name, part in properties.items():
        kind = _kind(part) or _kind(part.get("items", {}))
        if kind in catalog.kinds:
            takes[name] = kind
    for kind in catalog.kinds:
        kinds[kind] = {}
        for name in catalog.names(kind):
            entry = catalog.entry(kind, name)
            arguments = entry.arguments if entry else {}
            kinds[kind][name] = list(arguments)
            for argument, given in arguments.items():
                component = given.component or given.item_component
                if component is not None:
                    takes.setdefault(argument, component)
                values = _choices({argument: given.schema}) | values
    settings = {name: list(part.get("properties", ())) for name, part in properties.items()}
    return {"settings": settings, "kinds": kinds, "takes": takes, "values": values}


def _kind(schema: Mapping[str, Any]) -> str:
    """The kind of component that a part of the schema refers to; nothing where it refers to none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _choices(
    parts: Mapping[str, Mapping[str, Any]], known: Mapping[str, list[str]] | None = None
) -> dict[str, list[str]]:
    """The texts that settings take, of those that take one of a few."""
    found = {}
    for name, schema in parts.items():
        choices = [str(value) for value in schema.get("enum", ()) if isinstance(value, str)]
        if schema.get("type") == "boolean":
            choices = ["true", "false"]
        if choices:
            found[name] = choices
    return found
