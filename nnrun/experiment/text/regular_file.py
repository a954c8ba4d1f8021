"""The bytes of a regular file: never of a device, a pipe, a folder or a file that the kernel makes up."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

# Their files are regular ones to `stat`: an environment, a log of the kernel that waits for its next message.
_OF_THE_KERNEL = ("/proc", "/sys")
# Opening a pipe without a writer does not wait; Windows has neither.
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


class NotRegular(OSError):
    """A file that is no regular one, too large, or outside the folder that it should lie in."""


def read_regular(path: Path, most: int, within: Path | None = None) -> bytes:
    """Reads a whole file.

    Args:
        path: the file.
        most: the most bytes that it may have.
        within: the folder that it lies in, or below; a link that leads out of it is refused. None for any place.

    Raises:
        NotRegular: it is no regular file, larger, or elsewhere; nothing of it is read.
        OSError: it cannot be read.
        ValueError: no file has such a path.
    """
    with open_regular(path, within) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > most:
            raise NotRegular(0, f"it has {size / 2**20:,.0f} MB, and at most {most / 2**20:,.0f} MB are read")
        return stream.read(size)


def open_regular(path: Path, within: Path | None = None) -> BufferedReader:
    """Opens a file to read its bytes; arguments and errors are those of `read_regular`."""
    real = Path(os.path.realpath(path))
    if within is not None and not is_below(real, within):
        raise NotRegular(0, f"it is a link that leads out of {within}")
    if _is_of_the_kernel(real):
        raise NotRegular(0, f"it is not a regular file, but one of {real.parents[-2]}")
    _refuse_irregular(path.stat())  # before it is opened: that alone rewinds some devices
    descriptor = os.open(path, _FLAGS)
    try:
        _refuse_irregular(os.fstat(descriptor))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def is_regular(path: Path) -> bool:
    """Whether there is a regular file, which is none that the kernel makes up."""
    return path.is_file() and not _is_of_the_kernel(Path(os.path.realpath(path)))


def is_below(path: Path, folder: Path) -> bool:
    """Whether what the path leads to is the folder or lies in or below it."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _is_of_the_kernel(real: Path) -> bool:
    return any(real.is_relative_to(folder) for folder in _OF_THE_KERNEL)


def _refuse_irregular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise NotRegular(0, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise NotRegular(0, "it is not a regular file")
