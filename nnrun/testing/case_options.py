"""How experiment files are tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.training.shared_models import SharedModels


@dataclass(frozen=True)
class CaseOptions:
    """How experiment files are tested, as plain values.

    Args:
        run: how a training is computed; without pictures and report. With `models`, in this process.
        runs_dir: the folder of all runs: those that fail are kept in it.
        jobs: how many worker processes train, from 1.
        seeds: with how many seeds each experiment is trained, 0 to K − 1; None for its own seed alone.
        keep: whether the runs that pass are kept, too.
        make_listener: makes what is notified of the steps of a training, such as its log; a function of a module.
    """

    run: RunOptions
    runs_dir: Path = field(default_factory=lambda: Path("runs"))
    jobs: int = 1
    seeds: int | None = None
    keep: bool = False
    make_listener: Callable[[], RunListener] = RunListener

    def on_models(self, models: SharedModels) -> CaseOptions:
        """The same for trainings that share their models."""
        return replace(self, run=replace(self.run, models=models))

    def keeps(self, status: str) -> bool:
        """Whether a run with this status of its test is kept."""
        return self.keep or status != "passed"
