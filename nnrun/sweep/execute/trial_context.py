"""What the trials of a sweep have in common, wherever they are trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import Problem, ResumeError
from nnrun.experiment.threshold import Threshold
from nnrun.runs import layout
from nnrun.runs.record import GitState
from nnrun.runs.resolved_file import resolved_text
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.search.objective_tracker import ObjectiveTracker

if TYPE_CHECKING:  # loads TensorFlow
    from nnrun.sweep.execute.chunk_runner import ChunkRunner


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
        trained_on: the device of the finished trials of a resumed sweep; None where any device will do.
        held_out: whether the trials are folds, whose predictions for their validation sets are written.
        kept_in: the sweep's folder on the machine that keeps it, where `folder` is one on another machine.
        most_epochs: of a sweep whose trials have no folders, the most epochs of any trial; 0 for one with folders.
    """

    folder: Path
    keras_home: Path
    device: str
    threads: int
    reach: Threshold | None
    weights: bool
    command: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    git: GitState | None = None
    tracker: ObjectiveTracker | None = None
    files: DataFiles = field(default_factory=DataFiles)
    trained_on: str | None = None
    held_out: bool = False
    kept_in: Path | None = None
    most_epochs: int = 0

    @property
    def in_table(self) -> bool:
        """Whether the trials are rows of a table, and have no folders."""
        return self.most_epochs > 0

    def make_runner(self) -> ChunkRunner:
        """What trains the trials in a worker process."""
        from nnrun.sweep.execute.chunk_runner import ChunkRunner

        return ChunkRunner(self)

    def resolved_text(self, trial: Trial) -> str:
        """The text of a trial's `resolved.yaml`, whose path of a data file is relative to the folder that keeps it."""
        return resolved_text(trial.experiment, (self.kept_in or self.folder) / layout.TRIALS / trial.name)

    def refuse_other_device(self, device: str) -> None:
        """Refuses to train on another kind of device than that of the finished trials.

        Args:
            device: the device that TensorFlow uses, such as `cpu` or `gpu:0`.

        Raises:
            ResumeError: it is another kind.
        """
        if self.trained_on is not None and kind_of(device) != kind_of(self.trained_on):
            message = f"The device of the finished trials was {self.trained_on} and is {device} now."
            hint = "The results would not be those of an uninterrupted sweep. Resume it anyway with --force."
            raise ResumeError(Problem(message, hint=hint))


def kind_of(device: str) -> str:
    """The kind of a device: `gpu` for `gpu:0`."""
    return device.partition(":")[0]
