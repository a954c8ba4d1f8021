"""One experiment file tested in this process."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nnrun.errors import ExperimentError
from nnrun.runs.storage_errors import temporary_file_errors
from nnrun.testing.case_listener import CaseListener
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.case_result import CaseResult, invalid
from nnrun.testing.case_training import train_case
from nnrun.testing.experiment_case import load_case
from nnrun.testing.swept_case import train_swept


def run_file(file: Path, options: CaseOptions) -> CaseResult:
    """Tests an experiment file; folds and seeds are trained in processes of their own.

    Args:
        file: the file.
        options: how.

    Raises:
        StorageError: there is no temporary folder.
    """
    try:
        case = load_case(0, file, options.run)
    except ExperimentError as error:
        return invalid(0, file, error)
    if case.folds or options.seeds:
        return train_swept(case, options, CaseListener())
    with temporary_file_errors(), tempfile.TemporaryDirectory(prefix="nnrun-") as scratch:
        return train_case(case, options, Path(scratch))
