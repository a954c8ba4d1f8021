"""A folder that one process has to itself; the operating system releases it when the process ends, however it ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import lock_descriptor

from nnrun.errors import Problem, ResumeError
from nnrun.runs import layout
from nnrun.runs.storage_errors import storage_errors

_CANNOT_WRITE = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Keeps other processes from training in the folder, by a lock on a file inside it that is removed at the end.

    Where the folder cannot be written or the file system has no locks, nothing is locked.

    Raises:
        ResumeError: another process has it.
        StorageError: the folder cannot be opened.
    """
    path = folder / layout.LOCK
    descriptor = _lock(folder, path)
    try:
        yield
    finally:
        if descriptor is not None:
            with suppress(OSError):  # Windows does not remove an open file; a lock file that is left does no harm
                if _is_at(path, descriptor):
                    path.unlink()
            os.close(descriptor)


def is_occupied(folder: Path) -> bool:
    """Whether a process is training in the folder; its lock file is neither created nor removed."""
    path = folder / layout.LOCK
    try:
        descriptor = os.open(path, getattr(os, "O_CLOEXEC", 0) | os.O_RDWR)
    except OSError:  # a process that trains keeps the file, unless it could not write the folder
        return False
    try:
        return not lock_descriptor(descriptor, blocking=False)
    except OSError:  # a file system without locks: nothing speaks against the record
        return True
    finally:
        os.close(descriptor)


def _lock(folder: Path, path: Path) -> int | None:
    """Opens and locks the lock file; None where it can be neither created nor opened in a folder that exists."""
    while True:
        with storage_errors("open", folder):
            descriptor = _open(folder, path)
        if descriptor is None:
            return None
        try:
            free = lock_descriptor(descriptor, blocking=False)
        except OSError:  # a file system without locks
            return descriptor
        if not free:
            os.close(descriptor)
            hint = "Wait for it, or end it first."
            raise ResumeError(Problem(f"Another process is training in {folder}.", hint=hint))
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)  # its last owner has removed it in the meantime


def _open(folder: Path, path: Path) -> int | None:
    flags = getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        if error.errno not in _CANNOT_WRITE or not folder.is_dir():
            raise
    with suppress(OSError):
        return os.open(path, flags | os.O_RDONLY)
    return None


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the open file is still the one at the path."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False
