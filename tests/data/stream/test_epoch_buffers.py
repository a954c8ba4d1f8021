"""A streamed epoch takes every row once, in an order that the seed and the epoch decide."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.epoch_order import epoch_orders
from nnrun.data.stream.epoch_buffers import EpochOrder, epoch_buffers

ROWS = st.integers(1, 2_000)
BUFFER = st.integers(1, 700)


def taken(order: EpochOrder, rows: int, buffer: int) -> list[int]:
    """The rows in the order in which the epoch takes them."""
    found: list[int] = []
    for ranges, positions in epoch_buffers(order, rows, buffer):
        read = np.concatenate([np.arange(first, stop) for first, stop in ranges])
        found += read[positions].tolist()
    return found


@given(ROWS, BUFFER, st.integers(0, 9), st.booleans())
def test_an_epoch_takes_every_row_once(rows: int, buffer: int, epoch: int, shuffle: bool) -> None:
    assert sorted(taken(EpochOrder(7, epoch, shuffle), rows, buffer)) == list(range(rows))


@given(ROWS, BUFFER, st.booleans())
def test_every_buffer_but_the_last_is_full(rows: int, buffer: int, shuffle: bool) -> None:
    sizes = [len(positions) for _, positions in epoch_buffers(EpochOrder(7, 0, shuffle), rows, buffer)]
    assert sizes[:-1] == [buffer] * (len(sizes) - 1)
    assert 0 < sizes[-1] <= buffer


def test_unshuffled_rows_keep_their_order() -> None:
    assert taken(EpochOrder(7, 3, shuffle=False), 100, 32) == list(range(100))


def test_rows_that_fit_into_a_buffer_have_the_order_that_they_have_in_memory() -> None:
    for epoch in (0, 1, 70):
        assert taken(EpochOrder(7, epoch, shuffle=True), 100, 128) == epoch_orders(7, 100, epoch, 1)[0].tolist()


def test_the_order_depends_on_the_seed_and_the_epoch_alone() -> None:
    first = taken(EpochOrder(7, 0, shuffle=True), 1_000, 128)
    assert first == taken(EpochOrder(7, 0, shuffle=True), 1_000, 128)
    assert first != taken(EpochOrder(7, 1, shuffle=True), 1_000, 128)
    assert first != taken(EpochOrder(8, 0, shuffle=True), 1_000, 128)


def test_a_buffer_is_filled_from_the_whole_file() -> None:
    (ranges, _), *_ = epoch_buffers(EpochOrder(7, 0, shuffle=True), 1_000_000, 6_400)
    starts = np.array([first for first, _ in ranges])
    assert len(starts) == 64
    assert {int(start // 250_000) for start in starts} == {0, 1, 2, 3}
