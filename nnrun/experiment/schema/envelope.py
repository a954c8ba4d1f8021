"""The settings of an experiment file around its components: types, bounds, defaults and descriptions."""

from __future__ import annotations

import functools
from typing import Any

Schema = dict[str, Any]

DEFINITIONS = "#/definitions/"
NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\\n)$"
MAX_SEED = 2**32 - 1
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
            "data": _data(),
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
            "sweep": _sweep(),
        },
        "additionalProperties": False,
        # A mapping of outputs may set a loss for each of them.
        "if": {"properties": {"outputs": {"type": "object"}}, "required": ["outputs"]},
        "then": {"title": "experiment", "required": ["data", "layers", "optimizer", "epochs"]},
        "else": {"title": "experiment", "required": ["data", "layers", "optimizer", "loss", "epochs"]},
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
            "description": "Samples to predict after training: a number or text, or a list of them, each.",
            "type": "array",
            "items": {
                "type": ["number", "string", "array"],
                "items": {"type": ["number", "string"]},
                "minItems": 1,
            },
            "default": [],
        },
        "expect": {
            "description": "Conditions on the final metrics, such as `val_accuracy >= 0.98`; "
            "the exit status is 1 if one fails.",
            "type": "array",
            "items": {"type": "string"},
            "default": [],
        },
    }


def _data() -> Schema:
    share = {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0}
    scaling = {"enum": ["none", "standard", "minmax"], "default": "none"}
    return {
        "title": "data",
        "description": "The data and how they are split and preprocessed.",
        "type": "object",
        "properties": {
            "generator": {"description": "Generator that creates or reads the data.", **reference("generators")},
            "validation_split": {"description": "Fraction of the samples in the validation set.", **share},
            "test_split": {
                "description": "Fraction of the samples in the test set, which is evaluated after training.",
                **share,
            },
            "scale": {"description": "Scaling of the inputs, fitted on the training set.", **scaling},
            "scale_targets": {"description": "Scaling of the targets, fitted on the training set.", **scaling},
            "one_hot": {
                "description": "Whether to one-hot encode class labels.",
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


def _sweep() -> Schema:
    """The section that `nnrun sweep` reads; its grids and distributions are checked with the rest of the file."""
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
        "description": "Settings that vary over the trials of `nnrun sweep`; `nnrun train` ignores them.",
        "type": "object",
        "properties": {
            "variants": {"type": "object", "minProperties": 1, "additionalProperties": variant},
            "grid": {"type": "object", "minProperties": 1, "additionalProperties": values},
            "random": random,
            **_search(values),
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


def _search(values: Schema) -> Schema:
    """The settings of a search; `values` is the schema of what a setting is drawn from."""
    search = {
        "description": "Distribution from which a search with Optuna samples each setting.",
        "examples": [{"optimizer.learning_rate": "log_uniform(1e-4, 1e-1)"}],
        "type": "object",
        "minProperties": 1,
        "additionalProperties": values,
    }
    return {
        "search": search,
        "trials": {
            "description": "Number of trials of a search; for random trials it is set in `random`.",
            "type": "integer",
            "minimum": 1,
            "examples": [40],
        },
        "objective": {
            "description": "What a search optimizes: `min(METRIC)` or `max(METRIC)`, "
            "the best value over the epochs of a trial.",
            "type": "string",
            "examples": ["min(val_loss)"],
        },
        "sampler": {
            "description": "Sampler of a search: TPE learns from earlier trials, random does not.",
            "enum": ["tpe", "random"],
            "default": "tpe",
        },
        "pruner": {
            "description": "Which trials of a search are stopped early.",
            "enum": ["none", "median", "halving"],
            "default": "none",
        },
    }
