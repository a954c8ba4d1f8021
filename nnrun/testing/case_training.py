"""The training of one experiment file in this process, as `nnrun train FILE` trains it, and its judgement."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from nnrun.errors import Bug, NnrunError, Problem, StorageError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.trackers import NO_TRACKERS
from nnrun.load import load_experiment
from nnrun.run_listener import FolderListener, ListenerGroup, RunListener
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.moved_run import move_run
from nnrun.runs.record import read_record
from nnrun.runs.recorded_files import data_files_of
from nnrun.store.start_run import pin_start
from nnrun.testing.case_log import last_lines
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.case_result import CaseResult, checks_of, ended_by, judged
from nnrun.testing.experiment_case import ExperimentCase
from nnrun.testing.golden_checks import check_run


def train_case(case: ExperimentCase, options: CaseOptions, scratch: Path) -> CaseResult:
    """Trains an experiment file and judges its run; any error is the result.

    Trackers are left out. A run that is kept is moved to the folder of all runs.

    Args:
        case: the file.
        options: how.
        scratch: the folder in which the run is made, on the disk of that of all runs.
    """
    began = time.monotonic()
    claimed = FolderListener()
    try:
        experiment, run = _train(case, options, scratch, claimed)
        checks = (*checks_of(run.record.expectations, experiment), *check_run(case.file, experiment, run))
        result = CaseResult(case.index, case.file, case.name, *judged(checks), checks=checks)
    except NnrunError as error:
        result = _failed(case, error)
    except Exception as error:
        result = _failed(case, Bug(f"{type(error).__name__}: {error}"))
    if claimed.folder is not None and claimed.folder.exists():
        try:
            result = _with_run(result, claimed.folder, options)
        except StorageError as error:  # such as a full disk; the other files are tested all the same
            result = _failed(case, error)
    return replace(result, seconds=time.monotonic() - began, seed=case.seed)


def _train(
    case: ExperimentCase, options: CaseOptions, scratch: Path, claimed: RunListener
) -> tuple[Experiment, CompletedRun]:
    from nnrun.run import train_experiment

    files = data_files_of(case.file, *options.run.files)
    folder = case.file.parent
    experiment = load_experiment(case.file, (NO_TRACKERS,), None, files)
    experiment = pin_start(experiment, folder, options.runs_dir)  # the scratch folder has no other runs
    with options.make_listener() as shown:
        listener = ListenerGroup(shown, claimed)
        return experiment, train_experiment(experiment, files, options.run, listener, folder, scratch)


def _failed(case: ExperimentCase, error: NnrunError) -> CaseResult:
    identity = (case.index, case.file, case.name, ended_by(error), error.exit_status)
    return CaseResult(*identity, problems=error.problems)


def _with_run(result: CaseResult, folder: Path, options: CaseOptions) -> CaseResult:
    """The result with what its run says, which is moved where it is kept."""
    record, log = read_record(folder), last_lines(folder)
    result = replace(result, metrics=record.final_metrics, versions=record.versions, log=log)
    if not options.keeps(result.status):
        return result
    kept = move_run(folder, options.runs_dir)
    problems = tuple(_about(problem, folder, kept) for problem in result.problems)
    return replace(result, folder=kept, problems=problems)


def _about(problem: Problem, before: Path, after: Path) -> Problem:
    """A problem that may name the folder of a run, which was moved."""
    hint = problem.hint and problem.hint.replace(str(before), str(after))
    return replace(problem, message=problem.message.replace(str(before), str(after)), hint=hint)
