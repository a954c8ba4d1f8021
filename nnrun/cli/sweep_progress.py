"""The progress of a sweep on standard error: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.terminal import is_plain
from nnrun.errors import printable
from nnrun.sweep.listener import SweepListener

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.plan.trial import Trial
    from nnrun.sweep.results.outcome import TrialOutcome

_LINE_SECONDS = 2.0
_LIVE_SECONDS = 0.1
_CLEAR = "\r\x1b[K"


def make_listener(quiet: bool) -> SweepListener:
    """What shows a sweep: nothing, plain lines, or a live line on a terminal that supports it."""
    if quiet:
        return SweepListener()
    return SweepProgress(live=not is_plain(sys.stderr))


class SweepProgress(SweepListener):
    """Counts the trials.

    Args:
        live: whether one line is updated in place.
    """

    def __init__(self, live: bool) -> None:
        self.live = live
        self.total = self.done = self.before = self.failed = self.pruned = 0
        self.began = self.last = 0.0

    def on_sweep_begin(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        self.total, self.done, self.before = plan.count, finished, finished
        already = f", {finished} already finished" if finished else ""
        objective = f" for {plan.search.tracker.objective}" if plan.search else ""
        shard = f", shard {plan.shard}" if plan.shard else ""
        for warning in plan.warnings:
            self._print_line(warning.as_warning())
        over = f"{self.total} trials over {', '.join(plan.columns)}{objective}"
        self._print_line(f"{plan.name}{shard}: {over}{already}, in {folder}")

    def on_waiting(self, reason: str) -> None:
        self._print_line(reason)

    def on_trial_end(self, trial: Trial, outcome: TrialOutcome) -> None:
        now = time.monotonic()
        if self.done == self.before:
            self.began = now  # only the first trial waits for TensorFlow and the compilation
        self.done += 1
        self.pruned += outcome.status == "pruned"
        if outcome.status == "failed":
            self.failed += 1
            self._print_line(f"{outcome.folder} failed: {outcome.reason}")
        if self.done == self.total or now - self.last >= (_LIVE_SECONDS if self.live else _LINE_SECONDS):
            self.last = now
            self._show(now)

    def on_warning(self, message: str) -> None:
        self._print_line(message)

    def __exit__(self, *error: object) -> None:
        if self.live:
            click.echo(err=True)

    def _show(self, now: float) -> None:
        timed, missing = self.done - self.before - 1, self.total - self.done
        left = f", {(now - self.began) / timed * missing:.0f} s left" if timed and missing else ""
        failed = f", {self.failed} failed" if self.failed else ""
        pruned = f", {self.pruned} pruned" if self.pruned else ""
        line = f"{self.done}/{self.total} trials{failed}{pruned}{left}"
        if self.live:
            click.echo(f"{_CLEAR}{line}", err=True, nl=False)
        else:
            click.echo(line, err=True)

    def _print_line(self, text: str) -> None:
        click.echo(f"{_CLEAR if self.live else ''}{printable(text)}", err=True)
