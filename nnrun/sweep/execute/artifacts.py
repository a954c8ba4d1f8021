"""The files of a trial as plain bytes, for a sweep's folder that the machine which trained it does not see."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from nnrun.errors import Bug
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.sweep_folder import begin_trial, end_trial, write_part

# The bytes of each file by its path below the trial's folder.
Parcel = dict[str, bytes]


def pack(trial: Path) -> Parcel:
    """The files of a trial, which are removed where they were.

    Raises:
        StorageError: one cannot be read.
    """
    with storage_errors("read", trial):
        files = sorted(path for path in trial.rglob("*") if path.is_file())
        parcel = {path.relative_to(trial).as_posix(): path.read_bytes() for path in files}
        shutil.rmtree(trial)
    return parcel


def unpack(parcel: Parcel, folder: Path, trial: Trial) -> None:
    """Writes the files of a trial into the sweep's folder, as if it had been trained there.

    Raises:
        Bug: a file is to lie outside the trial's folder.
        StorageError: one cannot be written.
    """
    hidden = begin_trial(folder, trial)
    try:
        for name, content in parcel.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise Bug(f"A worker sent a file that is to lie outside the folder of its trial: {name}")
            with storage_errors("write", hidden / path):
                (hidden / path).parent.mkdir(parents=True, exist_ok=True)
            write_part(hidden / path, content)
        end_trial(folder, trial, hidden)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
