"""Named arrays in one file, `.npz`: weights, traces and everything else that consists of numbers."""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.errors import Problem, StorageError
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs.atomic import write_bytes
from nnrun.runs.storage_errors import storage_errors

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

MOST_BYTES = 2**36

_ZIP = b"PK"

# What the libraries raise where the bytes are not an npz file, or not whole.
DAMAGE = (
    *(ValueError, ArithmeticError, EOFError, TypeError, AttributeError, LookupError, MemoryError, RuntimeError),
    *(SyntaxError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Writes `arrays` to `path`, atomically, as an npz file that `numpy.load` reads.

    Args:
        path: the file.
        arrays: array by name, of numbers or truth values; a name may hold slashes, as in `hidden/kernel`.

    Raises:
        ValueError: an array holds a number that is not finite, or something else than numbers.
        StorageError: the file could not be written.
    """
    write_bytes(path, finite_bytes(arrays))


def finite_bytes(arrays: Mapping[str, Array]) -> bytes:
    """The content of the npz file that `write_arrays` writes.

    Raises:
        ValueError: an array holds a number that is not finite, or something else than numbers.
    """
    for name, array in arrays.items():
        _check(name, array)
    return to_bytes(arrays)


def to_bytes(arrays: Mapping[str, Array]) -> bytes:
    """The arrays as the content of an npz file, whatever numbers they hold.

    Raises:
        ValueError: an array holds something else than numbers.
    """
    import numpy as np

    buffer = io.BytesIO()
    # Not numpy.savez: it takes the names as keywords, so that an array named "file" would not pass.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return buffer.getvalue()


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays that `write_arrays` stored in `path`, by name; never runs code from the file.

    Raises:
        StorageError: the file cannot be read, or is no npz file of plain arrays.
    """
    with storage_errors("read", path):
        data = read_regular(path, MOST_BYTES, path.parent)
    try:
        return from_bytes(data)
    except ValueError as error:
        raise StorageError(Problem(f"{path} is not a file of arrays: {error}.")) from error


def from_bytes(data: bytes, most: int = 0) -> dict[str, Array]:
    """The arrays of an npz file's content, by name; never runs code from it.

    Args:
        data: the content.
        most: the most bytes that arrays of a compressed file may have; by default those that nnrun writes are read,
            which are not compressed.

    Raises:
        ValueError: it is no npz file of plain arrays.
    """
    import numpy as np

    if not data.startswith(_ZIP):  # NumPy would take it for a pickle, and say how to load that
        raise ValueError("it does not begin as npz files do")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            _refuse_inflated(archive.zip, max(len(data), most))
            return {name: _array(name, archive[name]) for name in archive.files}
    except DAMAGE as error:
        raise ValueError(str(error).rstrip(".") or type(error).__name__) from error


def _refuse_inflated(archive: zipfile.ZipFile, most: int) -> None:
    """Refuses members that are larger than is allowed, by compression or by sharing bytes."""
    inflated = sum(member.file_size for member in archive.infolist())
    if inflated > most:
        raise ValueError(f"its members have {inflated:,} bytes, and at most {most:,} are read")


def _array(name: str, member: object) -> Array:
    import numpy as np

    if not isinstance(member, np.ndarray):
        raise ValueError(f"its member {name} is no array")
    return member


def _check(name: str, array: Array) -> None:
    import numpy as np

    kind = array.dtype.kind
    if kind not in "biufc":
        raise ValueError(f"the array {name} has the type {array.dtype}, which npz files cannot hold")
    if kind in "fc" and not np.isfinite(array).all():
        raise ValueError(f"the array {name} holds a number that is not finite")
