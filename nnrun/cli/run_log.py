"""What a run shows as lines of its `run.log`, beside the terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from nnrun.cli.progress import LogListener
from nnrun.cli.signals import signal_in_words
from nnrun.errors import Reported
from nnrun.experiment.experiment import Experiment
from nnrun.number_text import short
from nnrun.run_listener import ListenerGroup, RunListener
from nnrun.runs.log_file import LogFile
from nnrun.runs.record import now
from nnrun.runs.verdict import failed_expectations

if TYPE_CHECKING:
    from nnrun.predict.prediction_rows import PredictionTable
    from nnrun.runs.record import RunRecord


class LoggedListener(ListenerGroup):
    """Shows a run and writes the same as plain lines into its log, with `--quiet` too.

    Args:
        shown: what the user sees.
    """

    def __init__(self, shown: RunListener) -> None:
        self.log = RunLog(shown.on_warning)
        super().__init__(shown, self.log)

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        def save_and_log() -> str | None:
            remedy = save()
            if remedy:
                self.log.print_line(f"{signal_in_words()}\n  {remedy}")
            return remedy

        self.listeners[0].on_emergency_save(save_and_log)


class LogOnly(LoggedListener):
    """Writes the log of a run that a worker process trains, and shows nothing."""

    def __init__(self) -> None:
        super().__init__(RunListener())


class RunLog(LogListener):
    """The plain lines of a run in its log, from what was shown before the run had its folder to the error that ends it.

    Args:
        on_failure: is told once, in a sentence, why the log is not written.
    """

    def __init__(self, on_failure: Callable[[str], None]) -> None:
        self.file = LogFile(on_failure)
        console = Console(file=self.file, color_system=None, force_terminal=False, width=120, highlight=False)  # type: ignore[arg-type]
        super().__init__(console)
        self.failed = ""

    def on_claimed(self, experiment: Experiment, folder: Path) -> None:
        self._open(folder)
        super().on_claimed(experiment, folder)

    def on_resumed(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        self._open(folder)
        super().on_resumed(experiment, folder, epochs)

    def _open(self, folder: Path) -> None:
        self.file.open(folder, f"--- resumed {now().isoformat(' ', 'seconds')} ---")

    def on_finished(self, record: RunRecord, predictions: PredictionTable) -> None:
        self.failed = failed_expectations(record.expectations, short)
        super().on_finished(record, predictions)

    def __exit__(self, *error: object) -> None:
        for reason in error:
            if isinstance(reason, Reported):
                self.print_line(str(reason))
        if self.failed and not any(error):
            self.print_line(self.failed)
        self.file.close()
