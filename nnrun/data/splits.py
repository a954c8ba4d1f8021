"""The validation and test splits: their sizes, whether a row is left to train on, and the split itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.columns import Columns
from nnrun.experiment.text.yaml_text import Document

if TYPE_CHECKING:  # NumPy waits until rows are made
    import numpy as np

    from nnrun.data.dataset import Part

_SPLITS = ("validation_split", "test_split")


def split_size(rows: int, share: float) -> int:
    """The number of rows in a split: n - floor(n (1 - share)), as Keras's `fit` has it but for its rounding."""
    from fractions import Fraction

    # As a fraction of its decimal digits: in floats, 10 · (1 - 0.9) is a little less than 1.
    return rows - math.floor(rows * (1 - Fraction(str(share))))


def find_split_problems(document: Document, columns: Columns) -> list[Problem]:
    """What is wrong with the splits, as far as it is known without the data.

    Args:
        document: a document that is valid by the schema.
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
        few = columns.samples is not None and columns.samples <= len(splits)
        smaller = "For example: " + ", ".join(f"{name}: 0.2" for name in splits)
        place = document.place(("data", list(splits)[-1]))
        problems.append(Problem(reason, place, "Leave the split out." if few else smaller))
    return problems


def _no_row_left(splits: Mapping[str, float], samples: int | None) -> str | None:
    from fractions import Fraction

    if samples is not None:
        validation, test = (split_size(samples, splits.get(name, 0)) for name in _SPLITS)
        return _no_row_message(samples, validation, test) if validation + test >= samples else None
    if sum(Fraction(str(share)) for share in splits.values()) < 1:
        return None
    written = " and ".join(f"{name}: {share:g}" for name, share in splits.items())
    return f"The splits leave no row for training. Received: {written}"


def _no_row_message(rows: int, validation: int, test: int) -> str:
    taken = f"{validation} are for validation and {test} for the test"
    return f"The splits leave no row for training: of {rows} rows, {taken}."


def split_rows(
    rows: Part, validation_split: float, test_split: float, rng: np.random.Generator, place: Place | None = None
) -> tuple[Part, Part | None, Part | None]:
    """Splits rows into a training, a validation and a test set.

    Both shares are shares of all rows; each takes n - floor(n (1 - share)) of n rows, as Keras's `fit` does with
    `validation_split`, but for the rounding of its floats. The rows are shuffled first, so that sorted data split
    fairly; without a split they keep their order. The test set is taken first: the validation share does not change
    it.

    Args:
        rows: all rows.
        validation_split: share in [0, 1).
        test_split: share in [0, 1).
        rng: shuffles the rows.
        place: the place of the generator.

    Returns:
        The training, the validation and the test set; None for a set whose share is 0.

    Raises:
        ExperimentError: no row is left for training.
    """
    test, validation = split_size(rows.rows, test_split), split_size(rows.rows, validation_split)
    if test + validation >= rows.rows:
        raise ExperimentError(Problem(_no_row_message(rows.rows, validation, test), place))
    if test + validation == 0:
        return rows, None, None
    import numpy as np

    order = rng.permutation(rows.rows)  # (rows,)
    rows = replace(rows, numbers=1 + np.arange(rows.rows))
    return (
        rows.take(order[test + validation :]),
        rows.take(order[test : test + validation]) if validation else None,
        rows.take(order[:test]) if test else None,
    )
