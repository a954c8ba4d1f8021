"""The bytes of a data file of the user's own, and their SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, nearest
from nnrun.experiment.text.regular_file import NotRegular, open_regular, read_regular

MAX_BYTES = 256 * 2**20


def read_file(path: Path, most: int = MAX_BYTES) -> bytes:
    """Reads a data file whole.

    Args:
        path: the file.
        most: the most bytes that it may have.

    Raises:
        ExperimentError: there is no such file, it is not a regular file, cannot be read or is larger.
    """
    with file_errors(path, most):
        return read_regular(path, most)


def digest_file(path: Path) -> str:
    """The SHA-256 of a data file of any size, in hexadecimal digits.

    Raises:
        ExperimentError: there is no such file, it is not a regular file or cannot be read.
    """
    with file_errors(path), open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def stat_file(path: Path) -> os.stat_result:
    """The size, the time of the last change and the like of a data file, without reading it.

    Raises:
        ExperimentError: there is no such file, or it cannot be looked at.
    """
    with file_errors(path):
        return path.stat()


@contextmanager
def file_errors(path: Path, most: int | None = None) -> Iterator[None]:
    """Reports an error of the operating system within it as an ExperimentError about a data file.

    Args:
        path: the file.
        most: the most bytes that it may have; None for any number.
    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        name = _similar_name(path)
        hint = f'Did you mean "{name}"?' if name else None
        raise ExperimentError(Problem(f"There is no file {path}.", hint=hint)) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        size = "" if most is None else f" of at most {most >> 20} MB"
        hint = f"A data file is a regular file{size}." if isinstance(error, NotRegular) else None
        raise ExperimentError(Problem(f"Cannot read {path}: {reason}.", hint=hint)) from error


def _similar_name(path: Path) -> str | None:
    """A file of the same folder that is probably meant: of the same suffix, or of the same name with another one."""
    stem, suffix = path.stem.casefold(), path.suffix.casefold()
    others = [Path(name) for name in _files_beside(path)]
    others = [other for other in others if suffix == other.suffix.casefold() or stem == other.stem.casefold()]
    close = nearest(path.stem, [other.stem for other in others])
    similar = [other.name for other in others if other.stem == close]
    return nearest(path.name, similar) or next(iter(similar), None)


def _files_beside(path: Path) -> list[str]:
    try:
        return [other.name for other in path.parent.iterdir() if other.is_file()]
    except OSError:
        return []
