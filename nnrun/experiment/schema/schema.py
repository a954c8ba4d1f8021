"""The one JSON Schema (draft-07) of experiment files, made from the catalogue and the experiment's envelope.

A component is its name or a one-key mapping, so the schema needs no `oneOf` and its errors stay where the mistake is.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from nnrun.experiment.schema.catalog import Argument, Catalog, Entry, load_catalog

Schema = dict[str, Any]

NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\\n)$"
MAX_SEED = 2**32 - 1

_DEFINITIONS = "#/definitions/"

# Mappings whose members have a line each.
_BY_LINE = ("properties", "definitions")

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
        definitions[kind] = definition(kind)
        for name in catalog.names(kind):
            entry = catalog.entry(kind, name)
            assert entry is not None
            definitions[f"{kind}.{entry.name}"] = definition(f"{kind}.{entry.name}")
    return {"$schema": "http://json-schema.org/draft-07/schema#", **envelope(), "definitions": definitions}


@functools.cache
def definition(name: str) -> Schema:
    """A definition of the schema; not to be changed by who gets it.

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
    return definition(reference.removeprefix(_DEFINITIONS))


def schema_text() -> str:
    """The schema as JSON, a setting and a definition per line, so that what changes shows as a change of lines."""
    return _lines(experiment_schema(), "") + "\n"


def _lines(schema: Schema, indent: str) -> str:
    within = indent + " "
    members = [
        f"{within}{json.dumps(key)}: {_lines(part, within) if key in _BY_LINE else json.dumps(part, allow_nan=False)}"
        for key, part in schema.items()
    ]
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def _component(catalog: Catalog, kind: str) -> Schema:
    """A name, or a one-key mapping from a name to arguments."""
    names = catalog.names(kind)
    return {
        "title": SINGULAR[kind],
        "type": ["string", "object"],
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {name: _ref(f"{kind}.{catalog.own_name(kind, name)}") for name in names},
        "additionalProperties": False,
        "if": {"type": "string"},
        "then": {"title": SINGULAR[kind], "enum": names, "not": {"enum": catalog.names_with_required_arguments(kind)}},
    }


def _arguments(entry: Entry) -> Schema:
    arguments = dict(entry.arguments)
    required = [name for name, argument in arguments.items() if argument.required]
    properties = {name: _argument(argument) for name, argument in arguments.items()}
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
    name = {"description": "The name by which others take it.", "type": "string", "pattern": NAME_PATTERN}
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    if layer == "Input":
        return {"name": name, "columns": {"description": "The input columns that it takes.", **names}}
    description = "The layers that it takes; by default the one before it."
    return {"name": name, "inputs": {"description": description, **names, "type": ["string", "array"]}}


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
    return {"$ref": _DEFINITIONS + name}


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
    search = {
        "description": "What a search with Optuna draws each setting from.",
        "examples": [{"optimizer.learning_rate": "log_uniform(1e-4, 1e-1)"}],
        "type": "object",
        "minProperties": 1,
        "additionalProperties": values,
    }
    return {
        "title": "sweep",
        "description": "What the trials of `nnrun sweep` differ in; `nnrun train` leaves it out.",
        "type": "object",
        "properties": {
            "variants": {"type": "object", "minProperties": 1, "additionalProperties": variant},
            "grid": {"type": "object", "minProperties": 1, "additionalProperties": values},
            "random": random,
            "search": search,
            "trials": {
                "description": "How many trials a search has; random trials have their number within random.",
                "type": "integer",
                "minimum": 1,
                "examples": [40],
            },
            "objective": {
                "description": "What a search makes small or large: `min(METRIC)` or `max(METRIC)`, "
                "the best over the epochs of a trial.",
                "type": "string",
                "examples": ["min(val_loss)"],
            },
            "sampler": {
                "description": "How a search draws: learning from the trials before, or not.",
                "enum": ["tpe", "random"],
                "default": "tpe",
            },
            "pruner": {
                "description": "Which trials of a search end early.",
                "enum": ["none", "median", "halving"],
                "default": "none",
            },
            "reach": {"type": "string"},
            "fail_fast": {
                "description": "Whether the first trial that fails ends the sweep.",
                "type": "boolean",
                "default": False,
            },
            "report": {
                "description": "Whether the sweep draws its pictures and writes `report.html` at the end.",
                "type": "boolean",
                "default": True,
            },
        },
        "dependencies": {
            "search": ["trials", "objective"],
            **{name: ["search"] for name in ("trials", "objective", "sampler", "pruner")},
        },
        "additionalProperties": False,
    }


