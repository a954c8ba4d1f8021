"""The schema of the section `data.window`."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_MOST = 100_000  # rows


def window_schema() -> Schema:
    """The schema of `data.window`."""
    return {
        "title": "window",
        "description": "Samples of several rows of a series: each takes `length` rows and predicts a later one.",
        "type": "object",
        "properties": {
            "length": _rows("Rows that a sample takes, one after the other."),
            "horizon": {**_rows("How many rows after the last of them the predicted row is."), "default": 1},
            "steps": {**_rows("Rows to predict, from the horizon on."), "default": 1},
            "stride": {**_rows("How many rows after a sample the next one begins."), "default": 1},
            "inputs": _columns("Columns that a sample takes; by default all but those of the order and the series."),
            "targets": _columns("Columns to predict; by default the targets of the generator."),
            "group": {
                "description": "Column whose different values are different series; no sample spans two of them.",
                "type": "string",
                "minLength": 1,
            },
        },
        "required": ["length"],
        "additionalProperties": False,
    }


def _rows(description: str) -> Schema:
    return {"description": description, "type": "integer", "minimum": 1, "maximum": _MOST}


def _columns(description: str) -> Schema:
    return {
        "description": description,
        "type": ["string", "array"],
        "items": {"type": "string"},
        "minItems": 1,
    }
