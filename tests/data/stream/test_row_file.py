"""Rows on disk come back as they were written, in whatever order they were written."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.rows import Rows
from nnrun.data.stream.row_file import RowFile
from nnrun.errors import StorageError


def some_rows(count: int, weights: bool = False) -> Rows:
    rng = np.random.default_rng(count)
    images = rng.normal(size=(count, 4, 3)).astype(np.float32)
    labels = rng.integers(0, 9, (count, 1)).astype(np.int32)
    return Rows((images,), (labels,), rng.random(count).astype(np.float32) if weights else None)


def same(one: Rows, other: Rows) -> bool:
    pairs = zip(one.flat(), other.flat(), strict=True)
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)


@given(st.integers(1, 60), st.booleans(), st.randoms(use_true_random=False))
def test_rows_written_in_any_order_come_back(tmp_path_factory, count, weights, random) -> None:  # type: ignore[no-untyped-def]
    rows, order = some_rows(count, weights), list(range(count))
    random.shuffle(order)
    file = RowFile(tmp_path_factory.getbasetemp(), count, rows)
    for start in range(0, count, 7):
        positions = np.array(order[start : start + 7])
        file.write(positions, rows.take(slice(start, start + 7)))
    assert same(file.read([(0, count)]), rows.take(np.argsort(order)))


def test_ranges_are_read_one_behind_the_other(tmp_path: Path) -> None:
    rows = some_rows(10)
    file = RowFile(tmp_path, 10, rows)
    file.write(np.arange(10), rows)
    assert same(file.read([(8, 10), (0, 1), (4, 4)]), rows.take(np.array([8, 9, 0])))


def test_the_file_has_no_name(tmp_path: Path) -> None:
    file = RowFile(tmp_path, 10, some_rows(10))
    file.write(np.arange(10), some_rows(10))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be kept on disk") as refused:
        RowFile(tmp_path / "file" / "cache", 10, some_rows(10))
    assert str(tmp_path / "file" / "cache") in str(refused.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    file = RowFile(tmp_path, 10, some_rows(10))
    with Path("/dev/full").open("r+b", buffering=0) as full:
        file._file = full
        with pytest.raises(StorageError, match="No space left"):
            file.write(np.arange(10), some_rows(10))
