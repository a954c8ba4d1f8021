"""The scales of windows and of their targets, from those of the rows that they are cut from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.data.rows import join_scales
from nnrun.experiment.columns import Column
from nnrun.experiment.window_section import WINDOW, Window


def window_scaling(scales: Mapping[str, ColumnScale], columns: Sequence[Column]) -> dict[str, ColumnScale]:
    """The scale of windows; it has a number for each feature, whatever the row of the window.

    Args:
        scales: the scale of each column that is scaled.
        columns: the input columns of the rows.
    """
    joined = join_scales(scales, [column.name for column in columns], {each.name: each.width for each in columns})
    return {} if joined is None else {WINDOW: joined}


def repeated_scaling(scales: Mapping[str, ColumnScale], window: Window) -> dict[str, ColumnScale]:
    """The scales of targets that are predicted for several steps.

    Args:
        scales: the scale of each target column that is scaled.
        window: how many steps there are.
    """
    return {name: _repeated(scale, window.steps) for name, scale in scales.items()}


def _repeated(scale: ColumnScale, steps: int) -> ColumnScale:
    def repeated(values: Array | None) -> Array | None:
        return None if values is None else np.tile(values, steps)

    offset, factor = np.tile(scale.offset, steps), np.tile(scale.factor, steps)
    return ColumnScale(
        offset, factor, repeated(scale.low), repeated(scale.high), repeated(scale.log), repeated(scale.fill)
    )
