"""Files of downloadable data sets, which may be on this machine already."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from nnrun.errors import ExperimentError, Place, Problem, StorageError

_TIMEOUT = 30.0


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
