"""Memory for the arrays of buffers, used again for the next ones: the system clears every page that is new."""

from __future__ import annotations

import weakref
from collections import defaultdict

import numpy as np

from nnrun.data.dataset import Array

_ALIGNMENT = 64  # bytes, of the arrays of TensorFlow


class AlignedMemory:
    """Gives arrays that TensorFlow takes over without a copy; memory is used again once nothing refers to its array.

    Only memory of exactly the size is used again: of each size there is as much as its arrays once had together.
    """

    def __init__(self) -> None:
        self._free: defaultdict[int, list[Array]] = defaultdict(list)

    def array(self, shape: tuple[int, ...], dtype: np.dtype) -> Array:
        """An array whose numbers are not set."""
        size = int(np.prod(shape)) * dtype.itemsize
        if size == 0:
            return np.empty(shape, dtype)
        free = self._free[size]
        memory = free.pop() if free else np.empty(size + _ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % _ALIGNMENT
        # Views of an array refer to the array whose memory they use: to this one, as it has its own from a memoryview.
        owner = np.frombuffer(memory.data[start : start + size], np.uint8)
        weakref.finalize(owner, free.append, memory).atexit = False
        return owner.view(dtype).reshape(shape)
