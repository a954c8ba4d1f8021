"""A run folder that one process has to itself; the operating system lets go of it when the process ends, however."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnrun.errors import Problem, ResumeError
from nnrun.runs.storage_errors import storage_errors


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Keeps other processes from training in the folder.

    Raises:
        ResumeError: another process has it.
        StorageError: the folder cannot be opened.
    """
    with storage_errors("open", folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            hint = "Wait for it, or end it first."
            raise ResumeError(Problem(f"Another process is training in {folder}.", hint=hint)) from error
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(descriptor)
