"""The folder of a sweep: its name, its experiment file, and how it appears and disappears in one step."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from nnrun.data.files.data_files import CellRoom
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.text.regular_file import read_regular
from nnrun.experiment.text.yaml_text import MAX_BYTES
from nnrun.runs import layout
from nnrun.runs.atomic import release_reserve
from nnrun.runs.folder import claim_folder
from nnrun.runs.record import now
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.plan import SweepRequest
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.sweep_record import SweepRecord

# What follows the name of an experiment in that of the folder of its sweep.
ENDING = "-sweep"

_LONGEST_NAME = 64


def claim_sweep(root: Path, name: str, moment: datetime, shard: Shard | None = None, ending: str = ENDING) -> Path:
    """Makes the folder of a new sweep, such as `runs/20261123-142233-xor-sweep`, of a shard `…-xor-sweep-2of4`.

    Raises:
        StorageError: it could not be made.
    """
    folder = claim_folder(root, _folder_name(name, shard, ending), moment)
    with storage_errors("create", folder / layout.TRIALS):
        (folder / layout.TRIALS).mkdir()
    return folder


def hidden_sweep(root: Path) -> Path:
    """Makes a hidden folder in which a sweep is assembled; `reveal_sweep` gives it its name.

    Raises:
        StorageError: it could not be made.
    """
    hidden = root / f".sweep.{os.urandom(6).hex()}.part"
    with storage_errors("create", hidden):
        (hidden / layout.TRIALS).mkdir(parents=True)
    return hidden


def reveal_sweep(hidden: Path, root: Path, name: str) -> Path:
    """Gives a complete sweep a name as `claim_sweep` does, in one step; its folder.

    Raises:
        StorageError: the folder could not be made or renamed.
    """
    folder = claim_folder(root, _folder_name(name, None), now())
    with storage_errors("write", folder):
        try:
            hidden.rename(folder)  # an empty folder is replaced
        except OSError:
            folder.rmdir()
            raise
    return folder


def _folder_name(name: str, shard: Shard | None, ending: str = ENDING) -> str:
    ending = f"{ending}-{shard.number}of{shard.of}" if shard else ending
    return f"{name[: _LONGEST_NAME - len(ending)]}{ending}"


def release_sweep(folder: Path) -> bool:
    """Removes the folder of a sweep without any trial; whether it did.

    Raises:
        StorageError: it could not be removed.
    """
    release_reserve(folder / layout.SWEEP_RECORD)
    with storage_errors("remove", folder):
        if any((folder / layout.TRIALS).iterdir()):
            return False
        for name in (layout.SWEEP_RECORD, layout.EXPERIMENT, layout.LOCK):
            (folder / name).unlink(missing_ok=True)
        (folder / layout.TRIALS).rmdir()
        folder.rmdir()
    return True


def read_request(
    folder: Path, record: SweepRecord, code: CodeAccess | None = None, room: CellRoom | None = None
) -> SweepRequest:
    """The request of the sweep in `folder`: its experiment file and the options it was started with.

    Raises:
        StorageError: its experiment file cannot be read.
    """
    with storage_errors("read", folder / layout.EXPERIMENT):
        source = read_regular(folder / layout.EXPERIMENT, MAX_BYTES + 1, folder)
    base = base_folder(folder, record)
    # Where the sweep has read them already: a changed one is found by its digest, in words and with a remedy.
    data_folders = tuple(dict.fromkeys((base / path).parent for path in record.files))
    options = record.overrides, record.grids, data_folders
    return SweepRequest(source, record.file, base, *options, runs_dir=folder.parent, code=code, room=room)


def base_folder(folder: Path, record: SweepRecord) -> Path:
    """The folder that paths in the experiment file are relative to, also where the sweep was moved together with it."""
    base = Path(record.base)
    if record.base_from_here is None or base.is_dir():
        return base
    return (folder / record.base_from_here).resolve()
