"""The settings of an experiment file around its components: types, bounds, defaults and descriptions."""

from __future__ import annotations

import functools
from typing import Any

from nnrun.experiment.schema.data_schema import data_schema
from nnrun.experiment.schema.sweep_schema import sweep_schema
from nnrun.experiment.seeds import MAX_SEED, SEEDS, SOURCES
from nnrun.experiment.trackers import TRACKERS

Schema = dict[str, Any]

DEFINITIONS = "#/definitions/"
NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\\n)$"
MAX_COUNT = 2**31 - 1  # of samples in a batch and of epochs, which TensorFlow counts with 32 bits


def reference(name: str) -> Schema:
    """The schema of a component of a kind, or of a component's arguments, by the name of its definition."""
    return {"$ref": DEFINITIONS + name}


@functools.cache
def envelope() -> Schema:
    """The schema without its definitions; shared, so callers must not change it."""
    return {
        "title": "experiment",
        "type": "object",
        "properties": {
            "name": {
                "description": "Name of the run; by default the name of the file.",
                "type": "string",
                "pattern": NAME_PATTERN,
            },
            "seed": {
                "description": "Random seed of the data, the splits, the initial weights and the order of the samples.",
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_SEED,
                "default": 0,
            },
            SEEDS: _seeds(),
            "data": data_schema(reference("generators")),
            "custom": {
                "description": "Python files beside this one with layers, losses, metrics, callbacks and so on of your "
                "own; they are run only with --allow-code.",
                "type": ["string", "array"],
                "minLength": 1,
                "minItems": 1,
                "items": _code_file(),
            },
            "layers": {
                "description": "The network. Each layer takes the output of the layer before it, or of those that its "
                "`inputs` name.",
                "type": "array",
                "items": reference("layers"),
                "minItems": 1,
            },
            "outputs": _outputs(),
            **_training(),
            **_options(),
            "sweep": sweep_schema(),
        },
        "additionalProperties": False,
        # A mapping of outputs may set a loss for each of them.
        "if": {"properties": {"outputs": {"type": "object"}}, "required": ["outputs"]},
        "then": {"title": "experiment", "required": ["data", "layers", "optimizer", "epochs"]},
        "else": {"title": "experiment", "required": ["data", "layers", "optimizer", "loss", "epochs"]},
    }


def _seeds() -> Schema:
    descriptions = {
        "data": "Seed of the rows that a generator draws.",
        "split": "Seed of the order in which the rows are split.",
        "weights": "Seed of the initial weights, and of layers such as Dropout.",
        "order": "Seed of the order of the samples in every epoch.",
    }
    one = {"type": ["integer", "string", "array"], "minimum": 0, "maximum": MAX_SEED, "minItems": 1}
    return {
        "title": "seeds",
        "description": "Seeds of single sources of randomness in place of `seed`; a list or a range such as `0..99` is "
        "an axis of `nnrun sweep`.",
        "examples": [{"weights": 1, "order": 2}],
        "type": "object",
        "properties": {source: {"description": descriptions[source], **one} for source in SOURCES},
        "minProperties": 1,
        "additionalProperties": False,
    }


def _training() -> Schema:
    """What every training needs."""
    return {
        "optimizer": {"description": "Optimizer that updates the weights.", **reference("optimizers")},
        "loss": {
            "description": "Loss function to minimize; with several outputs it may be set in `outputs` instead.",
            **reference("losses"),
        },
        "metrics": _metrics(),
        "epochs": {
            "description": "Number of epochs.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_COUNT,
        },
        "batch_size": {
            "description": "Samples per gradient update.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_COUNT,
            "default": 32,
        },
        "shuffle": {
            "description": "Whether to shuffle the training samples before each epoch.",
            "type": "boolean",
            "default": True,
        },
    }


