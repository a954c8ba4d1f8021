"""The data files of one command, each of their columns read once."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nnrun.data.files.csv_column import CsvColumn
from nnrun.data.files.csv_reader import CsvReader
from nnrun.data.files.read_file import read_file
from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.experiment.columns import DataFile
from nnrun.experiment.text.regular_file import is_below, is_regular


class CsvFile:
    """A CSV file: its header, its digest, and its columns, each of them read when it is first used.

    Args:
        path: the file.
        delimiter: the character between two cells.

    Raises:
        ExperimentError: there is no such file, it cannot be read or is larger than 256 MB, or has no header.
    """

    def __init__(self, path: Path, delimiter: str) -> None:
        content = read_file(path)
        self.path = path
        self.delimiter = delimiter
        self.digest = DataFile(str(path), _sha256(content))
        self._reader: CsvReader | None = CsvReader(path.name, content, delimiter)
        self.names = self._reader.names
        self._columns: dict[str, CsvColumn] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_reader": None}

    def columns(self, names: Sequence[str]) -> dict[str, CsvColumn]:
        """The named columns.

        Raises:
            ExperimentError: a row has more or fewer cells than the header, the text is no CSV or no UTF-8, or there are
                no rows.
            StorageError: the file has changed since its header was read.
        """
        missing = [name for name in names if name not in self._columns]
        if missing or self._reader:
            reader, self._reader = self._reader or self._reopened(), None
            self._columns |= reader.columns(missing)
        return {name: self._columns[name] for name in names}

    def _reopened(self) -> CsvReader:
        content = read_file(self.path)
        refuse_changed(self.digest, _sha256(content))
        return CsvReader(self.path.name, content, self.delimiter)


class DataFiles:
    """The files that the data of a command are read from.

    Whoever checks an experiment and whoever generates its data share one of these, so that no file is read twice and
    the rows that were checked are those that are used. It can be sent to another process.

    Args:
        folders: files in or below these may be read too, wherever the experiment lies.
        known: the SHA-256 of files that may be read wherever they lie, as a run has recorded them.

    Attributes:
        changed: the refused files whose content is no longer that of a known one.
    """

    def __init__(self, folders: Iterable[Path] = (), known: Iterable[str] = ()) -> None:
        self.folders = tuple(folders)
        self.known = frozenset(known)
        self.changed: list[Path] = []
        self._csv: dict[tuple[Path, str], CsvFile] = {}

    def refuse_elsewhere(self, path: Path, folder: Path, setting: str) -> None:
        """Refuses a file outside an experiment's folder, so that an experiment of others reads no file of the user's.

        What a link leads to counts. What is not there, or no regular file, is left to be reported as such.

        Args:
            path: the file.
            folder: the folder of the experiment.
            setting: the path of the setting that names the file.

        Raises:
            ExperimentError: it lies outside this folder and those of the user's, and no run has recorded its content.
        """
        real = Path(os.path.realpath(path))
        if any(is_below(real, root) for root in (folder, *self.folders)):
            return
        if not is_regular(real):  # or not there: nothing of it is read, and the reason is said when it is opened
            return
        if self.known and _sha256(read_file(path)) in self.known:
            return
        self.changed += [path] if self.known else []
        link = f" is a link to {real}, which" if real != path.parent.resolve() / path.name else ""
        changed = " Its content is not the one that the run was trained with." if self.known else ""
        option = shlex.join(["--set", f"{setting}={path}"])
        hint = f"To read it, add to the command: {option} (or set NNRUN_DATA_DIR to a folder that holds it)"
        message = f"The data file {path}{link} lies outside the folder of the experiment file.{changed}"
        raise ExperimentError(Problem(message, hint=hint))

    def csv(self, path: Path, delimiter: str = ",") -> CsvFile:
        """A CSV file, opened at the first call.

        Raises:
            ExperimentError: as for `CsvFile`.
        """
        key = (path, delimiter)
        if key not in self._csv:
            self._csv[key] = CsvFile(path, delimiter)
        return self._csv[key]

    def verify(self, files: Iterable[DataFile]) -> None:
        """Checks that the files that were read are the same as when an experiment was checked.

        Raises:
            StorageError: one has changed.
        """
        expected = {file.path: file for file in files}
        for file in self._csv.values():
            if file.digest.path in expected:
                refuse_changed(expected[file.digest.path], file.digest.sha256)


def refuse_changed(expected: DataFile, received: str) -> None:
    """Refuses a file whose SHA-256 is no longer the expected one.

    Raises:
        StorageError: it has changed.
    """
    if received != expected.sha256:
        message = f"The data file {expected.path} changed after the experiment was checked."
        raise StorageError(Problem(message, hint="Run the command again, and leave the file as it is meanwhile."))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
