"""What counts as agreement between 64 bits by hand and 32 bits of Keras."""

import numpy as np
import pytest
from by_hand import dense, stack, start_of

from nnrun.walkthrough.optimizers import Adam
from nnrun.walkthrough.precision import RELATIVE_BOUND, bounds, compare, numbers_of
from nnrun.walkthrough.step import take_step


def case(bias: float = 0.15):
    network = stack(dense("a", [[0.3, -0.2]], [bias, 0.3], "tanh"), dense("b", [[1.0], [2.0]], [0.0]), optimizer=Adam())
    start = start_of(network, [[1.0], [2.0]], [[1.0], [0.5]], 0.001)
    return network, start, numbers_of(take_step(network, start)), bounds(network, start, np.random.default_rng(0))


def test_the_same_numbers_in_32_bits_agree():
    _, _, hand, bound = case()
    found = compare(hand, {name: values.astype(np.float32) for name, values in hand.items()}, bound)
    assert found.beyond == ()
    assert 0 < found.relative[0] < 2**-23
    assert found.count == sum(values.size for values in hand.values())


@pytest.mark.parametrize("name", ["gradient 0", "weights 1", "momentum 2", "output 1", "loss after"])
def test_a_number_that_is_wrong_in_the_fourth_digit_is_reported(name):
    _, _, hand, bound = case()
    wrong = {**hand, name: hand[name] * 1.001}
    assert compare(hand, wrong, bound).beyond == (name,)
    assert compare(hand, wrong, bound).relative[1] == name


def test_the_bound_of_a_number_that_rounding_hardly_moves_is_a_share_of_it():
    _, _, hand, bound = case()
    assert (bound["output 0"] < 3 * RELATIVE_BOUND * np.abs(hand["output 0"])).all()


def test_a_small_difference_of_large_numbers_may_be_off_by_more():
    network = stack(dense("a", [[1.0]], [-1e6]))
    start = start_of(network, [[1e6 + 1]], [[0.0]])
    bound = bounds(network, start, np.random.default_rng(0))
    assert bound["output 0"][0, 0] > 0.05


def test_infinities_agree_with_themselves_and_with_nothing_else():
    one, bound = {"loss": np.array(np.inf)}, {"loss": np.array(np.inf)}
    assert compare(one, one, bound).absolute[0] == 0
    assert compare(one, {"loss": np.array(np.nan)}, {"loss": np.array(1.0)}).beyond == ("loss",)
