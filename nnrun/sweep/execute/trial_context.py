"""What the trials of a sweep have in common, wherever they are trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nnrun.data.files.data_files import DataFiles
from nnrun.experiment.expectations import Expectation
from nnrun.runs.record import GitState
from nnrun.sweep.search.objective_tracker import ObjectiveTracker


@dataclass(frozen=True)
class TrialContext:
    """What every trial of a sweep is trained with, as plain values.

    Args:
        folder: the sweep's folder.
        keras_home: where Keras keeps downloaded data sets.
        device: the requested device.
        threads: threads within one operation.
        reach: the target of a trial.
        weights: whether weights are written.
        command: the command line, for the records.
        versions: version by distribution name.
        git: the state of the repository.
        tracker: measures the objective of a search.
        files: the data files that were read when the trials were planned.
    """

    folder: Path
    keras_home: Path
    device: str
    threads: int
    reach: Expectation | None
    weights: bool
    command: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    git: GitState | None = None
    tracker: ObjectiveTracker | None = None
    files: DataFiles = field(default_factory=DataFiles)
