"""One experiment file tested by itself."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from nnrun.errors import ExperimentError
from nnrun.runs.storage_errors import temporary_file_errors
from nnrun.testing.case_listener import CaseListener
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.case_result import CaseResult, invalid
from nnrun.testing.case_training import train_case
from nnrun.testing.case_workers import train_cases
from nnrun.testing.experiment_case import load_case
from nnrun.testing.swept_case import train_swept


def run_file(file: Path, options: CaseOptions) -> CaseResult:
    """Tests an experiment file in this process; where that is full of programs, in one of its own, as folds and seeds.

    Args:
        file: the file.
        options: how; `run.models` are the models of this process.

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
        models = options.run.models
        if models is None or not models.are_full:
            return train_case(case, options, Path(scratch))
        elsewhere = replace(options, run=replace(options.run, models=None))
        (result,) = train_cases([case], elsewhere, Path(scratch), CaseListener())
        return result
