"""The sets of streamed rows, with rows that are left out and rows that are repeated."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Part
from nnrun.data.stream.row_sets import TRAINING, row_sets, taken


def test_a_chunk_gives_each_chosen_row_as_often_as_it_is_chosen() -> None:
    rows = Part({"x": np.arange(4)}, {})
    sets = row_sets(4, {TRAINING: Part({"number": np.arange(4)}, {})}).with_training(np.array([3, 0, 3, 3, 0, 3]))
    found = np.full(6, -1)
    for _, own, positions in sets.of_chunk(0, 4):  # four of them are repetitions, as many as the chunk has rows
        found[positions] = taken(rows, own).inputs["x"]
    assert found.tolist() == [3, 0, 3, 3, 0, 3]