@functools.cache
def envelope() -> Schema:
    """The schema without its definitions; not to be changed by who gets it."""
    return {
        "title": "experiment",
        "type": "object",
        "properties": {
            "name": {
                "description": "The run's name; by default that of the file.",
                "type": "string",
                "pattern": NAME_PATTERN,
            },
            "seed": {
                "description": "What every random number of the run follows from.",
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_SEED,
                "default": 0,
            },
            "data": _data(),
            "layers": {
                "description": "The network; each layer takes the one before it, or those that its inputs name.",
                "type": "array",
                "items": _ref("layers"),
                "minItems": 1,
            },
            "outputs": _outputs(),
            "optimizer": {"description": "How the weights are changed.", **_ref("optimizers")},
            "loss": {"description": "What is made small; may stand under `outputs` instead.", **_ref("losses")},
            "metrics": _metrics(),
            "epochs": {
                "description": "How often the training rows are gone through.",
                "type": "integer",
                "minimum": 1,
            },
            "batch_size": {"description": "Rows per step.", "type": "integer", "minimum": 1, "default": 32},
            "shuffle": {
                "description": "Whether each epoch has an order of its own.",
                "type": "boolean",
                "default": True,
            },
            "class_weight": {
                "description": "How much the rows of each class count: `balanced`, or a mapping as `{0: 1.0, 1: 5.0}`.",
                "type": ["object", "string"],
                "minProperties": 1,
                "additionalProperties": {"type": "number", "minimum": 0},
            },
            "callbacks": {
                "description": "What looks on between the epochs.",
                "type": "array",
                "items": _ref("callbacks"),
                "default": [],
            },
            "keep": {
                "description": "Whose weights the model has in the end: the last epoch's, or those of the lowest "
                "validation loss.",
                "enum": ["last", "best"],
                "default": "last",
            },
            "precision": {
                "description": "What the layers compute in; the weights themselves stay 32-bit numbers.",
                "enum": ["float32", "mixed_float16", "mixed_bfloat16"],
                "default": "float32",
            },
            "engine": {
                "description": "How the epochs are computed.",
                "enum": ["auto", "graph", "xla", "keras"],
                "default": "auto",
            },
            "predict": {
                "description": "Points whose predictions are shown and kept, a number or a list of numbers each.",
                "type": "array",
                "items": {"type": ["number", "array"], "items": {"type": "number"}, "minItems": 1},
                "default": [],
            },
            "expect": {
                "description": "What must hold at the end, such as `val_accuracy >= 0.98`; "
                "the exit status is 1 otherwise.",
                "type": "array",
                "items": {"type": "string"},
                "default": [],
            },
            "sweep": _sweep(),
        },
        "additionalProperties": False,
        # Outputs that are a mapping may have a loss each.
        "if": {"properties": {"outputs": {"type": "object"}}, "required": ["outputs"]},
        "then": {"title": "experiment", "required": ["data", "layers", "optimizer", "epochs"]},
        "else": {"title": "experiment", "required": ["data", "layers", "optimizer", "loss", "epochs"]},
    }


def _data() -> Schema:
    share = {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0}
    scaling = {"enum": ["none", "standard", "minmax"], "default": "none"}
    return {
        "title": "data",
        "description": "Where the rows come from.",
        "type": "object",
        "properties": {
            "generator": {"description": "What makes or reads the rows.", **_ref("generators")},
            "validation_split": {"description": "The share of the rows set apart to validate on.", **share},
            "test_split": {"description": "The share of the rows set apart to test on at the end.", **share},
            "scale": {"description": "How the inputs are scaled, fitted on the training rows.", **scaling},
            "scale_targets": {"description": "How the targets are scaled, fitted on the training rows.", **scaling},
            "one_hot": {
                "description": "Whether class labels become vectors.",
                "type": "boolean",
                "default": False,
            },
        },
        "required": ["generator"],
        "additionalProperties": False,
    }


def _outputs() -> Schema:
    output = {
        "title": "output",
        "type": ["object", "null"],
        "properties": {
            "target": {
                "description": "The column or columns that this output learns.",
                "type": ["string", "array"],
                "items": {"type": "string"},
                "minItems": 1,
            },
            "loss": {"description": "What is made small.", **_ref("losses")},
            "metrics": _metrics(),
            "loss_weight": {
                "description": "The weight of this output's loss in the whole.",
                "type": "number",
                "default": 1,
            },
        },
        "additionalProperties": False,
    }
    return {
        "title": "outputs",
        "description": "The names of the outputs when there are several, or what each of them learns.",
        "type": ["string", "array", "object"],
        "items": {"type": "string"},
        "minItems": 1,
        "minProperties": 1,
        "additionalProperties": output,
    }


def _metrics() -> Schema:
    description = "What is measured besides the loss."
    return {"description": description, "type": "array", "items": _ref("metrics"), "default": []}
