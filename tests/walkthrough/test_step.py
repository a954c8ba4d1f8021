"""A step by hand: the chain rule gives how the loss changes with every weight."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from by_hand import dense, stack, start_of
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.walkthrough.activation_functions import Activation
from nnrun.walkthrough.loss_functions import Loss
from nnrun.walkthrough.step import Affine, Nonlinearity, Stack, backward, forward, loss_of, take_step

SMALL = 1e-6
SMOOTH = ("linear", "sigmoid", "tanh", "softmax", "elu")


@st.composite
def networks(draw) -> Stack:
    """Networks of one to three dense layers with smooth activations."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    widths = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    stages = []
    for i, (inputs, units) in enumerate(pairwise(widths)):
        bias = rng.normal(size=units) if draw(st.booleans()) else None
        penalty = (0.0, draw(st.sampled_from([0.0, 0.01])))
        stages.append(Affine(f"d{i}", rng.normal(size=(inputs, units)), bias, penalty, penalty))
        stages.append(Nonlinearity(f"d{i}", Activation(draw(st.sampled_from(SMOOTH))), is_layer=False))
    loss = draw(
        st.sampled_from(
            [Loss("mean_squared_error"), Loss("categorical_crossentropy", logits=True, before_activation=True)]
        )
    )
    return dataclasses.replace(stack(loss=loss), stages=tuple(stages))


@given(networks(), st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=50)
def test_the_gradient_is_how_the_loss_changes_with_each_weight(network, rows, seed):
    rng = np.random.default_rng(seed)
    first, last = network.stages[0], network.stages[-2]
    start = start_of(network, rng.normal(size=(rows, first.inputs)), rng.uniform(size=(rows, last.units)))
    gradients = take_step(network, start).gradients
    for k, weights in enumerate(network.weights):
        for i in np.ndindex(weights.shape):

            def loss(change, k=k, i=i):
                moved = [w.copy() for w in network.weights]
                moved[k][i] += change
                return loss_of(network.with_weights(moved), start)

            numeric = (loss(SMALL) - loss(-SMALL)) / (2 * SMALL)
            assert gradients[k][i] == pytest.approx(numeric, abs=1e-6, rel=1e-4)


def test_a_neuron_step_as_one_would_write_it_on_a_blackboard():
    network = stack(dense("neuron", [[0.5]], [0.25]))
    step = take_step(network, start_of(network, [[1.0], [2.0]], [[1.0], [1.0]]))
    assert step.values[-1].tolist() == [[0.75], [1.25]]
    assert step.loss == (0.0625 + 0.0625) / 2
    assert step.gradients[0].tolist() == [[-0.25 * 1 + 0.25 * 2]]
    assert step.gradients[1].tolist() == [-0.25 + 0.25]
    assert step.weights[0].tolist() == [[0.475]]
    assert step.loss_after < step.loss


def test_no_gradient_comes_through_a_dead_neuron():
    network = stack(dense("neuron", [[-1.0]], [0.0], "relu"))
    step = take_step(network, start_of(network, [[1.0], [2.0]], [[1.0], [1.0]]))
    assert [g.any() for g in step.gradients] == [False, False]
    assert step.loss_after == step.loss


def test_a_loss_taken_before_the_activation_has_no_gradient_by_the_outputs():
    network = stack(dense("out", [[1.0]], [0.0], "sigmoid"), loss=Loss("binary_crossentropy", True, True))
    values = forward(network, np.array([[0.0]]))
    slopes, _ = backward(network, values, np.array([[1.0]]))
    assert slopes[1] is None
    assert slopes[0].tolist() == [[-0.5]]


def test_images_are_taken_as_rows_of_numbers():
    network = stack(dense("out", [[1.0]] * 4, [0.0]))
    assert forward(network, np.ones((2, 2, 2)))[-1].tolist() == [[4.0], [4.0]]


def test_penalties_enter_loss_and_gradient():
    layer = dataclasses.replace(dense("out", [[-2.0]], [0.0])[0], kernel_penalty=(0.5, 0.25))
    step = take_step(stack([layer]), start_of(stack([layer]), [[0.0]], [[0.0]]))
    assert step.penalty == 0.5 * 2 + 0.25 * 4
    assert step.gradients[0].tolist() == [[-0.5 + 2 * 0.25 * -2]]
