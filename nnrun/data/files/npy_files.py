"""Arrays in files of their own, `.npy`, each read when it is first used."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nnrun.data.files.array_file import damage
from nnrun.data.files.array_header import ArrayHeader, read_header
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.read_file import file_errors
from nnrun.experiment.columns import DataFile
from nnrun.experiment.text.regular_file import open_regular

if TYPE_CHECKING:  # only the headers of files are read where no array is
    from nnrun.data.dataset import Array


class NpyFile:
    """A file with one array.

    Args:
        digest: the file.

    Attributes:
        header: the shape and type of the array.

    Raises:
        ExperimentError: it is no npy file, or it ends too early.
    """

    def __init__(self, digest: DataFile) -> None:
        self.path = Path(digest.path)
        with self.open() as stream:
            self.header = read_header(stream)
            if os.fstat(stream.fileno()).st_size - stream.tell() < self.header.bytes:
                raise EOFError("it ends too early")

    @cached_property
    def array(self) -> Array:
        """The array as the file has it, (rows, …)."""
        import numpy as np

        with self.open() as stream:
            found: Array = np.lib.format.read_array(stream, allow_pickle=False)
            return found

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Its bytes; errors within are those of the class."""
        with file_errors(self.path), open_regular(self.path) as file, damage(self.path):
            yield file


class NpyFiles:
    """Arrays by name, each in a file of its own; `StoredArrays`.

    Args:
        files: the file of each.
    """

    def __init__(self, files: Mapping[str, NpyFile]) -> None:
        self._files = files
        self.headers: Mapping[str, ArrayHeader] = {name: file.header for name, file in files.items()}

    def array(self, name: str) -> Array:
        """An array, (rows, …); read at the first call.

        Raises:
            ExperimentError: it holds Python objects, or the file is damaged.
        """
        return self._files[name].array

    def path_of(self, name: str) -> Path:
        """The file that has an array."""
        return self._files[name].path

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of an array in the NPY format, from the first to the last."""
        with self._files[name].open() as stream:
            yield stream


def open_npy(files: DataFiles, path: Path) -> NpyFile:
    """An npy file, opened at the first call.

    Args:
        files: the files of the command.
        path: the file.

    Raises:
        ExperimentError: there is no such file, it cannot be read, or is no npy file.
        StorageError: the file has changed since it was first read.
    """
    return files.opened(path, "npy", NpyFile)
