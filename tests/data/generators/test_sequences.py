"""The algorithmic tasks have the answers that arithmetic gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import source_of
from nnrun.data.dataset import Array, Part
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Component

PRIMES = st.sampled_from([2, 3, 5, 7, 11, 13])


def made(name: str, **arguments: Any) -> Part:
    return source_of(Component("generators", name, arguments)).rows


def tokens(part: Part) -> Array:
    """The tokens (rows, length) as whole numbers."""
    return part.inputs["tokens"].astype(int)


def steps(part: Part) -> Array:
    """The labels of all steps (rows, length)."""
    return np.concatenate(list(part.targets.values()), axis=1)


@given(PRIMES, st.sampled_from("+-*/"))
def test_the_result_is_that_of_arithmetic_modulo_a_prime(modulus: int, operation: str) -> None:
    part = made("modular", modulus=modulus, operation=operation)
    a, b = tokens(part).T
    result = part.targets["result"][:, 0]
    if operation == "/":
        assert np.array_equal(result * b % modulus, a)
        assert 0 not in b
    else:
        assert np.array_equal(result, {"+": a + b, "-": a - b, "*": a * b}[operation] % modulus)
    assert (
        len({(int(x), int(y)) for x, y in zip(a, b, strict=True)}) == len(a) == modulus * (modulus - (operation == "/"))
    )


def test_a_share_of_the_pairs_are_different_pairs() -> None:
    part = made("modular", modulus=10, share=0.3)
    assert len({tuple(pair) for pair in tokens(part).tolist()}) == part.rows == 30


def test_numbers_are_divided_modulo_a_prime_alone() -> None:
    division = Component("generators", "modular", {"modulus": 91, "operation": "/"})
    with pytest.raises(ExperimentError, match=r"divided modulo a prime number\. Received: 91"):
        describe_columns(division)


@pytest.mark.parametrize("name", ["modular", "addition", "copy"])
def test_a_one_hot_sequence_has_a_vector_for_each_token(name: str) -> None:
    vectors = made(name, encoding="one_hot").inputs["tokens"]
    assert np.array_equal(vectors.argmax(axis=-1), tokens(made(name)))
    assert np.array_equal(vectors.sum(axis=-1), np.ones(vectors.shape[:2]))


@given(st.integers(1, 15), st.booleans())
def test_the_targets_of_an_addition_are_the_digits_of_the_sum(digits: int, reverse: bool) -> None:
    part = made("addition", samples=20, digits=digits, reverse=reverse)
    for sequence, labels in zip(tokens(part).tolist(), steps(part).tolist(), strict=True):
        assert sequence[digits] == 10
        first, second = (int("".join(map(str, part))) for part in (sequence[:digits], sequence[digits + 1 :]))
        assert int("".join(map(str, labels[::-1] if reverse else labels))) == first + second


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 4))
def test_symbols_are_output_after_the_signal(length: int, symbols: int, delay: int) -> None:
    part = made("copy", samples=10, length=length, symbols=symbols, delay=delay)
    given_tokens, labels = tokens(part), steps(part)
    assert np.array_equal(labels[:, -length:], given_tokens[:, :length])
    assert (labels[:, :-length] == 0).all()
    assert (given_tokens[:, length + delay] == symbols + 1).all()
    assert (np.delete(given_tokens[:, length:], delay, axis=1) == 0).all()
    assert 1 <= given_tokens[:, :length].min() <= given_tokens[:, :length].max() <= symbols


def test_the_parity_is_that_of_the_relevant_bits() -> None:
    part = made("parity", bits=6, relevant=4)
    bits = np.concatenate(list(part.inputs.values()), axis=1)
    assert np.array_equal(bits[:, :4].sum(axis=1) % 2, part.targets["class"][:, 0])
    assert set(bits.ravel().tolist()) == {0, 1}


def test_signed_bits_are_the_same_bits() -> None:
    plain, signed = (np.concatenate(list(made("parity", signed=s).inputs.values()), axis=1) for s in (False, True))
    assert np.array_equal(signed, 2 * plain - 1)


def test_more_relevant_bits_than_there_are_are_refused() -> None:
    with pytest.raises(ExperimentError, match=r"At most all 2 bits are relevant\. Received: 3"):
        describe_columns(Component("generators", "parity", {"bits": 2}))
