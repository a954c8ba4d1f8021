"""The files that the data of a sweep are read from."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.plan import SweepPlan


def data_files(plan: SweepPlan) -> dict[str, str]:
    """The SHA-256 of every file that the trials' data are read from, by its path below the folder of the experiment.

    Raises:
        StorageError: one cannot be read any more.
    """
    generators = (trial.experiment.data.generator for trial in plan.trials)
    paths = dict.fromkeys(Path(part.arguments["path"]) for part in generators if part.content is not None)
    return {os.path.relpath(path, plan.request.folder): _digest(path) for path in paths}


def _digest(path: Path) -> str:
    with storage_errors("read", path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
