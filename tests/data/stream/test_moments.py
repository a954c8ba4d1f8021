"""Moments merged over chunks are those of all rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnrun.data.stream.moments import merged, moments

VALUES = arrays(np.float32, st.tuples(st.integers(1, 50), st.integers(1, 3)), elements=st.floats(-1e3, 1e3, width=32))


@given(VALUES, st.integers(1, 50))
def test_moments_do_not_depend_on_the_chunks(values, size) -> None:  # type: ignore[no-untyped-def]
    found = None
    for start in range(0, len(values), size):
        found = merged(found, moments(values[start : start + size]))
    assert found is not None
    numbers = values.astype(np.float64)
    assert found.count == len(values)
    np.testing.assert_allclose(found.mean, numbers.mean(axis=0), rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(found.deviation, numbers.std(axis=0), rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(found.low, numbers.min(axis=0))
    np.testing.assert_array_equal(found.high, numbers.max(axis=0))


def test_a_large_mean_does_not_cancel() -> None:
    values = (1e6 + np.arange(4096) % 2).astype(np.float64)[:, None]  # (rows, 1), the deviation is 0.5
    found = None
    for start in range(0, len(values), 64):
        found = merged(found, moments(values[start : start + 64]))
    assert found is not None
    np.testing.assert_allclose(found.deviation, [0.5], rtol=1e-12)
