"""The update rules; that they are Keras's own is tested with Keras."""

import numpy as np
import pytest

from nnrun.walkthrough.optimizers import SGD, Adam, RMSprop

W, G = np.array([1.0, -2.0]), np.array([0.5, -0.25])
NOTHING = np.zeros(2)


def test_plain_descent_goes_against_the_gradient():
    weights, slots = SGD().update(W, G, {}, 0.1, 1)
    assert weights.tolist() == [0.95, -1.975]
    assert slots == {}


def test_momentum_adds_to_the_step_before():
    weights, slots = SGD(momentum=0.5).update(W, G, {"momentum": np.array([1.0, 1.0])}, 0.1, 2)
    assert slots["momentum"].tolist() == [0.45, 0.525]
    assert weights.tolist() == [1.45, -1.475]


def test_nesterov_looks_ahead():
    weights, _ = SGD(momentum=0.5, nesterov=True).update(W, G, {"momentum": np.array([1.0, 1.0])}, 0.1, 2)
    assert weights == pytest.approx([1 + 0.225 - 0.05, -2 + 0.2625 + 0.025])


@pytest.mark.parametrize("step", [1, 2, 50])
def test_the_first_steps_of_adam_on_one_gradient_are_as_long_as_the_learning_rate(step):
    optimizer, weights = Adam(epsilon=0.0), W
    slots = {"momentum": NOTHING, "velocity": NOTHING}
    for number in range(1, step + 1):
        before = weights
        weights, slots = optimizer.update(before, G, slots, 0.1, number)
    assert before - weights == pytest.approx(0.1 * np.sign(G))


def test_the_first_step_of_rmsprop_is_the_learning_rate_over_the_root_of_what_is_new():
    weights, slots = RMSprop(rho=0.75, epsilon=0.0).update(W, G, {"velocity": NOTHING}, 0.1, 1)
    assert slots["velocity"] == pytest.approx(0.25 * G**2)
    assert W - weights == pytest.approx(0.2 * np.sign(G))


def test_the_state_follows_the_settings():
    assert SGD().slots == {}
    assert RMSprop(centered=True, momentum=0.5).slots == {"velocity": "v", "average_gradient": "ḡ", "momentum": "m"}


def test_the_rate_of_adam_is_in_doubt_at_first_only():
    assert Adam().rate_error(1) > 100
    assert Adam().rate_error(20_000) == pytest.approx(1, abs=1e-3)
