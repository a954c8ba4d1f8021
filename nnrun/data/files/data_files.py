"""The data files of one command, each of them read once in each process."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from nnrun.data.files.file_glob import is_there, matching_files
from nnrun.data.files.file_group import FileGroup, GroupStamp, folder_group
from nnrun.data.files.read_file import digest_file, stat_file
from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.columns import DataFile
from nnrun.experiment.text.regular_file import is_below, is_regular

T = TypeVar("T")

# The folder of rows and cells on disk, beside Keras's downloaded sets.
STREAMED = "nnrun"
# The device, the number, the size and the time of the last change of a file: they differ after a change.
_Stamp = tuple[int, int, int, int]
_Read = Path | FileGroup


@dataclass(frozen=True)
class CellRoom:
    """Where the cells of large files are kept.

    Args:
        folder: on a disk with room for them.
        most: the bytes of the largest file whose cells are held in memory, where data are not streamed anyway.
    """

    folder: Path
    most: int = sys.maxsize


def cell_room(keras_home: Path, free_memory: int | None = None) -> CellRoom:
    """The room for cells in the folder of Keras's downloaded sets.

    Args:
        keras_home: that folder.
        free_memory: the bytes of memory that are free; files above a quarter of it are kept on disk. None for those of
            streamed data alone.
    """
    return CellRoom(keras_home / STREAMED, sys.maxsize if free_memory is None else free_memory // 4)


@dataclass(eq=False)
class _KnownFile:
    """A file, or several as one, that were read here: the digest, how they were then, and what was made of them."""

    read: _Read
    digest: DataFile
    stamp: _Stamp | GroupStamp
    opened: dict[Hashable, Any] = field(default_factory=dict)


class DataFiles:
    """The files that the data of a command are read from.

    Whoever checks an experiment and whoever generates its data share one of these, so that no file is read twice and
    the rows that were checked are those that are used. Another process that it is sent to gets the paths and digests
    alone: it reads the files once by itself, and refuses those that have changed.

    Args:
        folders: files in or below these may be read too, wherever the experiment lies.
        known: the SHA-256 of files that may be read wherever they lie, as a run has recorded them.
        code: the permission to run the Python code that an experiment names; None where there is none.
        room: where the cells of large files are kept; None to hold all in memory.
        in_part: whether the first rows of a large file are enough, as for a check.

    Attributes:
        changed: the refused files whose content is no longer that of a known one.
    """

    def __init__(
        self,
        folders: Iterable[Path] = (),
        known: Iterable[str] = (),
        code: CodeAccess | None = None,
        room: CellRoom | None = None,
        *,
        in_part: bool = False,
    ) -> None:
        self.folders = tuple(folders)
        self.known = frozenset(known)
        self.code = code
        self.in_part = in_part
        self.changed: list[Path] = []
        self.room = room
        self._digests: dict[Path, DataFile] = {}
        self._here: dict[Path, _KnownFile] = {}
        self._begun: dict[Hashable, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_here": {}, "_begun": {}}

    def refuse_elsewhere(self, path: Path, folder: Path, setting: str, *, may_be_folder: bool = False) -> None:
        """Refuses a file outside an experiment's folder, so that an experiment of others reads no file of the user's.

        What a link leads to counts. What is not there, or no regular file, is left to be reported as such.

        Args:
            path: the file, or a pattern of several.
            folder: the folder of the experiment.
            setting: the path of the setting that names the file.
            may_be_folder: whether the files of a folder would be read, too.

        Raises:
            ExperimentError: it lies outside this folder and those of the user's, and no run has recorded its content.
        """
        for file in matching_files(path) if is_there(path) else ():
            self._refuse_one(file, folder, setting, may_be_folder=may_be_folder)

    def _refuse_one(self, path: Path, folder: Path, setting: str, *, may_be_folder: bool) -> None:
        real = Path(os.path.realpath(path))
        if any(is_below(real, root) for root in (folder, *self.folders)):
            return
        if not is_regular(real) and not (may_be_folder and real.is_dir()):
            # nothing is read, and the reason is said when it is opened
            return
        if self.known and self._sha256(path) in self.known:
            return
        self.changed += [path] if self.known else []
        link = f" is a link to {real}, which" if real != path.parent.resolve() / path.name else ""
        changed = " Its content is not the one that the run was trained with." if self.known else ""
        option = shlex.join(["--set", f"{setting}={path}"])
        hint = f"To read it, add to the command: {option} (or set NNRUN_DATA_DIR to a folder that holds it)"
        message = f"The data file {path}{link} lies outside the folder of the experiment file.{changed}"
        raise ExperimentError(Problem(message, hint=hint))

    def _sha256(self, path: Path) -> str:
        return self.digest(folder_group(path)).sha256 if path.is_dir() else digest_file(path)

    def folder_of_cells(self, size: int) -> Path | None:
        """The folder in which the cells of files of `size` bytes are kept; None to hold them in memory."""
        return self.room.folder if self.room is not None and size > self.room.most else None

    def keep_on_disk(self) -> None:
        """Keeps the cells of all files on disk that are read from now on, if there is room for any."""
        self.room = self.room and replace(self.room, most=0)

    def opened(self, path: _Read, options: Hashable, open_file: Callable[[DataFile], T]) -> T:
        """What is made of a file, made at the first call with these options and shared by all later ones.

        Args:
            path: the file, or several that are read as one.
            options: what else the result depends on, the kind of file among it.
            open_file: makes it, from the path and the digest of the file.

        Raises:
            ExperimentError: there is no such file, or it is not a regular file or cannot be read.
            StorageError: the file has changed since it was first read.
        """
        known = self._known(path)
        if options not in known.opened:
            made = open_file(known.digest)
            self._known(path)  # what was read while the file changed is of no use
            known.opened[options] = made
        found: T = known.opened[options]
        return found

    def begun(self, options: Hashable, begin: Callable[[], T]) -> T:
        """What is made of the beginning of a file, whose digest is not computed; made once, as for `opened`."""
        if options not in self._begun:
            self._begun[options] = begin()
        found: T = self._begun[options]
        return found

    def digest(self, path: _Read) -> DataFile:
        """A file with the SHA-256 of its bytes, or several with that of their names and bytes; errors: see `opened`."""
        return self._known(path).digest

    def _known(self, read: _Read) -> _KnownFile:
        """The file as it was first read; refused where it has changed."""
        path, there = (read, read) if isinstance(read, Path) else (read.path, read.folder)
        known = self._here.get(path)
        if known is not None and not os.path.lexists(there):
            return known  # what was read of it can still be used
        stamp = _stamp(read) if isinstance(read, Path) else read.stamp()
        if known is None or stamp != known.stamp or read != known.read:
            digest = DataFile(str(path), digest_file(read) if isinstance(read, Path) else read.sha256())
            refuse_changed(self._digests.setdefault(path, digest), digest.sha256)
            opened = known.opened if known else {}
            known = self._here[path] = _KnownFile(read, digest, stamp, opened)
        return known

    def verify(self, files: Iterable[DataFile]) -> None:
        """Checks that the files that were read are the same as when an experiment was checked, and still are.

        Raises:
            StorageError: one has changed.
        """
        expected = {file.path: file for file in files}
        for path, known in [(path, known) for path, known in self._here.items() if str(path) in expected]:
            refuse_changed(expected[str(path)], self._known(known.read).digest.sha256)


def refuse_changed(expected: DataFile, received: str) -> None:
    """Refuses a file whose SHA-256 is no longer the expected one.

    Raises:
        StorageError: it has changed.
    """
    if received != expected.sha256:
        message = f"The data file {expected.path} changed after the experiment was checked."
        raise StorageError(Problem(message, hint="Run the command again, and leave the file as it is meanwhile."))


def _stamp(path: Path) -> _Stamp:
    status = stat_file(path)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
