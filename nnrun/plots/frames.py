"""Which epochs of a training its animation shows."""

import numpy as np

# The most frames.
MOST_FRAMES = 60


def chosen_epochs(epochs: int, most: int = MOST_FRAMES) -> list[int]:
    """The epochs to show, from 0, the initial weights, to the last: evenly spread over the logarithm of epoch + 1.

    So the fast beginning of a training takes as much time as its long end.

    Args:
        epochs: how many were trained.
        most: the most epochs to show, at least 2.
    """
    if epochs < most:
        return list(range(epochs + 1))
    wanted = most
    while len(_spread(epochs, wanted + 1)) <= most:
        wanted += 1
    return _spread(epochs, wanted)


def _spread(epochs: int, count: int) -> list[int]:
    return sorted({round(float(value)) - 1 for value in np.geomspace(1, epochs + 1, count)})
