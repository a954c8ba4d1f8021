"""Files of downloadable data sets, which may be on this machine already."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nnrun.data.generators.generator import GeneratorArguments
from nnrun.errors import ExperimentError, Place, Problem, StorageError

_TIMEOUT = 30.0

# Where `keras.datasets` has most of its files from.
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@dataclass(frozen=True)
class KerasFile:
    """A file that `keras.datasets` downloads.

    Args:
        name: its name in Keras's folder of data sets.
        url: its address.
        sha256: the SHA-256 of its content in hexadecimal, as in Keras's source.
    """

    name: str
    url: str
    sha256: str

    def fetch(self, keras_home: Path, place: Place | None = None) -> Path:
        """The path of the file, which is downloaded unless it is there, and whose content is the expected one.

        Args:
            keras_home: Keras's folder.
            place: the place of the generator that needs it.

        Raises:
            ExperimentError: the file does not exist and cannot be downloaded, or another file was downloaded.
            StorageError: the file cannot be read or written, or has another content.
        """
        path = fetch_file(keras_home / "datasets" / self.name, self.url, self.sha256, place)
        try:
            with path.open("rb") as file:
                received = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise StorageError(Problem(f"The data file {path} cannot be read: {error}.")) from error
        if received != self.sha256:
            message = f"The data file {path} is not the expected one of the SHA-256 {self.sha256}. Received: {received}"
            raise StorageError(Problem(message, place, "Delete it: it will be downloaded again."))
        return path


def fetch_file(path: Path, url: str, sha256: str | None, place: Place | None = None) -> Path:
    """Downloads a file to `path` unless it exists.

    The file appears whole or not at all. An existing file is used as it is.

    Args:
        path: the local path.
        url: its address.
        sha256: the SHA-256 of its content in hexadecimal, or None when it is not known.
        place: the place of the generator that needs it.

    Returns:
        The path.

    Raises:
        ExperimentError: the file does not exist and cannot be downloaded, or another file was downloaded.
        StorageError: the file cannot be written.
    """
    # Path.is_file raises where a folder above may not be entered.
    if os.path.isfile(path):
        return path
    content = _download(path, url, place)
    received = hashlib.sha256(content).hexdigest()
    if sha256 not in (None, received):
        message = f"{url} is not the expected file of the SHA-256 {sha256}. Received: {received}"
        raise ExperimentError(Problem(message, place, f"Put the right file at {path}."))
    _write(path, content)
    return path


def training_rows(given: GeneratorArguments, available: int) -> int:
    """How many of the training rows of a downloaded set are taken.

    Raises:
        ExperimentError: more are wanted than there are.
    """
    count: int = given["samples"]
    if "samples" in given.component.arguments and count > available:
        name = given.component.name
        message = f"The data generator {name} has {available} training rows here. Received: {count} samples"
        raise ExperimentError(Problem(message, given.component.place_of("samples")))
    return count


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Reports what goes wrong within it as a StorageError about a downloaded file or folder."""
    import pickle
    import tarfile
    import zipfile
    import zlib

    broken = (zipfile.BadZipFile, zlib.error, tarfile.TarError, pickle.UnpicklingError)
    try:
        yield
    except (OSError, EOFError, KeyError, TypeError, ValueError, *broken) as error:
        hint = "If it is damaged, delete it: it will be downloaded again."
        raise StorageError(Problem(f"The data file {path} cannot be read: {error}.", hint=hint)) from error


def _download(path: Path, url: str, place: Place | None) -> bytes:
    import http.client
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
            content: bytes = response.read()
    except (OSError, http.client.HTTPException) as error:
        message = f"The data file {path} does not exist and cannot be downloaded: {error}."
        raise ExperimentError(Problem(message, place, f"Put the file from {url} at {path}.")) from error
    return content


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink()
            raise
    except OSError as error:
        raise StorageError(Problem(f"The data file {path} cannot be written: {error}.")) from error
