"""The progress of a run on standard error: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from nnrun.cli.interruptible import InterruptibleListener
from nnrun.cli.prediction_table import plain_table, prediction_table
from nnrun.cli.run_tables import in_words
from nnrun.cli.stage_line import StageLine, StandardError
from nnrun.errors import printable
from nnrun.experiment.experiment import Experiment
from nnrun.plots.log_rule import ROUNDING
from nnrun.predict.units import units_of_metrics
from nnrun.runs.layer_summary import COLUMNS

if TYPE_CHECKING:
    from nnrun.predict.prediction_rows import PredictionTable
    from nnrun.runs.finding import Finding
    from nnrun.runs.layer_summary import LayerSummary
    from nnrun.runs.record import RunRecord

_BARS = "▁▂▃▄▅▆▇█"
_SPARK_WIDTH = 12
_NARROW = 60  # columns, below which neither a spark line nor the arithmetic of parameters fits
_LINE_SECONDS = 1.0  # between two plain lines, at least
NOT_SHOWN = ("learning_rate", "seconds")
_UNEVEN = (
    "The loss of each output is Keras's mean over batches; the last batch is smaller, so these losses do not add up to "
    "loss."
)


class _RunProgress(InterruptibleListener):
    """What both kinds of progress print: summary, predictions, metrics, expectations, diagnostics."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.stage = StageLine(console)
        self.epochs = 0
        self.epoch = 0
        self.losses: list[float] = []
        self.uneven = False  # several outputs, and a last batch that is smaller than the others

    def print_line(self, text: str, style: str = "") -> None:
        """Prints one line without interpreting markup; a terminal wraps it between words."""
        self.console.print(Text(printable(text), style=style), soft_wrap=not self.console.is_terminal)

    def on_stage(self, stage: str) -> None:
        self.stage.show(stage)

    def on_claimed(self, experiment: Experiment, folder: Path) -> None:
        self.epochs = experiment.epochs
        for warning in experiment.warnings:
            self.print_line(warning.as_warning(), "yellow")
        self.print_line(f"{experiment.name}: {experiment.epochs} epochs, seed {experiment.seed}, in {folder}")

    def on_resumed(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        self.epochs = experiment.epochs
        self.epoch = epochs
        self.print_line(f"{experiment.name}: resuming from epoch {epochs} of {experiment.epochs}, in {folder}")

    def on_built(
        self,
        experiment: Experiment,
        summary: Sequence[LayerSummary],
        facts: Mapping[str, Any],
        parts: Mapping[str, int],
    ) -> None:
        table = plain_table(COLUMNS)
        for layer in summary:
            table.add_row(*map(Text, layer.cells(explained=self.console.width >= _NARROW)))
        self.console.print(table)
        samples = ", ".join(f"{count} {name} sample{'s' * (count != 1)}" for name, count in parts.items())
        threads = f"{facts['threads']} thread{'s' * (facts['threads'] != 1)}"
        where = f"{facts['engine']} engine on {facts['device']} with {threads}"
        self.print_line(f"{facts['parameters']} parameters; {samples}; {where}")
        if len(experiment.outputs) > 1:
            self.uneven = any(
                count % experiment.batch_size and count > experiment.batch_size for count in parts.values()
            )
        if experiment.data.stream:
            self.print_line("The data are streamed: predictions, pictures and diagnostics take a sample of each set.")
        self.print_line("The same file gives the same weights with these versions and this number of threads.")

    def on_epochs(self, history: Mapping[str, Sequence[float]]) -> None:
        self.losses.extend(history["loss"])
        self.epoch += len(history["loss"])
        self.show({name: values[-1] for name, values in history.items() if name not in NOT_SHOWN})

    def show(self, metrics: Mapping[str, float]) -> None:
        """Shows the metrics of the last epoch."""
        raise NotImplementedError

    def on_finished(self, record: RunRecord, predictions: PredictionTable) -> None:
        table, hidden = prediction_table(predictions, self.console.width)
        self.console.print(table)
        if hidden:
            self.print_line(hidden)
        if record.reason:
            self.print_line(record.reason)
        if record.kept_epoch != record.epochs:
            self.print_line(f"The saved weights are those of the best epoch, {record.kept_epoch}.")
        self.print_line("final: " + in_line({n: v for n, v in record.final_metrics.items() if v is not None}))
        if self.uneven:
            self.print_line(_UNEVEN)
        if units := units_of_metrics(record.target_units):
            self.print_line(units)
        for verdict in record.expectations:
            mark, style = ("passed", "green") if verdict.met else ("FAILED", "bold red")
            self.print_line(f"expected {verdict.expectation}: {mark} ({verdict.describe(in_words)})", style)

    def on_diagnosed(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            self.print_line(f"diagnosis: {finding.kind}: {finding.message} {finding.remedy}", "yellow")

    def on_warning(self, message: str) -> None:
        self.print_line(message, "yellow")


class LogListener(_RunProgress):
    """Plain lines, no escape codes, at most about one a second.

    Args:
        console: where they are printed; by default on standard error.
    """

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console or StandardError(plain=True))
        self.last = 0.0

    def show(self, metrics: Mapping[str, float]) -> None:
        now = time.monotonic()
        if self.epoch == self.epochs or now - self.last >= _LINE_SECONDS:
            self.last = now
            self.print_line(f"epoch {self.epoch}/{self.epochs}  {in_line(metrics)}")


class ProgressListener(_RunProgress):
    """One live line: epoch, bar, metrics, the loss so far as a spark line, the time left."""

    def __init__(self) -> None:
        super().__init__(StandardError(plain=False))
        self.progress = Progress(
            TextColumn("epoch {task.completed}/{task.total}", markup=False),
            BarColumn(bar_width=None),
            _PlainColumn("metrics"),
            _PlainColumn("spark"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=False,
        )

    def on_stage(self, stage: str) -> None:
        self.progress.stop()
        super().on_stage(stage)

    def on_built(self, *arguments: Any) -> None:
        super().on_built(*arguments)
        self.task = self.progress.add_task("", total=self.epochs, completed=self.epoch, metrics="", spark="")

    def show(self, metrics: Mapping[str, float]) -> None:
        self.stage.clear()
        self.progress.start()
        width = self.console.width
        narrow = width < _NARROW
        shown = _fitting(metrics, width - (30 if narrow else 45))
        spark = "" if narrow else spark_line(self.losses)
        self.progress.update(self.task, completed=self.epoch, refresh=True, metrics=shown, spark=spark)

    def on_finished(self, record: RunRecord, predictions: PredictionTable) -> None:
        self.progress.stop()  # a callback may have stopped the training early
        super().on_finished(record, predictions)

    def __exit__(self, *error: object) -> None:
        self.stage.clear()
        self.progress.stop()


class _PlainColumn(ProgressColumn):
    """A field of the task without markup."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def render(self, task: Task) -> Text:
        return Text(printable(str(task.fields.get(self.field, ""))), no_wrap=True)


def spark_line(values: Sequence[float], width: int = _SPARK_WIDTH) -> str:
    """A series as a line of bars, the mean of each stretch, on a logarithmic scale where all are positive.

    Args:
        values: the series, at least one number.
        width: the most bars.
    """
    thinned = values[:: max(1, len(values) // (20 * width))]
    finite = [value for value in thinned if math.isfinite(value)]
    if not finite:
        return ""
    heights = [math.log(value) for value in finite] if min(finite) > 0 else finite
    width = min(width, len(heights))
    edges = [round(i * len(heights) / width) for i in range(width + 1)]
    means = [sum(heights[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means), max(means)
    flat = max(finite) - min(finite) <= ROUNDING * max(map(abs, finite))
    scale = 0.0 if flat or high == low else (len(_BARS) - 1) / (high - low)
    return "".join(_BARS[round((mean - low) * scale)] for mean in means)


def in_line(metrics: Mapping[str, float]) -> str:
    """The metrics in one line."""
    return "  ".join(f"{name} {in_words(value)}" for name, value in metrics.items())


def _fitting(metrics: Mapping[str, float], width: int) -> str:
    """As many metrics, from the first on, as the width has room for."""
    line = ""
    for count in range(1, len(metrics) + 1):
        longer = in_line(dict(list(metrics.items())[:count]))
        if len(longer) > max(width, 0):
            break
        line = longer
    return line
