"""Experiment files trained in this process, one after another, on models that it keeps for later ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nnrun.run_listener import ListenerGroup, RunListener
from nnrun.testing.case_listener import CaseListener
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.case_result import CaseResult
from nnrun.testing.case_training import train_case
from nnrun.testing.experiment_case import ExperimentCase


def train_here(
    cases: Sequence[ExperimentCase], options: CaseOptions, scratch: Path, listener: CaseListener
) -> Iterator[CaseResult]:
    """Trains files in this process; the results as they come, those of `train_cases`.

    Args:
        cases: the files.
        options: how; `run.models` are the models of this process.
        scratch: the folder in which runs are made.
        listener: is notified of what begins and of safe points.

    Raises:
        Interrupted: a signal came.
    """

    def end() -> None:
        shutil.rmtree(scratch, ignore_errors=True)

    def make_listener() -> RunListener:
        return ListenerGroup(options.make_listener(), _SafePoints(listener))

    listener.on_emergency_save(end)
    for case in cases:
        listener.on_case_begin(case)
        yield train_case(case, replace(options, make_listener=make_listener), scratch)


class _SafePoints(RunListener):
    """Passes on where a training can end without a loss."""

    def __init__(self, listener: CaseListener) -> None:
        self.listener = listener

    def on_safe_point(self) -> None:
        self.listener.on_safe_point()

    def on_stage(self, stage: str) -> None:
        self.listener.on_safe_point()
