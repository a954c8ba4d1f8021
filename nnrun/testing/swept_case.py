"""An experiment file that is tested by a sweep: over its folds, as `nnrun train` trains them, or over seeds."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from nnrun.errors import ExperimentError, Interrupted, NnrunError, Place, Problem, listed
from nnrun.experiment.expect.expectation import Expectation
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.folds import FOLD_PATH
from nnrun.experiment.grid_section import SECTION
from nnrun.experiment.seeds import SEED
from nnrun.experiment.trackers import NO_TRACKERS
from nnrun.golden.golden_file import golden_path
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.fold_plan import plan_folds
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.sweep import SweepOptions, run_sweep
from nnrun.sweep.sweep_end import Sweep
from nnrun.testing.case_listener import CaseListener
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.case_result import CaseCheck, CaseResult, checks_of, ended_by, judged
from nnrun.testing.experiment_case import ExperimentCase
from nnrun.testing.golden_checks import check_seeds
from nnrun.testing.share import SeedShare

_MOST_SEEDS_NAMED = 5


def train_swept(case: ExperimentCase, options: CaseOptions, listener: CaseListener) -> CaseResult:
    """Trains an experiment file with each of its folds, or with several seeds, and judges the sweep.

    The means over the folds must meet the expectations. Of seeds, the share with which an expectation is met must be
    the one that the experiment asks for.

    Args:
        case: the file.
        options: how.
        listener: is notified of safe points.

    Raises:
        Interrupted: a signal came; nothing is left of the sweep.
    """
    began = time.monotonic()
    told = _Told(listener)
    try:
        plan = _plan_seeds(case, options, options.seeds) if options.seeds else _plan_folds(case, options)
        plan.refuse_too_large(options.run.memory)
        done = run_sweep(plan, _sweep_options(options, plan), told, runs_dir=options.runs_dir)
        result = _judge(case, plan, done, options.run.keras_home)
    except Interrupted:
        told.remove()
        raise
    except NnrunError as error:
        identity = (case.index, case.file, case.name, ended_by(error), error.exit_status)
        result = CaseResult(*identity, problems=error.problems)
    if not options.keeps(result.status):
        told.remove()
    kept = told.folder if told.folder and told.folder.exists() else None
    seed = None if options.seeds else case.seed
    return replace(result, seconds=time.monotonic() - began, seed=seed, folder=kept)


def _plan_folds(case: ExperimentCase, options: CaseOptions) -> SweepPlan:
    run = options.run
    plan = plan_folds(case.file, (NO_TRACKERS,), None, run.data_folders, options.runs_dir, run.code, run.files[-1])
    assert plan is not None  # it has folds
    return plan


def _plan_seeds(case: ExperimentCase, options: CaseOptions, seeds: int) -> SweepPlan:
    if case.folds:
        message = f"{case.file} has {case.folds} folds, which are not trained with several seeds."
        raise ExperimentError(Problem(message, hint=f"Choose one of them in the file: {FOLD_PATH}: 1"))
    run = options.run
    weights = golden_path(case.file).exists()
    settings = (NO_TRACKERS, f"{SECTION}={{weights: {str(weights).lower()}}}")
    grid = (f"{SEED}=0..{seeds - 1}",)
    return plan_sweep(
        request_sweep(case.file, settings, grid, run.data_folders, options.runs_dir, run.code, run.files[-1])
    )


def _sweep_options(options: CaseOptions, plan: SweepPlan) -> SweepOptions:
    """Seeds are rows of a table, of which many are trained at once."""
    run = options.run
    return SweepOptions(
        run.keras_home,
        jobs=options.jobs,
        threads=run.threads or 1,
        device=run.device,
        keep="all" if plan.cross_validated else "table",
        command=run.command,
        ending="" if plan.cross_validated else "-seeds",
        code=run.code,
    )


def _judge(case: ExperimentCase, plan: SweepPlan, done: Sweep, keras_home: Path) -> CaseResult:
    experiment = plan.checked[0].experiment
    outcomes = list(done.outcomes.values())
    checks: tuple[CaseCheck, ...]
    if plan.cross_validated:
        verdicts = [verdict for found in done.record.expectations.values() for verdict in found]
        checks = checks_of(verdicts, experiment)
    else:
        checks = (*_shares(experiment, outcomes), *check_seeds(case.file, plan, done, keras_home))
    result = CaseResult(case.index, case.file, case.name, *judged(checks), checks=checks)
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed and (plan.cross_validated or not experiment.expect):
        worst = max(outcome.exit_status for outcome in failed)
        problem = Problem(f"{len(failed)} of {len(outcomes)} trainings failed, first: {failed[0].reason}")
        result = replace(result, status="failed", exit_status=worst, problems=(problem,))
    center = statistics.fmean if plan.cross_validated else statistics.median
    return replace(result, metrics=_centers(outcomes, center), versions=done.record.versions)


def _shares(experiment: Experiment, outcomes: Sequence[TrialOutcome]) -> tuple[CaseCheck, ...]:
    """The share of the seeds with which each expectation is met, against the one that the experiment asks for."""
    asked = experiment.expect_share
    return tuple(_share(i, *placed, outcomes, asked) for i, placed in enumerate(experiment.placed_expectations))


def _share(
    position: int, expectation: Expectation, place: Place | None, outcomes: Sequence[TrialOutcome], asked: float
) -> CaseCheck:
    missed = [outcome.index for outcome in outcomes if not _meets(position, expectation, outcome)]
    share = SeedShare(len(outcomes) - len(missed), len(outcomes))
    seeds = f", not with {listed(list(map(str, missed)), _MOST_SEEDS_NAMED)}" if missed else ""
    text = str(expectation) if asked == 1 else f"{expectation} with {asked:.6g} of the seeds"
    return CaseCheck(text, share.value >= asked, f"{share}{seeds}", place)


def _meets(position: int, expectation: Expectation, outcome: TrialOutcome) -> bool:
    """Whether the training with one seed meets an expectation; one that diverged does not."""
    if expectation.threshold is None:
        return outcome.conditions.get(position, False)
    value = (outcome.final or {}).get(expectation.threshold.metric)
    return outcome.status == "completed" and value is not None and expectation.threshold.holds(value)


def _centers(outcomes: Sequence[TrialOutcome], center: Callable[[list[float]], float]) -> dict[str, float | None]:
    """The mean or median of each final metric over the trainings that came to their end."""
    finals = [outcome.final for outcome in outcomes if outcome.status == "completed" and outcome.final]
    names = dict.fromkeys(name for final in finals for name in final)
    values = {name: [value for final in finals if (value := final.get(name)) is not None] for name in names}
    return {name: center(found) for name, found in values.items() if found}


class _Told(SweepListener):
    """Passes on where a sweep can end without a loss, and notes its folder."""

    def __init__(self, listener: CaseListener) -> None:
        self.listener = listener
        self.folder: Path | None = None

    def on_safe_point(self) -> None:
        self.listener.on_safe_point()

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        def end() -> None:
            save()
            self.remove()

        self.listener.on_emergency_save(end)

    def on_sweep_begin(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        self.folder = folder

    def remove(self) -> None:
        """Removes the folder of the sweep, if there is one."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
