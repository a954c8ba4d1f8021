"""The progress of a freeze."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.cli.interruptible import InterruptibleListener, InterruptibleSweepListener
from nnrun.cli.stage_line import StageListener
from nnrun.cli.sweep_progress import SweepProgress
from nnrun.cli.terminal import is_plain
from nnrun.runs.provenance import tensorflow
from nnrun.sweep.listener import SweepListener

if TYPE_CHECKING:
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

    last_stage = "reading the trainings"

    def on_sweep_begin(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        self.stage.clear()
        self.total = plan.count
        for warning in plan.warnings:
            self._print_line(warning.as_warning())
        self._print_line(f"{plan.name}: {self.total:,} seeds")
        self.stage.show(f"loading {tensorflow()}, compiling and training the first seeds")

    def on_sweep_end(self, folder: Path) -> None:
        self.stage.clear()
