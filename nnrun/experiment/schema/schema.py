"""The JSON Schema (draft-07) of experiment files, made from the catalog and the experiment's envelope.

A component is its name or a one-key mapping, so the schema needs no `oneOf` and its errors stay where the mistake is.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Sequence

from nnrun.experiment.schema.catalog import Argument, Catalog, Entry, load_catalog
from nnrun.experiment.schema.envelope import DEFINITIONS, MAX_COUNT, NAME_PATTERN, Schema, envelope, reference
from nnrun.experiment.seeds import MAX_SEED

# Mappings that are printed with a line per member.
_BY_LINE = ("properties", "definitions")

# The name of a component of each kind in messages.
SINGULAR = {
    "activations": "activation",
    "callbacks": "callback",
    "constraints": "constraint",
    "generators": "data generator",
    "initializers": "initializer",
    "layers": "layer",
    "losses": "loss",
    "metrics": "metric",
    "optimizers": "optimizer",
    "regularizers": "regularizer",
    "schedules": "learning-rate schedule",
}


@functools.cache
def experiment_schema() -> Schema:
    """The schema of a whole experiment file; shared, so callers must not change it."""
    catalog = load_catalog()
    definitions: Schema = {}
    for kind in catalog.kinds:
        definitions[kind] = definition(kind)
        for name in catalog.names(kind):
            entry = catalog.entry(kind, name)
            assert entry is not None
            definitions[f"{kind}.{entry.name}"] = definition(f"{kind}.{entry.name}")
    return {"$schema": "http://json-schema.org/draft-07/schema#", **envelope(), "definitions": definitions}


@functools.cache
def definition(name: str) -> Schema:
    """A definition of the schema; shared, so callers must not change it.

    Args:
        name: a kind, or a kind and an entry's own name, as `layers.Dense`.
    """
    kind, _, entry_name = name.partition(".")
    if not entry_name:
        return _component(load_catalog(), kind)
    entry = load_catalog().entry(kind, entry_name)
    assert entry is not None
    return _arguments(entry)


def resolve(reference: str) -> Schema:
    """The definition that a `$ref` of the schema names."""
    return definition(reference.removeprefix(DEFINITIONS))


def resolver(own: Iterable[Entry]) -> Callable[[str], Schema]:
    """The function `resolve` for a document that may name further components, of the user's own.

    Args:
        own: these components.
    """
    entries = {(entry.kind, entry.name): entry for entry in own}
    if not entries:
        return resolve

    @functools.cache
    def resolve_own(reference: str) -> Schema:
        kind, _, name = reference.removeprefix(DEFINITIONS).partition(".")
        if name:
            return _arguments(entries[(kind, name)]) if (kind, name) in entries else resolve(reference)
        return _component(load_catalog(), kind, [entry for entry in entries.values() if entry.kind == kind])

    return resolve_own


def schema_text() -> str:
    """The schema as JSON, a setting and a definition per line, so that a diff shows what changed."""
    return _lines(experiment_schema(), "") + "\n"


def _lines(schema: Schema, indent: str) -> str:
    within = indent + " "
    members = [
        f"{within}{json.dumps(key)}: {_lines(part, within) if key in _BY_LINE else json.dumps(part, allow_nan=False)}"
        for key, part in schema.items()
    ]
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def _component(catalog: Catalog, kind: str, own: Sequence[Entry] = ()) -> Schema:
    """A name, or a one-key mapping from a name to arguments."""
    known = {name: catalog.own_name(kind, name) for name in catalog.names(kind)}
    known |= {entry.name: entry.name for entry in own}
    needy = catalog.names_with_required_arguments(kind)
    needy += [entry.name for entry in own if any(argument.required for argument in entry.arguments.values())]
    names = list(known)
    return {
        "title": SINGULAR[kind],
        "type": ["string", "object"],
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {name: reference(f"{kind}.{own_name}") for name, own_name in known.items()},
        "additionalProperties": False,
        "if": {"type": "string"},
        "then": {
            "title": SINGULAR[kind],
            "enum": names,
            "not": {"enum": needy},
        },
    }


def _arguments(entry: Entry) -> Schema:
    arguments = dict(entry.arguments)
    required = [name for name, argument in arguments.items() if argument.required]
    properties = {name: _argument(argument, _most(entry, name)) for name, argument in arguments.items()}
    if entry.kind == "layers":
        properties |= _wiring(entry.name)
    return {
        "title": entry.name,
        "description": f"{entry.summary}\n{entry.link}" if entry.link else entry.summary,
        "$comment": entry.kind,
        "type": "object" if required else ["object", "null"],
        "properties": properties,
        "required": required,
        "additionalProperties": entry.additional or False,
    }


def _wiring(layer: str) -> Schema:
    """The arguments of a layer that are nnrun's own."""
    name = {
        "description": "Name of the layer, for the `inputs` of others and for `outputs`.",
        "type": "string",
        "pattern": NAME_PATTERN,
    }
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    if layer == "Input":
        return {"name": name, "columns": {"description": "Data columns of this input.", **names}}
    description = "Layers whose outputs this layer takes; by default the layer before it."
    return {"name": name, "inputs": {"description": description, **names, "type": ["string", "array"]}}


def _bounded(schema: Schema, most: int) -> Schema:
    """The schema with the bounds of 32 bits, which TensorFlow counts with, for whole numbers without bounds."""
    types = schema.get("type", ())
    bounds = {"minimum": -MAX_COUNT, "maximum": most}
    if "maximum" not in schema and (types == "integer" or ("integer" in types and "number" not in types)):
        schema = {**bounds, **schema}
    return {**schema, "items": _bounded(schema["items"], most)} if "items" in schema else schema


def _most(entry: Entry, argument: str) -> int | None:
    """The largest whole number of an argument; None for generators, whose arguments have bounds of their own."""
    if entry.kind == "generators":
        return None
    return MAX_SEED if argument == "seed" else MAX_COUNT


def _argument(argument: Argument, most: int | None) -> Schema:
    """The schema of an argument; one that may be a component also takes a name or a one-key mapping."""
    plain = argument.schema if most is None else _bounded(argument.schema, most)
    if argument.item_component:
        plain = {**plain, "items": reference(argument.item_component)}
    if argument.component is None:
        return plain
    own = plain.get("type", [])
    types = [own] if isinstance(own, str) else list(own)
    if argument.has_default and argument.default is None:
        types.append("null")
    allowed = list(dict.fromkeys([*types, "string", "object"]))
    rest = {key: value for key, value in plain.items() if key != "type"}
    return {**rest, "type": allowed, "if": {"type": ["string", "object"]}, "then": reference(argument.component)}
