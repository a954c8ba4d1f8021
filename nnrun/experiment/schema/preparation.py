"""The schema of the section `data.prepare`."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

SCALINGS = ("none", "standard", "minmax", "robust")
_MOST_POSITIONS = 100_000


def preparation_schema() -> Schema:
    """The schema of `data.prepare`."""
    return {
        "title": "prepare",
        "description": "How columns are prepared; what is fitted is fitted on the training set.",
        "type": "object",
        "properties": {
            **_steps("the input columns"),
            "balance": {
                "description": "How the classes of the training set are balanced: with repeated rows of the small "
                "classes, with fewer rows of the large ones, or with sample weights.",
                "enum": ["none", "oversample", "undersample", "weights"],
            },
            "columns": {
                "description": "The same for single columns by name, targets among them.",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "title": "column",
                    "type": "object",
                    "properties": _steps("the column"),
                    "minProperties": 1,
                    "additionalProperties": False,
                },
            },
        },
        "minProperties": 1,
        "additionalProperties": False,
    }


def _steps(what: str) -> Schema:
    return {
        "missing": {
            "description": f"What becomes of missing cells of {what}; `drop` leaves out their rows, `indicator` fills "
            "in the mean and adds a column of 0 and 1.",
            "type": ["string", "object"],
            "if": {"type": "string"},
            "then": {"enum": ["refuse", "drop", "mean", "median", "indicator"]},
            "else": _option("constant", {"type": "number"}),
        },
        "clip": {
            "description": "The smallest and the largest number; what is beyond becomes it.",
            "type": "array",
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
        },
        "log": {"description": "Whether to take the natural logarithm.", "type": "boolean"},
        "scale": {
            "description": "Scaling; `robust` subtracts the median and divides by the interquartile range.",
            "enum": list(SCALINGS),
        },
        "words": {
            "description": "How texts become numbers: a vector with a 1 for each text, its position, or the bucket of "
            "its hash, as in `{hash: 64}`.",
            "type": ["string", "object"],
            "if": {"type": "string"},
            "then": {"enum": ["onehot", "integer", "hash"]},
            "else": _option("hash", {"type": "integer", "minimum": 2, "maximum": _MOST_POSITIONS}),
        },
        "max_words": {
            "description": "How many texts, the most frequent ones, have a number of their own; all others share one.",
            "type": "integer",
            "minimum": 1,
            "maximum": _MOST_POSITIONS,
        },
    }


def _option(name: str, schema: Schema) -> Schema:
    return {"title": name, "properties": {name: schema}, "required": [name], "additionalProperties": False}
