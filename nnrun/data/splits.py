"""The shares of the rows that are set apart, and whether a row is left to train on."""

from __future__ import annotations

import math
from collections.abc import Mapping

from nnrun.errors import Problem
from nnrun.experiment.columns import Columns
from nnrun.experiment.text.yaml_text import Document

_SPLITS = ("validation_split", "test_split")


def rows_apart(rows: int, share: float) -> int:
    """How many of the rows a share sets apart: n - floor(n (1 - share)), as Keras's `fit` does but for its rounding."""
    from fractions import Fraction

    # As a fraction of its decimal digits: in floats, 10 · (1 - 0.9) is a little less than 1.
    return rows - math.floor(rows * (1 - Fraction(str(share))))


def find_split_problems(document: Document, columns: Columns) -> list[Problem]:
    """What is wrong with the splits, as far as it is known without the data.

    Args:
        document: a document that the schema has passed.
        columns: what the generator makes; without a number of samples where that is not known.

    Returns:
        A problem if data that have a test set are to be split for another one, and one if no row is left to train on.
    """
    splits = {name: share for name in _SPLITS if (share := document.at(("data", name)))}
    problems = []
    if columns.own_test and "test_split" in splits:
        generator = document.at(("data", "generator"))
        name = generator if isinstance(generator, str) else next(iter(generator))
        message = f"The data generator {name} has a test set of its own. Received: test_split: {splits['test_split']:g}"
        problems.append(Problem(message, document.place(("data", "test_split")), "Leave test_split out."))
    reason = _no_row_left(splits, columns.samples) if splits else None
    if reason:
        problems.append(Problem(reason, document.place(("data", list(splits)[-1]))))
    return problems


def no_row_message(rows: int, validation: int, test: int) -> str:
    """That the splits set all rows apart."""
    return (
        f"The splits leave no row for training: of {rows} rows, {validation} go to validation and {test} to the test."
    )


def _no_row_left(splits: Mapping[str, float], samples: int | None) -> str | None:
    from fractions import Fraction

    if samples is not None:
        validation, test = (rows_apart(samples, splits.get(name, 0)) for name in _SPLITS)
        return no_row_message(samples, validation, test) if validation + test >= samples else None
    if sum(Fraction(str(share)) for share in splits.values()) < 1:
        return None
    written = " and ".join(f"{name}: {share:g}" for name, share in splits.items())
    return f"The splits leave no row for training. Received: {written}"
