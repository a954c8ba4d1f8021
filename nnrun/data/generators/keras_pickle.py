"""The pickles within the files of `keras.datasets`: arrays and nothing else."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from nnrun.data.dataset import Array

# What a pickle of an array names, as NumPy 1 and NumPy 2 write it.
_ALLOWED = frozenset(
    {
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
    }
)


class ArrayUnpickler(pickle.Unpickler):
    """Reads arrays, dicts, lists, numbers and texts, and refuses everything that could run code."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name, if a pickle of an array needs it.

        Raises:
            UnpicklingError: it is another one.
        """
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is no array")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def read_batch(file: IO[bytes]) -> dict[bytes, Any]:
    """A batch of CIFAR images, which Python 2 wrote: arrays and lists by the bytes of their names."""
    batch: dict[bytes, Any] = ArrayUnpickler(file, encoding="bytes").load()
    return batch


def read_object_arrays(path: Path) -> dict[str, Array]:
    """The arrays of an npz file by name, among them arrays of lists.

    Raises:
        UnpicklingError: an array holds anything but lists of numbers.
        ValueError: an array is none.
    """
    with ZipFile(path) as archive:
        return {name.removesuffix(".npy"): _read_npy(archive.read(name)) for name in archive.namelist()}


def _read_npy(content: bytes) -> Array:
    import numpy as np
    from numpy.lib import format as npy

    file = io.BytesIO(content)
    version = npy.read_magic(file)
    _, _, dtype = npy.read_array_header_1_0(file) if version == (1, 0) else npy.read_array_header_2_0(file)
    if dtype.hasobject:
        array: Array = ArrayUnpickler(file).load()
    else:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    return array
