"""Arrays in files, each read when it is first used: named ones in an `.npz` file, or one in each `.npy` file."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from nnrun.data.files.array_header import ArrayHeader, read_header
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.read_file import file_errors
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.columns import DataFile
from nnrun.experiment.text.regular_file import open_regular

if TYPE_CHECKING:  # only the headers of a file are read where no array is
    from nnrun.data.dataset import Array

MOST_BYTES = 2**32  # of one array

SUFFIX = ".npy"
# What the libraries raise where the bytes are not those of a file of arrays, or not whole.
_DAMAGE = (
    *(ValueError, EOFError, LookupError, RuntimeError, NotImplementedError, MemoryError, struct.error),
    *(zipfile.BadZipFile, zlib.error),
)


class StoredArrays(Protocol):
    """Arrays by name, which can be read in parts."""

    @property
    def headers(self) -> Mapping[str, ArrayHeader]:
        """The shape and type of each array."""

    def array(self, name: str) -> Array:
        """An array, (rows, …)."""

    def path_of(self, name: str) -> Path:
        """The file that has it."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Its bytes in the NPY format."""


class ArrayFile:
    """The arrays of an npz file by name.

    Args:
        digest: the file.

    Attributes:
        headers: the shape and type of each array, in the order of the file.

    Raises:
        ExperimentError: it is no npz file.
    """

    def __init__(self, digest: DataFile) -> None:
        self.digest = digest
        self.path = Path(digest.path)
        self.headers: Mapping[str, ArrayHeader] = self._read_headers()
        self._arrays: dict[str, Array] = {}

    def array(self, name: str) -> Array:
        """An array as the file has it, (rows, …); read at the first call.

        Args:
            name: one of `headers`.

        Raises:
            ExperimentError: it holds Python objects, has more than 4 GB, or the file is damaged.
        """
        if name not in self._arrays:
            self._arrays[name] = self._read(name)
        return self._arrays[name]

    def _read_headers(self) -> dict[str, ArrayHeader]:
        headers: dict[str, ArrayHeader] = {}
        with self._archive() as archive:
            for member in archive.infolist():
                if member.filename.endswith(SUFFIX):
                    with archive.open(member) as stream:
                        headers[member.filename.removesuffix(SUFFIX)] = read_header(stream)
        if not headers:
            raise not_arrays(self.path, "it has none")
        return headers

    def _read(self, name: str) -> Array:
        import numpy as np

        header = self.headers[name]
        if header.bytes > MOST_BYTES:
            raise not_arrays(self.path, f'its array "{name}" has {header.bytes:,} bytes; at most 4 GB are read')
        with self.open(name) as stream:
            found: Array = np.lib.format.read_array(stream, allow_pickle=False)
            return found

    def path_of(self, name: str) -> Path:
        """The file, which has all of its arrays."""
        return self.path

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of an array in the NPY format, from the first to the last."""
        with self._archive() as archive, archive.open(f"{name}{SUFFIX}") as stream:
            yield stream

    @contextmanager
    def _archive(self) -> Iterator[zipfile.ZipFile]:
        """The file, open; errors within are those of `array`."""
        with (
            file_errors(self.path),
            open_regular(self.path) as file,
            damage(self.path),
            zipfile.ZipFile(file) as found,
        ):
            yield found


def open_arrays(files: DataFiles, path: Path) -> ArrayFile:
    """An npz file, opened at the first call.

    Args:
        files: the files of the command.
        path: the file.

    Raises:
        ExperimentError: there is no such file, it cannot be read, or is no npz file.
        StorageError: the file has changed since it was first read.
    """
    return files.opened(path, "npz", ArrayFile)


def not_arrays(path: Path, reason: str) -> ExperimentError:
    """A file that is no npz file, or a damaged one."""
    hint = "An npz file is what numpy.savez writes: plain arrays of numbers or texts."
    return ExperimentError(Problem(f"{path} is not a file of arrays: {reason}.", hint=hint))


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Reports a file that is no npz file, or not whole, as such."""
    try:
        yield
    except _DAMAGE as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise not_arrays(path, f"{reason[0].lower()}{reason[1:]}") from error
