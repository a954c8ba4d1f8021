"""The activations and their derivatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.walkthrough.activation_functions import Activation

KINDS = ("linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softmax")
SMALL = 1e-6

rows = st.lists(
    st.lists(st.floats(-6, 6).filter(lambda z: abs(z) > 1e-3), min_size=3, max_size=3), min_size=1, max_size=4
)


@given(st.sampled_from(KINDS), st.floats(0.05, 0.9), rows)
def test_backward_is_how_the_sum_of_weighted_values_changes(kind, slope, z):
    z = np.array(z)
    weights = np.random.default_rng(0).normal(size=z.shape)
    activation = Activation(kind, slope)
    for i in np.ndindex(z.shape):
        step = np.zeros_like(z)
        step[i] = SMALL
        change = ((activation.forward(z + step) - activation.forward(z - step)) * weights).sum() / (2 * SMALL)
        assert activation.backward(weights, z)[i] == pytest.approx(change, abs=1e-7, rel=1e-5)


@pytest.mark.parametrize(("kind", "at_zero"), [("relu", 0), ("leaky_relu", 0.3), ("elu", 0.3), ("linear", 1)])
def test_at_a_kink_the_derivative_is_that_of_the_left_side(kind, at_zero):
    assert Activation(kind, 0.3).derivative(np.zeros(1))[0] == at_zero


def test_nothing_overflows():
    z = np.array([[-1000.0, 1000.0]])
    assert Activation("sigmoid").forward(z).tolist() == [[0, 1]]
    assert Activation("softmax").forward(z).tolist() == [[0, 1]]
    assert Activation("elu", 2.0).forward(z).tolist() == [[-2, 1000]]


def test_softmax_has_no_derivative_of_each_value_alone():
    with pytest.raises(ValueError, match="matrix"):
        Activation("softmax").derivative(np.zeros((1, 2)))