def _options() -> Schema:
    """What a training may have besides, and what happens after it."""
    return {
        "class_weight": {
            "description": "Weight of each class in the loss: `balanced`, or a mapping such as `{0: 1.0, 1: 5.0}`.",
            "type": ["object", "string"],
            "minProperties": 1,
            "additionalProperties": {"type": "number", "minimum": 0},
        },
        "callbacks": {
            "description": "Callbacks.",
            "type": "array",
            "items": reference("callbacks"),
            "default": [],
        },
        "keep": {
            "description": "Which weights are kept: those of the last epoch, or those of the epoch with the lowest "
            "validation loss.",
            "enum": ["last", "best"],
            "default": "last",
        },
        "start": _start(),
        "precision": {
            "description": "Keras's dtype policy for computations; the weights are always float32.",
            "enum": ["float32", "mixed_float16", "mixed_bfloat16"],
            "default": "float32",
        },
        "engine": {
            "description": "How epochs are computed: by Keras's fit or as one graph, with or without XLA.",
            "enum": ["auto", "graph", "xla", "keras"],
            "default": "auto",
        },
        "predict": {
            "description": "Samples to predict after training: a number or text, or a list of them, null for a missing "
            "one, each.",
            "type": "array",
            "items": {
                "type": ["number", "string", "array"],
                "items": {"type": ["number", "string", "null"]},
                "minItems": 1,
            },
            "default": [],
        },
        "expect": _expectations(),
        "tracking": {
            "description": "Trackers that a run is logged to.",
            "type": "array",
            "items": {"title": "tracker", "enum": list(TRACKERS)},
            "default": [],
        },
    }


def _code_file() -> Schema:
    return {
        "title": "custom",
        "type": ["string", "object"],
        "minLength": 1,
        "properties": {
            "path": {"description": "The file, relative to this one.", "type": "string", "minLength": 1},
            "sha256": {
                "description": "SHA-256 that the file must have; written into `resolved.yaml`.",
                "type": ["string", "null"],
            },
        },
        "required": ["path"],
        "additionalProperties": False,
    }


def _expectations() -> Schema:
    condition = {"type": "string"}
    return {
        "title": "expect",
        "description": "Conditions on the trained run, such as `val_accuracy >= 0.98`; the exit status is 1 if one "
        "fails. Or `conditions`, and the `share` of the trainings with different seeds that is to meet them.",
        "type": ["array", "object"],
        "items": condition,
        "properties": {
            "share": {
                "description": "Share of the trainings with different seeds that is to meet all conditions.",
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": 1,
                "default": 1.0,
            },
            "conditions": {"description": "The conditions.", "type": "array", "items": condition},
        },
        "required": ["conditions"],
        "additionalProperties": False,
        "default": [],
    }


def _start() -> Schema:
    return {
        "title": "start",
        "description": "Run whose weights the network starts from, instead of random ones.",
        "examples": [{"run": "latest:moons", "layers": ["hidden"]}],
        "type": "object",
        "properties": {
            "run": {
                "description": "Folder of the run, relative to this file, or a name as `latest:moons` or "
                "`best:val_loss`.",
                "type": "string",
                "minLength": 1,
            },
            "epoch": {
                "description": "Which of its weights: `kept`, those of its model; `best`, `last`; or the number of an "
                "epoch, 0 for its initial weights.",
                "type": ["integer", "string"],
                "minimum": 0,
                "default": "kept",
            },
            "layers": {
                "description": "The layers that get its weights; by default all.",
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
            },
            "sha256": {
                "description": "SHA-256 that these weights must have; written into `resolved.yaml`.",
                "type": ["string", "null"],
                "pattern": "^[0-9a-f]{64}$",
            },
        },
        "required": ["run"],
        "additionalProperties": False,
    }


def _outputs() -> Schema:
    output = {
        "title": "output",
        "type": ["object", "null"],
        "properties": {
            "target": {
                "description": "Target column or columns of this output.",
                "type": ["string", "array"],
                "items": {"type": "string"},
                "minItems": 1,
            },
            "loss": {"description": "Loss function to minimize.", **reference("losses")},
            "metrics": _metrics(),
            "loss_weight": {
                "description": "Weight of this output's loss in the total loss.",
                "type": "number",
                "minimum": 0,
                "default": 1,
            },
        },
        "additionalProperties": False,
    }
    return {
        "title": "outputs",
        "description": "Output layers: their names, or a mapping from each name to its target, loss and metrics.",
        "type": ["string", "array", "object"],
        "items": {"type": "string"},
        "minItems": 1,
        "minProperties": 1,
        "additionalProperties": output,
    }


def _metrics() -> Schema:
    description = "Metrics to report besides the loss."
    return {"description": description, "type": "array", "items": reference("metrics"), "default": []}
