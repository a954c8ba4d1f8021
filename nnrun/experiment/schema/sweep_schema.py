"""The schema of the section that `nnrun sweep` reads."""

from __future__ import annotations

from typing import Any

from nnrun.experiment.seeds import SOURCES
from nnrun.experiment.sweep_values import MOST_VALUES

Schema = dict[str, Any]

_KEPT: Schema = {
    "keep": {
        "description": "What is kept: `all` weights, those of the `best` trial, `none`, or a `table` of all trials in"
        " place of their folders. The option --keep takes precedence; by default `all`, from 2,000 trials on `table`.",
        "enum": ["all", "best", "none", "table"],
    },
    "weights": {
        "description": "Whether the table of the trials has their final weights.",
        "type": "boolean",
        "default": False,
    },
}


def sweep_schema() -> Schema:
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
            **_grid(values),
            "random": random,
            **_search(values),
            "reach": {"type": "string"},
            **_KEPT,
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
            **{name: ["search"] for name in ("trials", "sampler", "pruner")},
        },
        "additionalProperties": False,
    }


def _grid(values: Schema) -> Schema:
    """The settings of a grid; `values` is the schema of the values of one."""
    together = {"type": "object", "minProperties": 1, "additionalProperties": values}
    return {
        "grid": {
            "description": "Settings and the values of each; all combinations are trained.",
            "examples": [{"layers.0.units": [4, 8], "optimizer.learning_rate": "log(1e-4, 1e-1, 4)"}],
            "type": "object",
            "minProperties": 1,
            "additionalProperties": values,
        },
        "zip": {
            "description": "Settings that change together, each with as many values; or a list of such groups.",
            "examples": [{"layers.0.units": [4, 8], "optimizer.learning_rate": [0.1, 0.05]}],
            **together,
            "type": ["object", "array"],
            "minItems": 1,
            "items": together,
        },
        "repeat": {
            "description": "Number of trainings of every configuration, or of every draw of a search, with the seeds "
            "0 to N-1.",
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_VALUES,
            "examples": [10],
        },
        "seeds": {
            "title": "seeds",
            "description": "Seeds of single sources of randomness: a list or a range for each.",
            "examples": [{"order": "0..99"}],
            "type": "object",
            "minProperties": 1,
            "properties": {source: {"description": f"Seeds of the {source}.", **values} for source in SOURCES},
            "additionalProperties": False,
        },
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
            "description": "Number of draws of a search, each trained once or `repeat` times; for random trials it is "
            "set in `random`.",
            "type": "integer",
            "minimum": 1,
            "examples": [40],
        },
        "objective": {
            "description": "What a search optimizes and what ranks the trials of a sweep: `min(METRIC)` or "
            "`max(METRIC)`, the best value over the epochs of a trial. `median(…)`, `mean(…)`, `min(…)` or `max(…)` "
            "around it is taken over the seeds of a configuration.",
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
