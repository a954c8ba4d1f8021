"""The losses and their gradients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.walkthrough.loss_functions import EPSILON, Loss

SMALL = 1e-6

seeds = st.integers(0, 10_000)
LOSSES = [
    Loss(kind, logits)
    for kind in ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")
    for logits in (False, True)
]
LOSSES += [Loss("mean_squared_error"), Loss("mean_absolute_error")]


@given(seeds, st.sampled_from(LOSSES))
def test_slopes_are_how_the_mean_loss_changes(seed, loss):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(3, 4)) if loss.logits else rng.uniform(0.1, 0.9, (3, 4))
    t = (
        loss.targets(rng.integers(0, 4, (3, 1)), 4)
        if loss.kind == "sparse_categorical_crossentropy"
        else rng.uniform(1, 2, (3, 4))
    )
    slopes = loss.gradient(a, t)
    for i in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[i] = SMALL
        change = (loss.per_sample(a + step, t).mean() - loss.per_sample(a - step, t).mean()) / (2 * SMALL)
        assert slopes[i] == pytest.approx(change, abs=1e-7, rel=1e-4)


def test_a_crossentropy_of_logits_is_that_of_their_probabilities():
    z, t = np.array([[0.3, -1.2, 2.0]]), np.array([[0.0, 0.0, 1.0]])
    p = np.exp(z) / np.exp(z).sum()
    assert Loss("categorical_crossentropy", logits=True).per_sample(z, t) == pytest.approx(
        Loss("categorical_crossentropy").per_sample(p, t)
    )
    q = 1 / (1 + np.exp(-z))
    assert Loss("binary_crossentropy", logits=True).per_sample(z, t) == pytest.approx(
        Loss("binary_crossentropy").per_sample(q, t)
    )


def test_a_probability_that_is_clipped_has_no_gradient():
    a, t = np.array([[0.0, EPSILON / 2, 0.5]]), np.array([[1.0, 1.0, 1.0]])
    assert (Loss("binary_crossentropy").gradient(a, t)[0] != 0).tolist() == [False, False, True]
    assert Loss("binary_crossentropy").per_sample(a, t)[0] == pytest.approx((-2 * np.log(EPSILON) - np.log(0.5)) / 3)


def test_a_label_becomes_a_vector_with_one_1():
    assert Loss("sparse_categorical_crossentropy").targets(np.array([[2], [0]]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
