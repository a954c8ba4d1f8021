"""Files that are read as one, such as the images of a folder: their names, and one digest over all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nnrun.data.files.read_file import digest_file, file_errors, stat_file
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.text.regular_file import is_below

# The number of files, and the device, number, size and time of the last change of each.
GroupStamp = tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True)
class FileGroup:
    """Files in or below a folder.

    Args:
        path: what the group is called; no two groups of a command have the same.
        folder: the folder.
        names: their paths below the folder, in sorted order.
    """

    path: Path
    folder: Path
    names: tuple[str, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The path of each file."""
        return tuple(self.folder / name for name in self.names)

    def stamp(self) -> GroupStamp:
        """What differs after a change of a file; errors are those of `stat_file`."""
        found = map(stat_file, self.paths)
        return tuple((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) for status in found)

    def sha256(self) -> str:
        """The SHA-256 of the names and the contents of all files, in hexadecimal digits.

        Raises:
            ExperimentError: a file is not there any more, no regular file, or cannot be read.
        """
        digest = hashlib.sha256()
        for name, path in zip(self.names, self.paths, strict=True):
            digest.update(name.encode("utf-8", "surrogateescape") + b"\0" + digest_file(path).encode() + b"\n")
        return digest.hexdigest()


def folder_group(folder: Path) -> FileGroup:
    """All files in and below a folder but hidden ones, whose names begin with a dot.

    Raises:
        ExperimentError: there is no such folder, it cannot be read, or a link below it leads out of it.
    """
    with file_errors(folder):
        names = sorted(_names_below(folder))
    return FileGroup(folder, folder, tuple(names))


def _names_below(folder: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(folder, onerror=_fail):
        for name in [name for name in folders if os.path.islink(os.path.join(parent, name))]:
            hint = "Put the folder itself there."
            raise ExperimentError(Problem(f"{parent}/{name} is a link to a folder, which is not followed.", hint=hint))
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if name.startswith("."):
                continue
            if path.is_symlink():
                refuse_outside(path, folder)
            yield path.relative_to(folder).as_posix()


def refuse_outside(path: Path, folder: Path) -> None:
    """Refuses a file that does not lie in or below a folder; what a link leads to counts.

    Raises:
        ExperimentError: it lies elsewhere.
    """
    if not is_below(path, folder):
        hint = "Put the file itself there."
        raise ExperimentError(Problem(f"The data file {path} leads out of the folder {folder}.", hint=hint))


def _fail(error: OSError) -> None:
    raise error
