"""Fewer points where a picture has no room for all of them."""

import numpy as np

from nnrun.plots.style import Array


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
