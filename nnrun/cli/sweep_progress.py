"""The progress of a sweep on standard error: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from nnrun.cli.interruptible import InterruptibleSweepListener
from nnrun.cli.stage_line import StageLine, StandardError
from nnrun.cli.terminal import is_ci, is_plain
from nnrun.errors import printable
from nnrun.runs.provenance import tensorflow
from nnrun.sweep.listener import SweepListener

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.plan.trial import Trial
    from nnrun.sweep.results.outcome import TrialOutcome

_LINE_SECONDS = 2.0
_CI_SECONDS = 10.0
_LIVE_SECONDS = 0.1
_TIMED_TRIALS = 3  # after the first one, before the time left is estimated
_CLEAR = "\r\x1b[K"


def make_listener(quiet: bool) -> SweepListener:
    """What shows a sweep: nothing, plain lines, or a live line on a terminal that supports it."""
    if quiet:
        return InterruptibleSweepListener()
    return SweepProgress(live=not is_plain(sys.stderr))


class SweepProgress(InterruptibleSweepListener):
    """Counts the trials.

    Args:
        live: whether one line is updated in place.
    """

    last_stage = "writing tables, plots and the report"

    def __init__(self, live: bool) -> None:
        self.live = live
        self.pause = _LIVE_SECONDS if live else _CI_SECONDS if is_ci() else _LINE_SECONDS
        self.stage = StageLine(StandardError(plain=not live), silent=is_ci())
        self.total = self.done = self.before = self.failed = self.pruned = self.timed = 0
        self.began = 0.0
        self.last = time.monotonic() if is_ci() else 0.0
        self.open = False  # whether the cursor is behind the live line

    def on_sweep_begin(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        self.total, self.done, self.before = plan.count, finished, finished
        already = f", {finished:,} already finished" if finished else ""
        objective = f" for {plan.settings.objective}" if plan.settings.objective else ""
        shard = f", shard {plan.shard}" if plan.shard else ""
        for warning in plan.warnings:
            self._print_line(warning.as_warning())
        over = f"{self.total:,} trials over {', '.join(plan.columns)}{objective}"
        over = f"{self.total} folds" if plan.cross_validated else over
        self._print_line(f"{plan.name}{shard}: {over}{already}, in {folder}")
        first = f"loading {tensorflow()}, compiling and training the first trials"
        self.stage.show(self.last_stage if finished == self.total else first)

    def on_waiting(self, reason: str) -> None:
        self._print_line(reason)

    def on_trial_end(self, trial: Trial, outcome: TrialOutcome) -> None:
        self.pruned += outcome.status == "pruned"
        if outcome.status == "failed":
            self._print_line(f"{outcome.folder} failed: {outcome.reason}")
        self.on_trials_end(1, int(outcome.status == "failed"))

    def on_trials_end(self, count: int, failed: int) -> None:
        self.stage.clear()
        now = time.monotonic()
        if self.done == self.before:
            self.began, self.timed = now, -count  # only the first ones wait for TensorFlow and the compilation
        self.done += count
        self.timed += count
        self.failed += failed
        if self.done == self.total or now - self.last >= self.pause:
            self.last = now
            self._show(now)
        if self.done == self.total:
            self._end_line()
            self.stage.show(self.last_stage)

    def on_warning(self, message: str) -> None:
        self._print_line(message)

    def __exit__(self, *error: object) -> None:
        self.stage.clear()
        self._end_line()

    def _end_line(self) -> None:
        if self.open:
            click.echo(err=True)
        self.open = False

    def _show(self, now: float) -> None:
        timed, missing = self.timed, self.total - self.done
        left = f", {(now - self.began) / timed * missing:.0f} s left" if timed >= _TIMED_TRIALS and missing else ""
        failed = f", {self.failed:,} failed" if self.failed else ""
        pruned = f", {self.pruned:,} pruned" if self.pruned else ""
        line = f"{self.done:,}/{self.total:,} trials{failed}{pruned}{left}"
        if self.live:
            click.echo(f"{_CLEAR}{line}", err=True, nl=False)
            self.open = True
        else:
            click.echo(line, err=True)

    def _print_line(self, text: str) -> None:
        if self.open:
            click.echo(_CLEAR, err=True, nl=False)
            self.open = False
        self.stage.console.print(Text(printable(text)), soft_wrap=True)
