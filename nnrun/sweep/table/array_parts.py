"""Files of arrays, `.npz`, that are read and written some rows at a time, since they may be larger than the memory."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.text.regular_file import open_regular
from nnrun.runs.arrays import DAMAGE
from nnrun.runs.atomic import replace_with

_ENDING = ".npy"
# Of a member's own header in a zip file: the size of its fixed part, and where the lengths of name and extra stand.
_LOCAL_HEADER, _LENGTHS = 30, 26


@dataclass(frozen=True)
class StoredArray:
    """An array in a file.

    Args:
        dtype: the type of its numbers or texts.
        shape: its shape.
        offset: where its first byte lies in the file.
    """

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    offset: int


@dataclass(frozen=True, eq=False)
class ArrayParts:
    """An array to be written.

    Args:
        dtype: the type of its numbers or texts.
        shape: its shape.
        parts: its rows in their order, in parts.
    """

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    parts: Iterable[Array]


class NpzRows:
    """An uncompressed npz file whose arrays are read some rows at a time; never runs code from it.

    Args:
        path: the file.
        verify: whether the checksums of all arrays are compared first, which reads the whole file.

    Raises:
        ValueError: it is no npz file of plain arrays, or damaged.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path, *, verify: bool = False) -> None:
        self.path = path
        with open_regular(path, path.parent) as stream:
            try:
                self.arrays = _directory(stream, verify=verify)
            except DAMAGE as error:
                raise ValueError(str(error) or type(error).__name__) from error

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Array:
        """Some rows of an array.

        Args:
            name: its name.
            start: the first row.
            stop: the row behind the last one; by default all that follow.

        Raises:
            KeyError: there is no such array.
            ValueError: the file has become shorter.
            OSError: it cannot be read.
        """
        stored = self.arrays[name]
        rows, tail = stored.shape[0], stored.shape[1:]
        count = max(0, (rows if stop is None else min(stop, rows)) - start)
        wide = int(np.prod(tail, dtype=np.int64))
        found = np.empty(count * wide, stored.dtype)
        with open_regular(self.path, self.path.parent) as stream:
            stream.seek(stored.offset + start * wide * stored.dtype.itemsize)
            if found.nbytes and stream.readinto(found.view(np.uint8).data) != found.nbytes:
                raise ValueError(f"its array {name} is cut off")
        return found.reshape(count, *tail)


def _directory(stream: BufferedReader, *, verify: bool) -> dict[str, StoredArray]:
    """Where the arrays of a file lie, by name."""
    size = os.fstat(stream.fileno()).st_size
    with zipfile.ZipFile(stream) as archive:
        if verify and (damaged := archive.testzip()):
            raise ValueError(f"its member {damaged} has a wrong checksum")
        members = archive.infolist()
        return {member.filename.removesuffix(_ENDING): _stored(stream, member, size) for member in members}


def _stored(stream: BufferedReader, member: zipfile.ZipInfo, size: int) -> StoredArray:
    stream.seek(member.header_offset + _LENGTHS)
    lengths = struct.unpack("<HH", stream.read(4))
    begin = member.header_offset + _LOCAL_HEADER + sum(lengths)
    stream.seek(begin)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0) or member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"its member {member.filename} is compressed, or of another version")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    stored = StoredArray(dtype, shape, stream.tell())
    end = stored.offset + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if dtype.hasobject or by_columns or not shape or end - begin != member.file_size or end > size:
        raise ValueError(f"its member {member.filename} is no array of rows")
    return stored


def write_array_parts(path: Path, arrays: Mapping[str, ArrayParts]) -> None:
    """Writes arrays to an npz file that `numpy.load` reads, atomically, without ever holding one of them.

    Args:
        path: the file.
        arrays: the arrays by name.

    Raises:
        StorageError: the file could not be written.
    """

    def write(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(name + _ENDING), "w", force_zip64=True) as member:
                    descr = np.lib.format.dtype_to_descr(array.dtype)
                    header = {"descr": descr, "fortran_order": False, "shape": array.shape}
                    np.lib.format.write_array_header_1_0(member, header)
                    for part in array.parts:
                        member.write(np.ascontiguousarray(part, array.dtype).tobytes())

    replace_with(path, write)
