"""Cells in a file come back in any range of rows."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.files.stored_cells import CellFile, StoredCells

PIECES = st.lists(st.integers(0, 7), min_size=1, max_size=12)


@given(PIECES, st.integers(0, 90), st.integers(0, 90))
def test_any_range_of_rows_is_that_of_the_cells(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], first: int, stop: int
) -> None:
    cells = np.arange(sum(sizes), dtype=np.float32)
    file = CellFile(tmp_path_factory.getbasetemp())
    stored, other = (StoredCells(file, cells.dtype) for _ in range(2))
    at = 0
    for size in sizes:
        stored.append(cells[at : at + size])
        other.append(-cells[at : at + size])  # of another column, between them
        at += size
    assert len(stored) == len(cells)
    np.testing.assert_array_equal(stored[first:stop], cells[first:stop].reshape(-1, 1))
    np.testing.assert_array_equal(other[:], -cells.reshape(-1, 1))


def test_ranked_cells_are_read_as_their_ranks(tmp_path: Path) -> None:
    stored = StoredCells(CellFile(tmp_path), np.dtype(np.int32))
    stored.append(np.array([0, 2, -1, 1], np.int32))
    stored.rank(np.array([1, 2, 0]))
    assert stored[:].ravel().tolist() == [1, 0, -1, 2]
    assert list(tmp_path.iterdir()) == []
