"""Memory goes to the next array of its size once nothing refers to the one before, and not earlier."""

import numpy as np
import pytest

from nnrun.data.stream.aligned_memory import AlignedMemory

FLOAT, INT = np.dtype(np.float32), np.dtype(np.int32)


@pytest.mark.parametrize(("shape", "dtype"), [((3, 5), FLOAT), ((7, 1), INT), ((1,), np.dtype(np.int8)), ((0, 4), INT)])
def test_an_array_begins_where_tensorflow_takes_it_over(shape, dtype):
    array = AlignedMemory().array(shape, dtype)
    assert (array.shape, array.dtype, array.ctypes.data % 64) == (shape, dtype, 0) or array.size == 0
    array[:] = 1


def test_memory_is_used_again_for_arrays_of_its_size_alone():
    memory = AlignedMemory()
    first = memory.array((3, 5), FLOAT)
    address = first.ctypes.data
    del first
    assert memory.array((2, 5), FLOAT).ctypes.data != address
    assert memory.array((5, 3), INT).ctypes.data == address


@pytest.mark.parametrize(
    "view",
    [lambda a: a[1:], lambda a: a[1:].reshape(-1)[2:], lambda a: a.view(np.int32)[:1].T, lambda a: a.__dlpack__()],
    ids=["slice", "slice of a slice", "other type", "tensor"],
)
def test_memory_that_a_view_refers_to_is_left_alone(view):
    memory = AlignedMemory()
    array = memory.array((3, 5), FLOAT)
    address = array.ctypes.data
    seen = view(array)
    del array
    other = memory.array((3, 5), FLOAT)
    assert other.ctypes.data != address
    del seen
    assert memory.array((3, 5), FLOAT).ctypes.data == address
