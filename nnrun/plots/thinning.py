"""Fewer points, rows or epochs where a picture has no room for all of them."""

from bisect import bisect_left

import numpy as np

from nnrun.plots.style import Array

# The most frames of an animation.
MOST_FRAMES = 60


def thin_line(x: Array, y: Array, limit: int = 2000) -> tuple[Array, Array]:
    """At most `limit` points of a line, among them its first, its last, its highest and its lowest.

    The line is cut into stretches of equal numbers of points; of each, the lowest and the highest point stay. So every
    spike of the line is still seen.

    Args:
        x: where the points are, ascending; shape (points,).
        y: how high they are, shape (points,); those that are not finite are left out.
        limit: how many points may stay, at least 4.

    Returns:
        The points that stay, in their order: two arrays of shape (kept,).
    """
    finite = np.isfinite(y)
    x, y = x[finite], y[finite]
    if len(y) <= limit:
        return x, y
    stretches = limit // 2 - 1
    length = -(-len(y) // stretches)
    starts = np.arange(0, stretches * length, length)  # (stretches,)
    last = len(y) - 1
    padded = y[np.minimum(np.arange(stretches * length), last)].reshape(stretches, length)
    extremes = np.concatenate([starts + padded.argmin(axis=1), starts + padded.argmax(axis=1)])
    kept = np.unique(np.concatenate([[0], np.minimum(extremes, last), [last]]))  # (kept,)
    return x[kept], y[kept]


def thin_rows(count: int, limit: int = 3000) -> Array:
    """The numbers of at most `limit` rows, spread evenly over all `count` of them; shape (kept,)."""
    return np.unique(np.linspace(0, count - 1, min(count, limit)).astype(int)) if count else np.zeros(0, int)


def chosen_epochs(epochs: int, most: int = MOST_FRAMES) -> list[int]:
    """The epochs to show, from 0, the initial weights, to the last: evenly spread over the logarithm of epoch + 1.

    So the fast beginning of a training takes as much time as its long end.

    Args:
        epochs: how many were trained.
        most: the most epochs to show, at least 2.
    """
    if epochs < most:
        return list(range(epochs + 1))
    enough = 2 * most
    while len(_spread(epochs, enough)) <= most:
        enough *= 2
    wanted = bisect_left(range(enough), True, lo=most, key=lambda count: len(_spread(epochs, count + 1)) > most)
    return [int(epoch) for epoch in _spread(epochs, wanted)]


def _spread(epochs: int, count: int) -> Array:
    return np.unique(np.rint(np.geomspace(1, epochs + 1, count)).astype(int) - 1)
