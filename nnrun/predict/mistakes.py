"""Which wrong predictions are worth a look: the most confident ones of each cell of the confusion matrix."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Array


def chosen_mistakes(cells: Array, confidence: Array, most: int) -> Array:
    """The positions of the wrong predictions to show, cell by cell.

    The most confident one of every cell comes before the second ones; of more cells than are shown the fullest count.

    Args:
        cells: the cell of each wrong prediction, a number, (mistakes,).
        confidence: the probability of the class that was predicted, (mistakes,).
        most: how many to show.

    Returns:
        The positions, those of the fullest cell first, in each the most confident first; at most `most`.
    """
    names, inverse, counts = np.unique(cells, return_inverse=True, return_counts=True)
    by_confidence = np.lexsort((np.arange(len(cells)), -confidence, inverse))  # cell after cell
    ranks = np.empty(len(cells), np.intp)
    starts = np.cumsum(counts) - counts
    ranks[by_confidence] = np.arange(len(cells)) - np.repeat(starts, counts)
    sizes = counts[inverse]  # (mistakes,)
    shown = np.lexsort((-sizes, ranks))[:most]
    return shown[np.lexsort((ranks[shown], names[inverse][shown], -sizes[shown]))]
