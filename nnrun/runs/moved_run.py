"""Finished runs that move to another folder, and the paths in them."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import msgspec

from nnrun.runs import layout
from nnrun.runs.atomic import write_bytes, write_text
from nnrun.runs.folder import claim_folder
from nnrun.runs.record import read_record, write_record
from nnrun.runs.resolved_file import moved_text
from nnrun.runs.storage_errors import storage_errors


def move_run(folder: Path, runs_dir: Path) -> Path:
    """Moves a run to a new folder in a folder of runs, on the same disk; the new folder.

    Args:
        folder: the run, in which no process works.
        runs_dir: the folder of runs.

    Raises:
        StorageError: the run cannot be read or moved.
    """
    record = read_record(folder)
    target = claim_folder(runs_dir, record.name, record.started)
    lead_from(target, folder, source=folder)
    _rename_in_log(folder, target)
    with storage_errors("write", target):
        try:
            folder.rename(target)  # an empty folder is replaced
        except OSError:  # but not by Windows
            target.rmdir()
            shutil.move(folder, target)
    return target


def _rename_in_log(folder: Path, target: Path) -> None:
    """Lets the log of a run name the folder that it moves to in place of its own.

    Raises:
        StorageError: it cannot be written.
    """
    log = folder / layout.LOG
    if not log.is_file():  # it is no result, and left out where it could not be written
        return
    with storage_errors("read", log):
        before = log.read_bytes()
    write_bytes(log, before.replace(os.fsencode(folder), os.fsencode(target)))


def lead_from(target: Path, folder: Path, *, source: Path) -> None:
    """Lets the relative paths in the `resolved.yaml` of a run or trial lead from another folder to the same files.

    Args:
        target: the folder that they should lead from.
        folder: the folder that the run is in now.
        source: the folder that they lead from.

    Raises:
        StorageError: a file cannot be read or written.
    """
    record = read_record(folder)
    before = (folder / layout.RESOLVED).read_text(encoding="utf-8")
    after = moved_text(before, [file.path for file in record.data_files], source, target)
    if after != before:
        write_text(folder / layout.RESOLVED, after)
        digest = hashlib.sha256(after.encode()).hexdigest()
        write_record(folder, msgspec.structs.replace(record, resolved_sha256=digest))
