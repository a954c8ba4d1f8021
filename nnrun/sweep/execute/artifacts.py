"""The files of a trial as plain bytes, from a machine that does not see the sweep's folder."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from nnrun.errors import Bug
from nnrun.runs import layout
from nnrun.runs.staging import staged_folder
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.trial import Trial

# The bytes of each file by its path below the trial's folder.
Artifacts = dict[str, bytes]


def pack(trial: Path) -> Artifacts:
    """The files of a trial, whose folder is removed.

    Raises:
        StorageError: a file cannot be read.
    """
    with storage_errors("read", trial):
        files = sorted(path for path in trial.rglob("*") if path.is_file())
        artifacts = {path.relative_to(trial).as_posix(): path.read_bytes() for path in files}
        shutil.rmtree(trial)
    return artifacts


def unpack(artifacts: Artifacts, folder: Path, trial: Trial) -> None:
    """Writes the files of a trial into the sweep's folder, as if it had been trained there.

    Raises:
        Bug: the path of a file leads out of the trial's folder.
        StorageError: a file cannot be written.
    """
    with staged_folder(folder / layout.TRIALS / trial.name) as hidden:
        for name, content in artifacts.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise Bug(f"A worker sent a file with a path outside the folder of its trial: {name}")
            with storage_errors("write", hidden / path):
                (hidden / path).parent.mkdir(parents=True, exist_ok=True)
                (hidden / path).write_bytes(content)
