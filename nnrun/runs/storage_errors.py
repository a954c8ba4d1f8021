"""What the operating system refused, said in the words of the one family of errors."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnrun.errors import Problem, StorageError
from nnrun.experiment.text.regular_file import NotRegular

_REASONS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", "Free some space, or choose another folder."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space, or choose another folder."),
    errno.EFBIG: ("the file would be larger than allowed", "Raise the limit on file sizes (ulimit -f)."),
    errno.EROFS: ("the file system is read-only", "Choose a folder that can be written."),
    errno.EACCES: ("no permission", "Choose a folder that belongs to you, or change its permissions."),
    errno.EPERM: ("no permission", "Choose a folder that belongs to you, or change its permissions."),
    errno.ENOTDIR: ("a part of this path is a file, not a folder", "Name a folder."),
    errno.EEXIST: ("there is a file of this name", "Name a folder."),
    errno.EISDIR: ("it is a folder", "Name a file."),
    errno.ENOENT: ("there is no such file or folder", "Check the path."),
    errno.EMFILE: ("too many files are open", "Raise the limit on open files (ulimit -n)."),
}

_REGULAR = "A regular file of the folder itself belongs there."


def storage_error(action: str, path: Path, error: OSError) -> StorageError:
    """The `StorageError` that says what could not be done to `path`, and why.

    Args:
        action: the verb, such as "write".
        path: the file or folder as it should be named to the user.
        error: what the operating system said.
    """
    if isinstance(error, NotRegular):
        return StorageError(Problem(f"Could not {action} {path}: {error.strerror}.", hint=_REGULAR))
    reason, hint = _REASONS.get(error.errno or 0, (error.strerror or str(error), None))
    return StorageError(Problem(f"Could not {action} {path}: {reason}.", hint=hint))


def refuse_missing_folder(path: Path) -> None:
    """Refuses to begin work whose result could not be written.

    Raises:
        StorageError: the folder of `path` is not there, or cannot be written.
    """
    if not path.parent.is_dir():
        raise storage_error("write", path, FileNotFoundError(errno.ENOENT, ""))
    if not os.access(path.parent, os.W_OK):
        raise storage_error("write", path, PermissionError(errno.EACCES, ""))


@contextmanager
def storage_errors(action: str, path: Path) -> Iterator[None]:
    """Turns every `OSError` inside the block into a `StorageError` about `path`.

    Raises:
        StorageError: the operating system refused something inside the block.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(action, path, error) from error


@contextmanager
def temporary_file_errors() -> Iterator[None]:
    """Turns every `OSError` inside the block into a `StorageError` about temporary files.

    Raises:
        StorageError: there is no folder for temporary files, or it cannot be written.
    """
    try:
        yield
    except OSError as error:
        message = storage_error("create", Path("a temporary file"), error).problems[0].message
        if isinstance(error, FileNotFoundError):  # of `tempfile.gettempdir`
            message = "There is no folder for temporary files that can be written."
        hint = "Set TMPDIR to a folder that can be written, with a short path, as TMPDIR=/tmp."
        raise StorageError(Problem(message, hint=hint)) from error
