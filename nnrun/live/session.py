"""What `nnrun live` does all the time: it looks at its files, trains those that have changed, and keeps runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from nnrun.errors import ExperimentError, NnrunError
from nnrun.live.file_stamp import SeenFiles
from nnrun.live.latest_messages import LatestMessages
from nnrun.live.live_runner import LiveJob
from nnrun.live.messages import file_message, problems_message, started_message
from nnrun.live.named_files import named_files
from nnrun.live.single_training import single_training
from nnrun.live.training_process import TrainingProcess
from nnrun.live.watched_file import FileContent, WatchedFile
from nnrun.load import load_experiment
from nnrun.run_options import RunOptions
from nnrun.runs.recorded_files import data_files_of

# Seconds between two looks at the files.
_INTERVAL = 0.05


class Superseded(BaseException):
    """The file that is trained has changed, or one that it names; no `Exception`, which foreign code may catch."""


@dataclass(eq=False)
class Pane:
    """A file with what was trained of it last.

    Args:
        number: from 0.
        file: the file.
        beside: the code and the data that it names.
        run: the number of its training, from 1.
        digest: of the content that was read last.
        trained: what was trained of it, where it is a valid experiment.
    """

    number: int
    file: WatchedFile
    run: int = 0
    digest: str = ""
    trained: LiveJob | None = None
    beside: SeenFiles = field(default_factory=SeenFiles)

    def has_changed(self) -> bool:
        """Whether its file was saved, or one that it names."""
        return self.file.has_changed() or self.beside.have_changed()


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
        self.options = replace(options, models=None, artist=None)
        self.process = TrainingProcess(self.options, runs_dir)
        self.between = between
        self._jobs = 0
        self._asked: set[int] = set()
        self._wake = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.__exit__()

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
            if pane.has_changed():
                self._take(pane)
            if pane.number in self._asked:
                self._asked.discard(pane.number)
                self._keep(pane)

    def _take(self, pane: Pane) -> None:
        """Reads a file, and trains it if its content is new, or that of a file that it names."""
        try:
            content = pane.file.read()
        except ExperimentError as error:
            pane.beside.look(())
            pane.run, pane.digest, pane.trained = pane.run + 1, "", None
            self._publish(pane, "problems", problems_message(error))
            return
        if content.digest == pane.digest and not pane.beside.have_changed():
            return
        pane.beside.look(named_files(content.data, pane.file.path))
        pane.run, pane.digest, pane.trained = pane.run + 1, content.digest, None
        self._publish(pane, "file", file_message(content))
        try:
            self._train(pane, content)
        except Superseded:
            pane.digest = ""  # it is trained again even if it is what it was before
            return
        except NnrunError as error:
            self._publish(pane, "problems", problems_message(error))
        self._publish(pane, "stage", {"text": ""})

    def _train(self, pane: Pane, content: FileContent) -> None:
        """Trains what a file holds.

        Raises:
            NnrunError: it cannot be trained, or not to its end.
            Superseded: the file has changed.
        """
        path = pane.file.path
        files = data_files_of(path, *self.options.files, in_part=True)
        experiment = load_experiment(path, files=files, source=content.data)
        shown = single_training(experiment, path)
        pane.trained = LiveJob(self._next_job(), path, content.data, shown)
        self._publish(pane, "started", started_message(experiment, shown))
        self._publish(pane, "problems", problems_message(None))

        def between() -> None:
            self.between()
            if pane.has_changed():
                raise Superseded

        self._run(pane, pane.trained, between)

    def _keep(self, pane: Pane) -> None:
        """Trains the experiment of a pane as `nnrun train` does, into a run folder."""
        if pane.trained is None:
            self._publish(pane, "kept", {"folder": "", "problem": "There is no valid experiment to keep."})
            return
        try:
            folder = self._run(pane, replace(pane.trained, number=self._next_job(), kept=True), self.between)
            self._publish(pane, "kept", {"folder": str(folder), "problem": ""})
        except NnrunError as error:
            self._publish(pane, "kept", {"folder": "", "problem": str(error)})
        self._publish(pane, "stage", {"text": ""})

    def _run(self, pane: Pane, job: LiveJob, between: Callable[[], None]) -> Path | None:
        """Trains in the other process; the run folder, where one is kept."""

        def publish(kind: str, message: Mapping[str, Any]) -> None:
            self._publish(pane, kind, message)

        end = self.process.run(job, publish, between)
        if end.error is not None:
            raise end.error
        return end.folder

    def _next_job(self) -> int:
        self._jobs += 1
        return self._jobs

    def _publish(self, pane: Pane, kind: str, content: Mapping[str, Any]) -> None:
        self.messages.put(pane.number, kind, {"run": pane.run, **content})
