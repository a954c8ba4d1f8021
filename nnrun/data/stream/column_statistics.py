"""What is fitted to a column of streamed rows: what fills its gaps, its words and its scale."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.data.preparation.encode import with_vocabulary
from nnrun.data.preparation.missing import missing_rows, no_number
from nnrun.data.preparation.scaling import is_unscaled, plain_scale, robust_scale, scale_of, with_indicator
from nnrun.data.preparation.token_counts import TokenCounts
from nnrun.data.preparation.words import encode_codes, most_frequent
from nnrun.data.rows import flat_rows
from nnrun.data.stream.moments import Moments, merged, moments, repeated
from nnrun.data.stream.order_statistics import Neighbours, OrderStatistics
from nnrun.experiment.column_steps import ColumnSteps, needs_order
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Scaling

_QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, eq=False)
class FittedColumn:
    """A column with all that was fitted to its training rows.

    Args:
        column: the column as the network takes it.
        scale: what is done to its numbers, if anything is.
    """

    column: Column
    scale: ColumnScale | None = None


class NumberStatistics:
    """The statistics of a column of numbers.

    Args:
        column: the column as the network takes it.
        shape: the shape of a raw row.
        steps: what is done to it.
    """

    def __init__(self, column: Column, shape: tuple[int, ...], steps: ColumnSteps) -> None:
        self.column = column
        self.shape = shape
        self.steps = steps
        self._is_fitted = not is_unscaled(steps) or steps.missing not in ("refuse", "drop")
        self._plain = plain_scale(shape, steps)
        self._given: Moments | None = None  # of the numbers as they are
        self._shown: Moments | None = None  # clipped and as logarithms
        self._order = OrderStatistics(int(np.prod(shape))) if needs_order(steps) else None
        self._rows = self._gaps = 0

    def take(self, values: Array) -> None:
        """Takes raw training rows, (rows, …), in the first pass."""
        if not self._is_fitted:
            return
        self._rows += len(values)
        self._gaps += int(missing_rows(values).sum())
        self._given = merged(self._given, moments(values))
        if not self._plain.is_linear:
            self._shown = merged(self._shown, moments(self._plain.before_scaling(values.astype(np.float64))))
        if self._order:
            self._order.count(flat_rows(values))

    def refine(self, values: Array) -> None:
        """Takes the same rows in a further pass."""
        assert self._order is not None
        self._order.refine(flat_rows(values))

    def fit(self) -> Generator[None, None, None]:
        """Asks for a further pass with every item; the column is `fitted` at the end."""
        if not self._is_fitted:
            self.fitted = FittedColumn(self.column)
            return
        assert self._given is not None
        fill, missing = None, self._rows - np.broadcast_to(self._given.count, self.shape)
        if self.steps.missing in ("mean", "median", "indicator") and (missing == self._rows).any():
            raise no_number(self.column.name)
        if self.steps.missing == "median":
            (middle,) = yield from self._sought((0.5,))
            fill = np.where(middle.share > 0, (middle.low + middle.high) / 2, middle.low).reshape(self.shape)
        elif self.steps.missing == "constant":
            fill = np.full(self.shape, self.steps.constant)
        elif self.steps.missing in ("mean", "indicator"):
            fill = self._given.mean
        column = self.column
        if fill is not None:
            column = replace(column, fill=tuple(fill.ravel().tolist()), gaps=self._gaps)
        if is_unscaled(self.steps) and fill is None:
            self.fitted = FittedColumn(column)
            return
        scale = replace(self._plain, fill=fill)
        if self.steps.scale == "robust":
            scale = yield from self._robust(scale, missing)
        elif self.steps.scale != "none":
            scale = _linear(scale, self._with_filled(fill, missing), self.steps.scale)
        self.fitted = FittedColumn(column, with_indicator(scale) if column.has_indicator else scale)

    def _with_filled(self, fill: Array | None, missing: Array) -> Moments:
        """The moments once the missing numbers are filled in, as 32-bit numbers."""
        known = self._shown or self._given
        assert known is not None
        if fill is None or not missing.any():
            return known
        return merged(known, repeated(self._plain.before_scaling(_as_float32(fill)), missing))

    def _robust(self, scale: ColumnScale, missing: Array) -> Generator[None, None, ColumnScale]:
        assert self._order is not None
        if scale.fill is not None:
            self._order.add(scale.fill.ravel(), missing.ravel())
        found = yield from self._sought(_QUARTILES)

        def shown(values: Array) -> Array:
            return self._plain.before_scaling(values.reshape(self.shape))

        return robust_scale(
            scale, *(Neighbours(shown(q.low), shown(q.high), q.share.reshape(self.shape)).interpolated() for q in found)
        )

    def _sought(self, ratios: tuple[float, ...]) -> Generator[None, None, tuple[Neighbours, ...]]:
        assert self._order is not None
        self._order.seek(ratios)
        yield
        return self._order.found()


class WordStatistics:
    """The statistics of a column of texts.

    Args:
        column: the column as the network takes it.
        generated: the same as the generator makes it.
        steps: what is done to it.
    """

    def __init__(self, column: Column, generated: Column, steps: ColumnSteps) -> None:
        self.column = column
        self.generated = generated
        self.steps = steps
        self._counts = np.zeros(1 + len(generated.categories), np.int64)  # missing, then each text

    def take(self, codes: Array) -> None:
        """Takes raw training rows, (rows, 1)."""
        self._counts += np.bincount(codes[:, 0] + 1, minlength=len(self._counts))

    def refine(self, codes: Array) -> None:
        """Nothing: the first pass tells all."""

    def fit(self) -> Generator[None, None, None]:
        """Asks for no further pass; the column is `fitted` at the end."""
        encoding = most_frequent(self.column.word_encoding, self.generated, self._counts[1:])
        same = encoding == self.column.word_encoding
        self.fitted = FittedColumn(self.column if same else replace(self.column, encoding=encoding), None)
        if self.steps.scale != "none":
            codes = np.arange(-1, len(self.generated.categories), dtype=np.int32).reshape(-1, 1)
            rows = encode_codes(encoding, self.generated, codes)[self._counts > 0].astype(np.float64)  # (texts, width)
            scale = _scale_of_counted(rows, self._counts[self._counts > 0], self.steps.scale)
            self.fitted = replace(self.fitted, scale=scale)
        yield from ()


class TextStatistics:
    """The statistics of a column of free texts: its vocabulary.

    Args:
        column: the column as the network takes it.
        counts: counts its tokens.
    """

    def __init__(self, column: Column, counts: TokenCounts) -> None:
        self.column = column
        self.counts = counts

    def take(self, texts: Array) -> None:
        """Takes raw training rows, (rows, 1)."""
        self.counts.take(texts[:, 0])

    def refine(self, texts: Array) -> None:
        """Nothing: the first pass tells all."""

    def fit(self) -> Generator[None, None, None]:
        """Asks for no further pass; the column is `fitted` at the end."""
        self.fitted = FittedColumn(with_vocabulary(self.column, self.counts.fit()))
        yield from ()


ColumnStatistics = NumberStatistics | WordStatistics | TextStatistics


def _linear(plain: ColumnScale, found: Moments, scaling: Scaling) -> ColumnScale:
    linear = scale_of(scaling, found.low, found.high, found.mean, found.deviation)
    return replace(plain, offset=linear.offset, factor=linear.factor)


def _scale_of_counted(rows: Array, counts: Array, scaling: Scaling) -> ColumnScale:
    """The scale of rows, (rows, features), each of which occurs as often as it is counted, (rows,)."""
    total, features = counts.sum(), rows.shape[1]
    plain = ColumnScale(np.zeros(features), np.ones(features))
    if scaling == "robust":
        columns = [_counted_quartiles(column, counts) for column in rows.T]
        return robust_scale(plain, *np.array(columns).T)
    mean = counts @ rows / total
    squares = counts @ np.square(rows - mean)
    return _linear(plain, Moments(total, mean, squares, rows.min(axis=0), rows.max(axis=0)), scaling)


def _counted_quartiles(values: Array, counts: Array) -> list[float]:
    """The quartiles of numbers, each of which occurs as often as it is counted; both (numbers,)."""
    order = np.argsort(values)
    ends, last = np.cumsum(counts[order]), counts.sum() - 1
    places = np.array(_QUARTILES) * last
    low, high = (values[order][np.searchsorted(ends, rank, side="right")] for rank in (places // 1, -(-places // 1)))
    return [float(each) for each in Neighbours(low, high, places % 1).interpolated()]


def _as_float32(values: Array) -> Array:
    return values.astype(np.float32).astype(np.float64)
