"""The one JSON Schema (draft-07) of experiment files, made from the catalogue and the experiment's envelope.

A component is its name or a one-key mapping, so the schema needs no `oneOf` and its errors stay where the mistake is.
"""

from __future__ import annotations

import functools
from typing import Any

from nnrun.spec.catalog import Argument, Catalog, Entry, load_catalog

Schema = dict[str, Any]

NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\\n)$"
MAX_SEED = 2**32 - 1

# One of each kind, as messages call it.
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
    """The schema of a whole experiment file; not to be changed by who gets it."""
    catalog = load_catalog()
    definitions: Schema = {}
    for kind in catalog.kinds:
        definitions[kind] = _component(catalog, kind)
        for name in catalog.names(kind):
            entry = catalog.entry(kind, name)
            assert entry is not None
            definitions[f"{kind}.{entry.name}"] = _arguments(entry)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **_envelope(), "definitions": definitions}


def _component(catalog: Catalog, kind: str) -> Schema:
    """A name, or a one-key mapping from a name to arguments."""
    entries = {name: catalog.entry(kind, name) for name in catalog.names(kind)}
    needy = [name for name, entry in entries.items() if entry and any(a.required for a in entry.arguments.values())]
    return {
        "title": SINGULAR[kind],
        "type": ["string", "object"],
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {name: _ref(f"{kind}.{entry.name}") for name, entry in entries.items() if entry},
        "additionalProperties": False,
        "if": {"type": "string"},
        "then": {"title": SINGULAR[kind], "enum": list(entries), "not": {"enum": needy}},
    }


def _arguments(entry: Entry) -> Schema:
    arguments = dict(entry.arguments)
    required = [name for name, argument in arguments.items() if argument.required]
    properties = {name: _argument(argument) for name, argument in arguments.items()}
    if entry.kind == "layers":
        properties["name"] = {"type": "string", "pattern": NAME_PATTERN}
        wiring = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        if entry.name == "Input":
            properties["columns"] = wiring
        else:
            properties["inputs"] = {**wiring, "type": ["string", "array"]}
    return {
        "title": entry.name,
        "description": entry.summary,
        "$comment": entry.kind,
        "type": "object" if required else ["object", "null"],
        "properties": properties,
        "required": required,
        "additionalProperties": entry.additional or False,
    }


def _argument(argument: Argument) -> Schema:
    """An argument's own schema; one that may be a component takes a name or a one-key mapping besides."""
    plain = argument.schema
    if argument.item_component:
        plain = {**plain, "items": _ref(argument.item_component)}
    if argument.component is None:
        return plain
    own = plain.get("type", [])
    types = [own] if isinstance(own, str) else list(own)
    if argument.has_default and argument.default is None:
        types.append("null")
    allowed = list(dict.fromkeys([*types, "string", "object"]))
    rest = {key: value for key, value in plain.items() if key != "type"}
    return {**rest, "type": allowed, "if": {"type": ["string", "object"]}, "then": _ref(argument.component)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _sweep() -> Schema:
    """The section that `nnrun sweep` reads; what its texts say is checked with the rest of the file."""
    values = {"type": ["array", "string"], "minItems": 1}
    variant = {"type": "object", "minProperties": 1}
    random = {
        "title": "random",
        "type": "object",
        "properties": {"trials": {"type": "integer", "minimum": 1}},
        "required": ["trials"],
        "minProperties": 2,
        "additionalProperties": values,
    }
    return {
        "title": "sweep",
        "type": "object",
        "properties": {
            "variants": {"type": "object", "minProperties": 1, "additionalProperties": variant},
            "grid": {"type": "object", "minProperties": 1, "additionalProperties": values},
            "random": random,
            "reach": {"type": "string"},
        },
        "additionalProperties": False,
    }


def _envelope() -> Schema:
    share = {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0}
    scaling = {"enum": ["none", "standard", "minmax"], "default": "none"}
    metrics = {"type": "array", "items": _ref("metrics"), "default": []}
    data = {
        "title": "data",
        "type": "object",
        "properties": {
            "generator": _ref("generators"),
            "validation_split": share,
            "test_split": share,
            "scale": scaling,
            "scale_targets": scaling,
            "one_hot": {"type": "boolean", "default": False},
        },
        "required": ["generator"],
        "additionalProperties": False,
    }
    output = {
        "title": "output",
        "type": ["object", "null"],
        "properties": {
            "target": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1},
            "loss": _ref("losses"),
            "metrics": metrics,
            "loss_weight": {"type": "number", "default": 1},
        },
        "additionalProperties": False,
    }
    return {
        "title": "experiment",
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": NAME_PATTERN},
            "seed": {"type": "integer", "minimum": 0, "maximum": MAX_SEED, "default": 0},
            "data": data,
            "layers": {"type": "array", "items": _ref("layers"), "minItems": 1},
            "outputs": {
                "title": "outputs",
                "type": ["string", "array", "object"],
                "items": {"type": "string"},
                "minItems": 1,
                "minProperties": 1,
                "additionalProperties": output,
            },
            "optimizer": _ref("optimizers"),
            "loss": _ref("losses"),
            "metrics": metrics,
            "epochs": {"type": "integer", "minimum": 1},
            "batch_size": {"type": "integer", "minimum": 1, "default": 32},
            "shuffle": {"type": "boolean", "default": True},
            "class_weight": {
                "title": "class_weight",
                "type": ["object", "string"],
                "minProperties": 1,
                "additionalProperties": {"type": "number", "minimum": 0},
            },
            "callbacks": {"type": "array", "items": _ref("callbacks"), "default": []},
            "keep": {"enum": ["last", "best"], "default": "last"},
            "precision": {"enum": ["float32", "mixed_float16", "mixed_bfloat16"], "default": "float32"},
            "engine": {"enum": ["auto", "graph", "xla", "keras"], "default": "auto"},
            "predict": {
                "type": "array",
                "items": {"type": ["number", "array"], "items": {"type": "number"}, "minItems": 1},
                "default": [],
            },
            "expect": {"type": "array", "items": {"type": "string"}, "default": []},
            "sweep": _sweep(),
        },
        "additionalProperties": False,
        # Outputs that are a mapping may have a loss each.
        "if": {"properties": {"outputs": {"type": "object"}}, "required": ["outputs"]},
        "then": {"title": "experiment", "required": ["data", "layers", "optimizer", "epochs"]},
        "else": {"title": "experiment", "required": ["data", "layers", "optimizer", "loss", "epochs"]},
    }
