"""A folder that one process has to itself; the operating system releases it when the process ends, however it ends."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nnrun.errors import Problem, ResumeError
from nnrun.runs import layout
from nnrun.runs.storage_errors import storage_errors

_POLL_SECONDS = 0.1
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
        _release(path, descriptor)


@contextmanager
def one_at_a_time(runs_dir: Path, settings: str, wait: Callable[[], None]) -> Iterator[None]:
    """Keeps other processes from beginning the same training; where another one has begun it, waits for its end.

    Args:
        runs_dir: the folder of all runs; made where it is missing.
        settings: the SHA-256 of what is trained, in hexadecimal digits.
        wait: is called ten times a second while another process trains; may raise `Interrupted`.

    Raises:
        StorageError: the folder cannot be made or opened.
    """
    path = runs_dir / layout.TRAINING_LOCK.format(settings=settings[:16])
    with storage_errors("create", runs_dir):
        runs_dir.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            descriptor = _lock(runs_dir, path)
            break
        except ResumeError:
            wait()
            time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        _release(path, descriptor)


def _release(path: Path, descriptor: int | None) -> None:
    if descriptor is None:
        return
    with suppress(OSError):  # Windows does not remove an open file; a lock file that is left does no harm
        if _is_at(path, descriptor):
            path.unlink()
    os.close(descriptor)


def is_occupied(folder: Path) -> bool:
    """Whether a process is training in the folder; its lock file is neither created nor removed."""
    from filelock import lock_descriptor

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
    from filelock import lock_descriptor  # slow to import, and most commands lock nothing

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
