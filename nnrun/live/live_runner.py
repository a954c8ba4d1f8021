"""What the process that trains for the page does: a training whose course is sent, or a run that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import Bug, Interrupted, Reported
from nnrun.experiment.experiment import Experiment
from nnrun.live.live_training import LiveTraining
from nnrun.live.single_training import SingleTraining
from nnrun.load import load_experiment
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.recorded_files import data_files_of
from nnrun.training.shared_models import SharedModels


@dataclass(frozen=True)
class LiveJob:
    """A file that is to be trained.

    Args:
        number: another one for every job.
        file: the file.
        content: what it held.
        shown: which training of the file.
        kept: whether it becomes a run folder, as `nnrun train` makes it; otherwise nothing is written.
    """

    number: int
    file: Path
    content: bytes
    shown: SingleTraining
    kept: bool = False


@dataclass(frozen=True)
class LiveEnd:
    """The end of a job.

    Args:
        programs: how many programs the process has compiled.
        error: what has ended it early; None where nothing has.
        folder: the run folder, where one is kept.
    """

    programs: int
    error: Reported | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class LiveContext:
    """What all jobs of a process have in common.

    Args:
        options: how trainings are computed, and how runs are kept.
        runs_dir: where runs are kept.
        scratch: an existing folder for temporary files.
        channel: takes what is sent to the page, as pairs of kind and content; gives the number of a job that shall end.
    """

    options: RunOptions
    runs_dir: Path
    scratch: Path
    channel: Connection

    def make_runner(self) -> LiveRunner:
        """What trains in this process."""
        return LiveRunner(self)


class LiveRunner:
    """Trains files one after another in this process, on one model and one program where they fit.

    Args:
        context: what they have in common.
    """

    may_stop = True

    def __init__(self, context: LiveContext) -> None:
        self.context = context
        self.models = SharedModels()
        self.number = 0

    @property
    def programs(self) -> int:
        """How many programs were compiled."""
        return self.models.programs

    def train(self, job: LiveJob) -> Iterator[LiveEnd]:
        """Trains a file; how it ended."""
        self.number = job.number
        folder, error = None, None
        try:
            if job.kept:
                folder = self._keep(job)
            else:
                self._show(job)
        except Reported as found:
            error = found
        except Exception as found:  # of a component, say: the page stays, and shows it
            error = Bug(f"{type(found).__name__}: {found}")
        yield LiveEnd(self.programs, error, folder)

    def _show(self, job: LiveJob) -> None:
        context = self.context
        experiment, files = self._load(job)
        training = LiveTraining(context.options, self.models, self._publish, self._between, context.scratch)
        training.train(experiment, files)

    def _keep(self, job: LiveJob) -> Path:
        from nnrun.run import train_experiment

        context = self.context
        experiment, files = self._load(job)
        options = replace(context.options, models=self.models, command=job.shown.command)
        listener = _Keeping(self._publish, self._between)
        return train_experiment(experiment, files, options, listener, job.file.parent, context.runs_dir).folder

    def _load(self, job: LiveJob) -> tuple[Experiment, DataFiles]:
        files = data_files_of(job.file, *self.context.options.files)
        return load_experiment(job.file, job.shown.overrides, files=files, source=job.content), files

    def _publish(self, kind: str, content: Mapping[str, Any]) -> None:
        self.context.channel.send((kind, content))

    def _between(self) -> None:
        """Ends the job where that is wanted.

        Raises:
            Interrupted: it is.
        """
        while self.context.channel.poll():
            if self.context.channel.recv() == self.number:  # not one that has ended meanwhile
                raise Interrupted("Interrupted.")


class _Keeping(RunListener):
    """Tells the stages of a run that is kept."""

    def __init__(self, publish: Any, between: Any) -> None:
        self.publish = publish
        self.on_safe_point = between  # type: ignore[method-assign]

    def on_stage(self, stage: str) -> None:
        self.on_safe_point()
        self.publish("stage", {"text": f"keeping: {stage}"})
