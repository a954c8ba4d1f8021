"""Raw data sets for tests, prepared by settings that are written as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.preparation.prepare import prepare
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component, DataSettings

CITIES = ("Bern", "Oslo", "Rome")
RAW = Columns((Column("age"), Column("city", categories=CITIES)), (Column("price"),))


def rows(ages: Sequence[float], cities: Sequence[int] | None = None, prices: Sequence[float] | None = None) -> Part:
    """Raw rows: ages, NaN where one is missing; codes of cities, -1 where one is missing; prices."""
    codes = [0] * len(ages) if cities is None else cities
    targets = [1.0] * len(ages) if prices is None else prices
    inputs = {"age": column(ages), "city": np.array(codes, np.int32).reshape(-1, 1)}
    return Part(inputs, {"price": column(targets)})


def column(values: Sequence[float]) -> Array:
    """A column of numbers, float32 (rows, 1)."""
    return np.array(values, np.float32).reshape(-1, 1)


def prepared(
    training: Part,
    settings: Mapping[str, Any],
    validation: Part | None = None,
    columns: Columns = RAW,
    **data: Any,
) -> Dataset:
    """The data sets as the network takes them.

    Args:
        training: its raw rows.
        settings: the section `prepare`.
        validation: the raw rows of the validation set.
        columns: those that the generator makes.
        data: other data settings.
    """
    data_settings = DataSettings(Component("generators", "npz"), prepare=dict(settings), **data)
    raw = Dataset(training, validation, None, {}, {}, columns.classes)
    return prepare(raw, columns, data_settings, np.random.default_rng(0))
