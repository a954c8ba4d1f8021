"""What a run shows in the log of a build server: one line, or why it failed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from nnrun.cli.interruptible import InterruptibleListener
from nnrun.cli.progress import NOT_SHOWN, in_line
from nnrun.cli.run_tables import in_words
from nnrun.cli.stage_line import StandardError
from nnrun.cli.terminal import table
from nnrun.errors import printable
from nnrun.experiment.experiment import Experiment

if TYPE_CHECKING:
    from nnrun.predict.prediction_rows import PredictionTable
    from nnrun.runs.finding import Finding
    from nnrun.runs.record import RunRecord

_LINE_SECONDS = 10.0  # between two lines of progress, at least
_LAST_EPOCHS = 3


class CiListener(InterruptibleListener):
    """One line at the end of a run, and of a long one a line of progress every ten seconds.

    A run that failed is followed by its last epochs and the diagnosis; all else is in its folder, in `run.log`.

    Args:
        console: where they are printed; by default on standard error.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or StandardError(plain=True)
        self.name, self.folder = "", Path()
        self.epoch = self.epochs = 0
        self.last_epochs: deque[list[str]] = deque(maxlen=_LAST_EPOCHS)
        self.header: list[str] = []
        self.findings: Sequence[Finding] = ()
        self.record: RunRecord | None = None
        self.printed = time.monotonic()

    def on_stage(self, stage: str) -> None:
        super().on_stage(stage)
        if self.name:
            self._show_progress(stage)

    def on_claimed(self, experiment: Experiment, folder: Path) -> None:
        self._begin(experiment, folder, 0)
        for warning in experiment.warnings:
            self._print(warning.as_warning(), "yellow")

    def on_resumed(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        self._begin(experiment, folder, epochs)

    def on_epochs(self, history: Mapping[str, Sequence[float]]) -> None:
        shown = {name: values[-_LAST_EPOCHS:] for name, values in history.items() if name not in NOT_SHOWN}
        before = self.epoch
        self.epoch += len(history["loss"])
        rows = list(zip(*shown.values(), strict=True))
        numbers = range(max(before, self.epoch - _LAST_EPOCHS) + 1, self.epoch + 1)
        self.header = ["epoch", *shown]
        self.last_epochs.extend([str(number), *map(in_words, row)] for number, row in zip(numbers, rows, strict=True))
        latest = in_line(dict(zip(shown, rows[-1], strict=True)))
        self._show_progress(f"epoch {self.epoch}/{self.epochs}  {latest}")

    def on_finished(self, record: RunRecord, predictions: PredictionTable) -> None:
        self.record = record

    def on_diagnosed(self, findings: Sequence[Finding]) -> None:
        self.findings = findings

    def on_warning(self, message: str) -> None:
        self._print(f"{self.name}: {message}" if self.name else message, "yellow")

    def __exit__(self, *error: object) -> None:
        if not self.name:
            return
        if any(isinstance(reason, Exception) for reason in error):
            self._print_failure(f"{self.epoch} of {self.epochs} epochs")
        elif self.record is not None:
            self._print_result(self.record)

    def _begin(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        self.name, self.folder = experiment.name, folder
        self.epoch, self.epochs = epochs, experiment.epochs

    def _print_result(self, record: RunRecord) -> None:
        took = f"{record.epochs} epochs in {record.seconds or 0:.1f} s"
        if all(verdict.met for verdict in record.expectations):
            metrics = in_line({name: value for name, value in record.final_metrics.items() if value is not None})
            word = "passed" if record.expectations else "completed"
            self._print(f"{self.name}: {word}  {took}  {metrics}", "green")
        else:
            self._print_failure(took)

    def _print_failure(self, took: str) -> None:
        """Prints where the run is, how it was trained last, and what the diagnostics found; the reason comes behind."""
        where = f", in {self.folder}" if self.folder.is_dir() else ""  # it is released where nothing was trained
        self._print(f"{self.name}: FAILED  {took}{where}", "bold red")
        lines = table([self.header, *self.last_epochs], None) if self.last_epochs else []
        for line in (*lines, *(f"diagnosis: {finding.kind}: {finding.message}" for finding in self.findings)):
            self._print(f"  {line}")

    def _show_progress(self, text: str) -> None:
        now = time.monotonic()
        if now - self.printed >= _LINE_SECONDS:
            self.printed = now
            self._print(f"{self.name}: {text}")

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(Text(printable(text), style=style), soft_wrap=True)
