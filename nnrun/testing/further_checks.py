"""What is checked of a trained run beside the expectations of its experiment."""

from __future__ import annotations

from nnrun.experiment.experiment import Experiment
from nnrun.runs.completed_run import CompletedRun
from nnrun.testing.case_result import CaseCheck
from nnrun.testing.experiment_case import ExperimentCase


def further_checks(case: ExperimentCase, experiment: Experiment, run: CompletedRun) -> tuple[CaseCheck, ...]:
    """The further checks of a run, judged; there are none yet.

    Args:
        case: the file.
        experiment: its experiment.
        run: its run, whose folder has everything but pictures and report.
    """
    return ()
