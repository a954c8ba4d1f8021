"""The progress of a freeze, and what it prints of a golden file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.cli.interruptible import InterruptibleListener, InterruptibleSweepListener
from nnrun.cli.stage_line import StageListener
from nnrun.cli.sweep_progress import SweepProgress
from nnrun.cli.terminal import is_plain, table
from nnrun.number_text import short
from nnrun.runs.provenance import tensorflow
from nnrun.sweep.listener import SweepListener

if TYPE_CHECKING:
    from nnrun.golden.golden_file import FrozenMetric, GoldenFile
    from nnrun.run_listener import RunListener
    from nnrun.sweep.plan.plan import SweepPlan


def make_listeners(file: Path, quiet: bool) -> tuple[SweepListener, RunListener]:
    """What shows the trainings of a freeze, and the one of them that is trained alone as well.

    Nothing where it is quiet, a live line on a terminal that supports it, else plain lines.

    Args:
        file: the experiment file.
        quiet: whether to show nothing.
    """
    if quiet:
        return InterruptibleSweepListener(), InterruptibleListener()
    progress = FreezeProgress(live=not is_plain(sys.stderr))
    progress.stage.show(f"checking {file}")
    return progress, StageListener(progress.stage, "one seed alone")


class FreezeProgress(SweepProgress):
    """Counts the seeds; the folder of their sweep is removed, so it is not named."""

    def on_sweep_begin(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        self.stage.clear()
        self.total = plan.count
        for warning in plan.warnings:
            self._print_line(warning.as_warning())
        self._print_line(f"{plan.name}: {self.total:,} seeds")
        self.stage.show(f"loading {tensorflow()}, compiling and training the first seeds")

    def on_sweep_end(self, folder: Path) -> None:
        self.stage.clear()


def render_golden(golden: GoldenFile, width: int | None) -> str:
    """The prediction intervals of the metrics at three epochs, and what was frozen, without a line end.

    Args:
        golden: the golden file.
        width: the maximum length of a line, or None for any length.
    """
    places = sorted({0, len(golden.epochs) // 2, len(golden.epochs) - 1})
    heading = ["metric", *(f"epoch {golden.epochs[place]}" for place in places)]
    rows = [[name, *(_cell(metric, place) for place in places)] for name, metric in golden.metrics.items()]
    diverged = f", {len(golden.diverged)} diverged" if golden.diverged else ""
    facts = f"{len(golden.runs):,} seeds{diverged}, median and {golden.coverage:.1%} prediction interval:"
    return "\n".join([facts, *table([heading, *rows], width)])


def _cell(metric: FrozenMetric, place: int) -> str:
    low, median, high = (
        "–" if v is None else short(v, 3) for v in (m[place] for m in (metric.low, metric.median, metric.high))
    )
    return f"{median} [{low}, {high}]"
