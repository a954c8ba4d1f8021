"""The order of the rows is a function of the seed and the epoch alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.epoch_order import epoch_orders, rows_in_order

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 40), st.integers(0, 200), st.integers(1, 80))
def test_every_epoch_holds_every_row_once(seed, rows, first, count):
    orders = epoch_orders(seed, rows, first, count)
    assert orders.shape == (count, rows)
    assert (np.sort(orders, axis=1) == np.arange(rows)).all()


@given(seeds, st.integers(1, 30), st.integers(0, 150), st.integers(1, 70), st.integers(0, 69))
def test_an_epoch_has_the_same_order_whatever_was_drawn_before(seed, rows, first, count, within):
    epoch = min(within, count - 1)
    alone = epoch_orders(seed, rows, first + epoch, 1)[0]
    assert (epoch_orders(seed, rows, first, count)[epoch] == alone).all()


def test_epochs_and_seeds_differ():
    orders = epoch_orders(0, 20, 0, 130)
    assert len({tuple(order) for order in orders}) == 130
    assert (orders[0] != epoch_orders(1, 20, 0, 1)[0]).any()


def test_unshuffled_rows_stay_where_they_are():
    assert rows_in_order(3, 2).tolist() == [[0, 1, 2], [0, 1, 2]]
