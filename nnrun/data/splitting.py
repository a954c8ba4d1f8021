"""The shares of the rows that are set apart for the test and for validation."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Part
from nnrun.data.splits import no_row_message, rows_apart
from nnrun.errors import ExperimentError, Place, Problem


def split_rows(
    rows: Part, validation_split: float, test_split: float, rng: np.random.Generator, place: Place | None = None
) -> tuple[Part, Part | None, Part | None]:
    """Splits rows into a training, a validation and a test part.

    Both shares are shares of all rows; each sets apart n - floor(n (1 - share)) of n rows, as Keras's `fit` does with
    `validation_split`, but for the rounding of its floats. The rows are shuffled first, so that sorted data split
    fairly; without a split they keep their order. The test part is taken first: the validation share does not change
    it.

    Args:
        rows: all rows.
        validation_split: share in [0, 1).
        test_split: share in [0, 1).
        rng: shuffles the rows.
        place: what in the experiment the rows come from.

    Returns:
        The training, the validation and the test part; None for a part that is not asked for.

    Raises:
        ExperimentError: no row is left for training.
    """
    test, validation = rows_apart(rows.rows, test_split), rows_apart(rows.rows, validation_split)
    if test + validation >= rows.rows:
        raise ExperimentError(Problem(no_row_message(rows.rows, validation, test), place))
    if test + validation == 0:
        return rows, None, None
    order = rng.permutation(rows.rows)  # (rows,)
    return (
        rows.take(order[test + validation :]),
        rows.take(order[test : test + validation]) if validation else None,
        rows.take(order[:test]) if test else None,
    )
