"""As many streamed rows are taken at a time as memory is meant to hold, whatever their texts and their encoding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.dataset import Part
from nnrun.data.files.stored_texts import StoredTexts
from nnrun.data.stream.row_sizes import RowSizes, chunks
from nnrun.data.stream.set_writer import SampleTaker

WRITTEN = st.lists(st.sampled_from(["", "a", "ü" * 40, "long " * 30]), min_size=1, max_size=30)


def numbers(rows: int) -> Part:
    """Rows of eight bytes."""
    return Part({"x": np.zeros((rows, 1), np.float32)}, {"y": np.zeros((rows, 1), np.int32)})


def test_chunks_have_the_rows_that_fit() -> None:
    taken = [(start, part.rows) for start, part in chunks(numbers(10), 32)]
    assert taken == [(0, 4), (4, 4), (8, 2)]
    assert [part.rows for _, part in chunks(numbers(3), 1)] == [1, 1, 1]


def test_rows_that_become_wide_come_a_few_at_a_time() -> None:
    assert [part.rows for _, part in chunks(numbers(5), 32, least=16)] == [2, 2, 1]


@given(written=WRITTEN, size=st.integers(1, 400))
def test_chunks_of_texts_have_no_more_bytes_than_their_size_but_for_single_rows(
    tmp_path_factory: pytest.TempPathFactory, written: list[str], size: int
) -> None:
    texts = StoredTexts(tmp_path_factory.getbasetemp())
    texts.append(written[:3])
    texts.append(written[3:])
    part = Part({"text": texts}, {})  # type: ignore[dict-item]
    found = [chunk.inputs["text"][:, 0].tolist() for _, chunk in chunks(part, size)]
    assert [text for chunk in found for text in chunk] == written
    sizes = [sum(8 + len(text.encode()) for text in chunk) for chunk in found]
    assert all(total <= size or len(chunk) == 1 for total, chunk in zip(sizes, found, strict=True))
    assert RowSizes(part).mean == sum(sizes) // len(written)


@given(order=st.permutations(range(12)), most=st.integers(1, 12), step=st.integers(1, 5))
def test_a_sample_is_the_first_rows_of_those_that_are_left(order: list[int], most: int, step: int) -> None:
    taker, left = SampleTaker(most), np.array([each for each in order if each > 2])
    for start in range(0, len(left), step):
        positions = left[start : start + step]
        taker.take(Part({"x": positions.reshape(-1, 1)}, {}), positions)
    assert taker.sample().inputs["x"][:, 0].tolist() == sorted(left)[:most]
