"""What `nnrun live` does all the time: it looks at its files, trains those that have changed, and keeps runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import Bug, ExperimentError, Reported
from nnrun.experiment.experiment import Experiment
from nnrun.live.latest_messages import LatestMessages
from nnrun.live.live_training import LiveTraining
from nnrun.live.messages import file_message, problems_message
from nnrun.live.watched_file import FileContent, WatchedFile
from nnrun.load import load_experiment
from nnrun.run import train_experiment
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.record import data_files_of
from nnrun.training.shared_models import SharedModels

# Seconds between two looks at the files.
_INTERVAL = 0.05


class Superseded(BaseException):
    """The file that is trained has changed; no `Exception`, so that no foreign code catches it."""


@dataclass(eq=False)
class Pane:
    """A file with what was trained of it last.

    Args:
        number: from 0.
        file: the file.
        run: the number of its training, from 1.
        digest: of the content that was read last.
        trained: the experiment with its data files, where it is a valid one.
    """

    number: int
    file: WatchedFile
    run: int = 0
    digest: str = ""
    trained: tuple[Experiment, DataFiles] | None = None


class LiveSession:
    """Trains files at every save, one training at a time, and tells what comes of it.

    Args:
        paths: the experiment files.
        options: how they are computed, and how runs are kept.
        runs_dir: where runs are kept.
        between: called often, also while nothing happens; ends the session by raising.
    """

    def __init__(
        self, paths: tuple[Path, ...], options: RunOptions, runs_dir: Path, between: Callable[[], None]
    ) -> None:
        self.panes = [Pane(number, WatchedFile(path)) for number, path in enumerate(paths)]
        self.messages = LatestMessages()
        self.options = replace(options, models=None)
        self.models = SharedModels()
        self.runs_dir = runs_dir
        self.between = between
        self._asked: set[int] = set()
        self._wake = threading.Event()

    def ask_to_keep(self, pane: int) -> None:
        """Keeps the experiment of a pane as a run, as soon as no training is under way; from any thread."""
        self._asked.add(pane)
        self.wake()

    def wake(self) -> None:
        """Looks at the files at once; from any thread."""
        self._wake.set()

    def run(self) -> None:
        """Watches and trains until `between` raises."""
        while True:
            self.step()
            self._wake.wait(_INTERVAL)
            self._wake.clear()

    def step(self) -> None:
        """Trains every file that has changed, and keeps the runs that were asked for."""
        for pane in self.panes:
            self.between()
            if pane.file.has_changed():
                self._take(pane)
            if pane.number in self._asked:
                self._asked.discard(pane.number)
                self._keep(pane)

    def _take(self, pane: Pane) -> None:
        """Reads a file, and trains it if its content is new."""
        try:
            content = pane.file.read()
        except ExperimentError as error:
            pane.run, pane.digest, pane.trained = pane.run + 1, "", None
            self._publish(pane, "problems", problems_message(error))
            return
        if content.digest == pane.digest:
            return
        pane.run, pane.digest, pane.trained = pane.run + 1, content.digest, None
        self._publish(pane, "file", file_message(content))
        try:
            self._train(pane, content)
        except Superseded:
            pane.digest = ""  # it is trained again even if it is what it was before
        except Reported as error:
            self._end(pane, error)
        except Exception as error:  # of a component, say: the page stays, and shows it
            self._end(pane, Bug(f"{type(error).__name__}: {error}"))
        else:
            self._end(pane, None)

    def _train(self, pane: Pane, content: FileContent) -> None:
        path = pane.file.path
        files = data_files_of(path, *self.options.files)
        experiment = load_experiment(path, files=files, source=content.data)
        pane.trained = (experiment, files)
        warnings = [warning.as_warning() for warning in experiment.warnings]
        self._publish(pane, "started", {"name": experiment.name, "epochs": experiment.epochs, "warnings": warnings})
        self._publish(pane, "problems", problems_message(None))

        def between() -> None:
            self.between()
            if pane.file.has_changed():
                raise Superseded

        def publish(kind: str, message: Mapping[str, Any]) -> None:
            self._publish(pane, kind, message)

        LiveTraining(self.options, self.models, publish, between).train(experiment, files)

    def _end(self, pane: Pane, error: Reported | None) -> None:
        """Tells that a training is over; an error that ends the session passes."""
        if error is not None and not isinstance(error, Exception):
            raise error
        if error is not None:
            self._publish(pane, "problems", problems_message(error))
        self._publish(pane, "stage", {"text": ""})

    def _keep(self, pane: Pane) -> None:
        """Trains the experiment of a pane as `nnrun train` does, into a run folder."""
        if pane.trained is None:
            self._publish(pane, "kept", {"folder": "", "problem": "There is no valid experiment to keep."})
            return
        experiment, files = pane.trained
        options = replace(self.options, models=self.models, command=("nnrun", "train", str(pane.file.path)))
        listener = _Keeping(self.between, lambda stage: self._publish(pane, "stage", {"text": f"keeping: {stage}"}))
        try:
            kept = train_experiment(experiment, files, options, listener, pane.file.path.parent, self.runs_dir)
            self._publish(pane, "kept", {"folder": str(kept.folder), "problem": ""})
        except Reported as error:
            if not isinstance(error, Exception):
                raise
            self._publish(pane, "kept", {"folder": "", "problem": str(error)})
        self._publish(pane, "stage", {"text": ""})

    def _publish(self, pane: Pane, kind: str, content: Mapping[str, Any]) -> None:
        self.messages.put(pane.number, kind, {"run": pane.run, **content})


class _Keeping(RunListener):
    """Tells the stages of a run that is kept."""

    def __init__(self, between: Callable[[], None], tell: Callable[[str], None]) -> None:
        self.on_safe_point = between  # type: ignore[method-assign]
        self.tell = tell

    def on_stage(self, stage: str) -> None:
        self.on_safe_point()
        self.tell(stage)
