"""The schema of the section `data` of an experiment file: where the rows come from, their splits and preprocessing."""

from __future__ import annotations

from typing import Any

from nnrun.experiment.folds import MOST_FOLDS
from nnrun.experiment.schema.preparation import SCALINGS, preparation_schema
from nnrun.experiment.schema.window_schema import window_schema
from nnrun.experiment.split_section import WITH_COLUMN
from nnrun.experiment.window_section import WINDOW

Schema = dict[str, Any]

_OF_COLUMN = {
    "stratified": "Column of classes; each part has the same share of every class.",
    "group": "Column of groups; the rows of a group are in one part.",
    "order": "Column that sorts the rows; the last ones are the test set, those before them the validation set.",
    "column": "Column that says `training`, `validation` or `test` for each row.",
}


def data_schema(generators: Schema) -> Schema:
    """The schema of the section.

    Args:
        generators: that of a generator.
    """
    scaling = {"enum": list(SCALINGS), "default": "none"}
    return {
        "title": "data",
        "description": "The data and how they are split and preprocessed.",
        "type": "object",
        "properties": {
            "generator": {"description": "Generator that creates or reads the data.", **generators},
            **_splits(generators),
            "scale": {"description": "Scaling of the inputs, fitted on the training set.", **scaling},
            "scale_targets": {"description": "Scaling of the targets, fitted on the training set.", **scaling},
            "one_hot": {
                "description": "Whether to one-hot encode class labels.",
                "type": "boolean",
                "default": False,
            },
            "prepare": preparation_schema(),
            WINDOW: window_schema(),
            "stream": {
                "description": "Whether the rows of a file stay on disk and are read in parts while training; by "
                "default where they need more than a quarter of the free memory.",
                "type": "boolean",
            },
        },
        "required": ["generator"],
        "additionalProperties": False,
    }


def _splits(generators: Schema) -> Schema:
    share = {"type": "number", "minimum": 0, "default": 0}
    columns = {word: {"description": _OF_COLUMN[word], "type": "string", "minLength": 1} for word in WITH_COLUMN}
    return {
        "validation_split": {
            "description": "Fraction of the samples in the validation set, or their number.",
            **share,
        },
        "test_split": {
            "description": "Fraction of the samples in the test set, which is evaluated after training, or their "
            "number.",
            **share,
        },
        "split": {
            "title": "split",
            "description": "Rule of the split: `random` (the default), `stratified`, `last`, or one of a column.",
            "examples": ["stratified", {"group": "patient"}],
            "type": ["string", "object"],
            "properties": columns,
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        },
        "validation": {"description": "Generator of the validation set, in place of `validation_split`.", **generators},
        "test": {"description": "Generator of the test set, in place of `test_split`.", **generators},
        "use": {
            "description": "Fraction of the training samples that is used, or their number from 2; by default all.",
            "type": "number",
            "minimum": 0,
        },
        "folds": {
            "description": "Number of folds of a cross-validation; each is the validation set of one training.",
            "type": "integer",
            "minimum": 2,
            "maximum": MOST_FOLDS,
            "examples": [5],
        },
        "fold": {
            "description": "The one fold that is the validation set, from 1; by default each is it in turn.",
            "type": "integer",
            "minimum": 1,
        },
    }
