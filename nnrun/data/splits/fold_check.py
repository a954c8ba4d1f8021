"""What is wrong with the folds of an experiment, as far as it is known without its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnrun.data.splits.sizes import TEST_SPLIT, VALIDATION_SPLIT, split_size
from nnrun.errors import Problem
from nnrun.experiment.columns import Columns
from nnrun.experiment.folds import FOLD, FOLDS
from nnrun.experiment.split_section import read_split
from nnrun.experiment.text.yaml_text import Document
from nnrun.experiment.window_section import WINDOW

# The rules that deal shuffled rows out to folds.
FOLDED_SPLITS = ("random", "stratified", "group")


def find_fold_problems(document: Document, columns: Columns) -> Iterator[Problem]:
    """What is wrong with `folds` and `fold`.

    Args:
        document: a document that is valid by the schema.
        columns: what the generator makes; without a number of samples where that is not known.
    """
    data: Mapping[str, Any] = document.at(("data",)) or {}
    folds, fold = data.get(FOLDS), data.get(FOLD)
    if folds is None:
        if fold is not None:
            message = f'"{FOLD}" chooses one of the folds, and there are none. Received: {FOLD}: {fold}'
            yield Problem(message, document.place(("data", FOLD)), f"Say how many there are: {FOLDS}: 5")
        return
    if fold is not None and fold > folds:
        message = f'"{FOLD}" must be a whole number from 1 to {folds}. Received: {fold}'
        yield Problem(message, document.place(("data", FOLD)))
    for name in (VALIDATION_SPLIT, "validation"):
        if data.get(name):
            message = f'Each of the {folds} folds is the validation set of a training. Received: "{name}" as well'
            yield Problem(message, document.place(("data", name)), f"Leave {name} out, or {FOLDS}.")
    yield from _wrong_rule(document, data)
    rows = columns.samples
    if rows is not None and rows - split_size(rows, data.get(TEST_SPLIT, 0)) < folds:
        left = rows - split_size(rows, data.get(TEST_SPLIT, 0))
        message = f"There are {left} rows for the folds, and {folds} folds need one each."
        yield Problem(message, document.place(("data", FOLDS)), f"Write {FOLDS}: {left}." if left > 1 else None)


def _wrong_rule(document: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    rule, place = read_split(data), document.place(("data", "split"))
    if rule.windows:
        message = f'Windows need rows in time, which folds do not keep. Received: "{FOLDS}" and "{WINDOW}"'
        yield Problem(message, document.place(("data", FOLDS)), f"Leave {FOLDS} out, and set {VALIDATION_SPLIT}.")
    elif rule.in_time:
        message = f"Folds would train on rows that come after their validation set. Received: split: {rule.kind}"
        yield Problem(message, place, f"For rows in time, leave {FOLDS} out and set {VALIDATION_SPLIT}.")
    elif rule.kind == "column":
        message = f'The column "{rule.column}" says which rows are for validation. Received: {FOLDS} as well'
        yield Problem(message, document.place(("data", FOLDS)), f"Leave {FOLDS} out.")
