"""Exact medians and quartiles of any number of rows in two passes, in memory that does not grow with them.

The first pass counts the numbers by the upper 16 bits of their 32, in the order of the numbers; the second counts those
that share these bits with a number that is sought by the lower 16.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array

_HALF = 16  # bits
_BUCKETS = 1 << _HALF


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The two numbers that a quantile lies between, float64 of (features,) each.

    Args:
        low: the smaller one.
        high: the larger one.
        share: how far the quantile is on the way from the one to the other, from 0 to 1.
    """

    low: Array
    high: Array
    share: Array

    def interpolated(self) -> Array:
        """The quantile, as `numpy.quantile` interpolates it, (features,)."""
        difference = self.high - self.low
        from_high = self.high - difference * (1 - self.share)
        found: Array = np.where(self.share < 0.5, self.low + difference * self.share, from_high)
        return found


class OrderStatistics:
    """Finds quantiles of the features of a column.

    Args:
        features: how many numbers a row has.
    """

    def __init__(self, features: int) -> None:
        self._counts = np.zeros((features, _BUCKETS), np.int64)
        self._added: list[tuple[Array, Array]] = []
        self._ratios: tuple[float, ...] = ()
        self._lower: dict[tuple[int, int], Array] = {}

    def count(self, values: Array) -> None:
        """Counts numbers in the first pass, float32 (rows, features); NaN is none."""
        for feature, column in enumerate(values.T):
            found = _keys(column[~np.isnan(column)]) >> _HALF
            self._counts[feature] += np.bincount(found, minlength=_BUCKETS)

    def add(self, values: Array, counts: Array) -> None:
        """Counts a number for each feature, `counts` times; both (features,)."""
        keys = _keys(values.astype(np.float32))
        self._added.append((keys, counts))
        self._counts[np.arange(len(keys)), keys >> _HALF] += counts

    def seek(self, ratios: Sequence[float]) -> None:
        """Begins the second pass.

        Args:
            ratios: the quantiles that are sought, each from 0 to 1.
        """
        self._ratios = tuple(ratios)
        features = range(len(self._counts))
        sought = {(f, bucket) for f in features for rank in self._ranks(f) for bucket, _ in [self._bucket(f, rank)]}
        self._lower = {each: np.zeros(_BUCKETS, np.int64) for each in sorted(sought)}
        for keys, counts in self._added:
            for feature, (key, count) in enumerate(zip(keys.tolist(), counts.tolist(), strict=True)):
                if (feature, key >> _HALF) in self._lower:
                    self._lower[feature, key >> _HALF][key % _BUCKETS] += count

    def refine(self, values: Array) -> None:
        """Counts numbers in the second pass, those of the first one again."""
        keys: dict[int, Array] = {}
        for (feature, bucket), lower in self._lower.items():
            if feature not in keys:
                column = values[:, feature]
                keys = {feature: _keys(column[~np.isnan(column)])}
            own = keys[feature][keys[feature] >> _HALF == bucket]
            lower += np.bincount(own % _BUCKETS, minlength=_BUCKETS)

    def found(self) -> tuple[Neighbours, ...]:
        """What each quantile lies between."""
        features = range(len(self._counts))
        places = np.array([self._places(feature) for feature in features]).T  # (ratios, features)
        numbers = np.array([[self._number(f, rank) for rank in self._ranks(f)] for f in features], np.float64)
        low, high = numbers[:, ::2].T, numbers[:, 1::2].T  # (ratios, features) each
        return tuple(map(Neighbours, low, high, places - np.floor(places)))

    def _places(self, feature: int) -> list[float]:
        count = int(self._counts[feature].sum())
        return [(count - 1) * ratio for ratio in self._ratios]

    def _ranks(self, feature: int) -> list[int]:
        """The ranks, from 0, of the numbers beside each quantile."""
        last = int(self._counts[feature].sum()) - 1
        return [rank for place in self._places(feature) for rank in (int(place), min(last, int(place) + 1))]

    def _bucket(self, feature: int, rank: int) -> tuple[int, int]:
        """The bucket that holds a rank, and the rank within it."""
        ends = np.cumsum(self._counts[feature])
        bucket = int(np.searchsorted(ends, rank, side="right"))
        return bucket, rank - int(ends[bucket - 1] if bucket else 0)

    def _number(self, feature: int, rank: int) -> np.float32:
        bucket, within = self._bucket(feature, rank)
        low = int(np.searchsorted(np.cumsum(self._lower[feature, bucket]), within, side="right"))
        return _number((bucket << _HALF) + low)


def _keys(values: Array) -> Array:
    """Whole numbers from 0 in the order of float32 numbers, int64 of the same shape."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32).astype(np.int64)
    return np.where(bits >> 31, 0xFFFFFFFF - bits, bits + 0x80000000)


def _number(key: int) -> np.float32:
    """The number of a key."""
    bits = key - 0x80000000 if key >= 0x80000000 else 0xFFFFFFFF - key
    return np.uint32(bits).view(np.float32)
