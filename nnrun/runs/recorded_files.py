"""The data files that an experiment may read: those near it, and those that the run in its folder recorded."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from nnrun.data.files.data_files import CellRoom, DataFiles
from nnrun.errors import StorageError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.runs import layout


def recorded_digests(folder: Path) -> tuple[str, ...]:
    """The SHA-256 of the data files of the run in `folder`; none where it is not the folder of a run."""
    if not os.path.exists(folder / layout.RECORD):
        return ()

    from nnrun.runs.record import read_record  # which most experiment files do without

    try:
        return tuple(file.sha256 for file in read_record(folder).data_files)
    except StorageError:
        return ()


def data_files_of(
    file: Path,
    folders: Iterable[Path],
    code: CodeAccess | None = None,
    room: CellRoom | None = None,
    *,
    in_part: bool = False,
) -> DataFiles:
    """The data files that an experiment file may name: those near it, and those that a run in its folder recorded.

    Args:
        file: the experiment file.
        folders: folders whose data files may be read, wherever the experiment lies.
        code: the permission to run the Python code that it names.
        room: where the cells of large files are kept; None to hold all in memory.
        in_part: as for `DataFiles`.
    """
    return DataFiles(folders, recorded_digests(file.parent), code, room, in_part=in_part)
