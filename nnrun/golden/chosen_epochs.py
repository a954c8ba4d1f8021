"""The epochs at which a golden file has the metrics."""

from __future__ import annotations

import numpy as np

from nnrun.sweep.table.trial_block import curve_epochs

MOST_EPOCHS = 12


def golden_epochs(last: int) -> tuple[int, ...]:
    """At most 12 epochs from 1 to the last one, about evenly spaced on a log scale, such as 1, 2, 3, 5, 10, …, 500.

    Early epochs tell most of two trainings that differ; all are among those that the table of a sweep has.

    Args:
        last: the number of epochs of the experiment, from 1.
    """
    known = curve_epochs(last)
    spaced = np.geomspace(1, last, MOST_EPOCHS)
    nearest = np.abs(np.log(known[:, None] / spaced)).argmin(axis=0)
    return tuple(known[np.unique(nearest)].tolist())
