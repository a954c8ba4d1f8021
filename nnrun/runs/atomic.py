"""Files that hold either their old content or their new one, complete, whatever happens in between.

A temporary file in the same folder takes the bytes and is synced to the disk, then takes the name in one step;
last, the folder is synced, so that the new name survives a power cut too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.runs.storage_errors import storage_errors

# Bytes of a reserve; a record has some thousand.
_RESERVED = 2**14
_TEMPORARY = re.compile(r"\..*\.[0-9a-f]{12}\.part(\..*)?", re.DOTALL)


def write_bytes(path: Path, data: bytes) -> None:
    """Writes `data` to `path`, atomically.

    Raises:
        StorageError: the folder is missing or cannot be written, or the disk is full; `path` is unchanged.
    """

    replace_with(path, lambda temporary: temporary.write_bytes(data))


def write_text(path: Path, text: str) -> None:
    """Writes `text` to `path`, atomically, as UTF-8 with its line ends untouched.

    Raises:
        StorageError: as `write_bytes`.
    """
    write_bytes(path, text.encode("utf-8"))


def reserve(path: Path) -> None:
    """Reserves room for one `write_reserved` of `path`, in a hidden file beside it.

    Raises:
        StorageError: as `write_bytes`.
    """
    with storage_errors("write", path):
        _reserve(path).write_bytes(os.urandom(_RESERVED))  # which no file system compresses
        _sync(_reserve(path))


def release_reserve(path: Path) -> None:
    """Frees the room that was reserved for `path`, if any."""
    with suppress(OSError):
        _reserve(path).unlink()


def write_reserved(path: Path, text: str) -> None:
    """Writes `text` to `path` as `write_text`; where the disk is full, into the reserve, which is gone afterwards.

    Raises:
        StorageError: as `write_bytes`, and there is no reserve or the text is longer.
    """
    try:
        write_text(path, text)
        release_reserve(path)
    except StorageError:
        try:
            with _reserve(path).open("r+b") as stream:
                stream.write(text.encode("utf-8"))
                stream.truncate()
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(_reserve(path), path)
        except OSError:
            pass
        else:
            return
        raise


def _reserve(path: Path) -> Path:
    """The hidden file with the reserved room, named as `is_temporary` expects."""
    return path.with_name(f".{path.stem}.{'0' * 12}.part{path.suffix}")


def write_new_text(path: Path, text: str) -> None:
    """Writes a file that does not exist yet, as UTF-8 with the text's line ends untouched.

    Raises:
        ExperimentError: `path` already exists; it is unchanged.
        StorageError: the folder is missing or cannot be written, or the disk is full; there is nothing at `path`.
    """
    with storage_errors("write", path):
        try:
            stream = path.open("x", encoding="utf-8", newline="")
        except FileExistsError as error:
            hint = "Name another file to write, or remove this one."
            raise ExperimentError(Problem(f"{path} already exists and was not overwritten.", hint=hint)) from error
        try:
            with stream:
                stream.write(text)
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise


def replace_with(path: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` fill a temporary file that then replaces `path` in one step.

    Args:
        path: the file to replace or create.
        write: receives the temporary file's path, which lies in the same folder and ends in the same suffixes;
            the file exists and is empty.

    Raises:
        StorageError: the folder or the file cannot be written, or the disk is full; `path` is unchanged.
    """
    with storage_errors("write", path):
        temporary = _new_temporary(path)
        try:
            write(temporary)
            _sync(temporary)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync(path.parent)


def is_temporary(name: str) -> bool:
    """Whether a file of this name is what a killed process left of an atomic write."""
    return _TEMPORARY.fullmatch(name) is not None


def _new_temporary(path: Path) -> Path:
    stem, dot, suffixes = path.name.partition(".")
    temporary = path.with_name(f".{stem}.{os.urandom(6).hex()}.part{dot}{suffixes}")
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    return temporary


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
