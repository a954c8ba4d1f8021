"""The story of one sweep: plan, claim, group, train, and tables of what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import msgspec

from nnrun.errors import Interrupted, ResumeError, StorageError
from nnrun.model.runtime import ignored_backend
from nnrun.runs.lock import occupied
from nnrun.runs.open_run import now
from nnrun.runs.provenance import git_state, versions
from nnrun.sweep.execute.processes import train_in_processes
from nnrun.sweep.execute.serial import train_here
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.group import Batch, group_trials
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep
from nnrun.sweep.plan.shard import parse_shard
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.configurations import read_points, write_summary
from nnrun.sweep.results.outcome import TrialOutcome, by_loss
from nnrun.sweep.results.tables import SUMMARY, write_trials
from nnrun.sweep.search.ranking import (
    best_trial,
    objective_rank,
    optuna_version,
    refuse_without_optuna,
    search_terms,
    write_ranking,
)
from nnrun.sweep.sweep_folder import (
    SweepRecord,
    claim_sweep,
    finished_trials,
    read_request,
    read_sweep_record,
    refuse_other_draws,
    refuse_other_plan,
    release_sweep,
    remove_parts,
    remove_weights,
    write_source,
    write_sweep,
)

Keep = Literal["all", "best", "none"]

# The table of a sweep under way is written anew after so many seconds, or ten times what writing it takes.
_TABLE_SECONDS = 5.0


@dataclass(frozen=True)
class SweepOptions:
    """How a sweep is carried out; none of it changes what a trial comes to, but for the number of threads.

    Args:
        keras_home: where Keras keeps downloaded sets.
        jobs: how many processes train; with 1 this one does.
        threads: threads within one operation, the same for every trial.
        device: where to train, as for `train`.
        keep: whose weights are kept.
        command: the command line, for the records.
        report: whether pictures and report are made at the end, unless the section `sweep` of the file says no.
        dask: the address of a Dask scheduler whose workers train, or `local` for as many workers here as `jobs` says.
    """

    keras_home: Path
    jobs: int = 1
    threads: int = 1
    device: str = "auto"
    keep: Keep = "all"
    command: tuple[str, ...] = ()
    report: bool = False
    dask: str | None = None


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep that is over.

    Args:
        folder: its folder.
        record: its record.
        outcomes: what came of its trials, by index.
    """

    folder: Path
    record: SweepRecord
    outcomes: dict[int, TrialOutcome]

    @property
    def exit_status(self) -> int:
        """The worst that a trial alone would have ended with, where of a search's trials the best alone is judged."""
        return max((outcome.exit_status for outcome in self.judged), default=0)

    @property
    def judged(self) -> list[TrialOutcome]:
        """The trials that count: all but those of a search that are trained to their end and are not the best."""
        if self.record.search is None:
            return list(self.outcomes.values())
        best = (self.record.best or {}).get("index")
        return [outcome for i, outcome in self.outcomes.items() if i == best or outcome.status == "failed"]


def run_sweep(plan: SweepPlan, terms: SweepOptions, watcher: SweepListener, *, runs_dir: Path = Path("runs")) -> Sweep:
    """Trains every trial of a plan and keeps all there is to know in a folder of its own.

    Args:
        plan: the trials.
        terms: how.
        watcher: hears of every trial.
        runs_dir: the folder of all runs.

    Raises:
        ExperimentError: what the trials are to reach or what is searched for is not measured, or Optuna, which a
            search draws with, is not installed; no folder is left behind.
        Interrupted: a signal came; the folder keeps the finished trials, and `resume_sweep` goes on.
        StorageError: a file or folder could not be written.
    """
    refuse_without_optuna(plan)
    moment, git = now(), git_state(plan.request.folder)
    record = SweepRecord(
        name=plan.name,
        status="running",
        started=moment.isoformat(),
        file=plan.request.file,
        base=str(plan.request.folder),
        overrides=plan.request.overrides,
        grids=plan.request.grids,
        columns=plan.columns,
        reach=str(plan.reach) if plan.reach else None,
        trials=plan.count,
        keep=terms.keep,
        threads=terms.threads,
        device=terms.device,
        command=terms.command,
        versions={**versions(), **optuna_version(plan)},
        git=msgspec.structs.asdict(git) if git else None,
        search=search_terms(plan),
        shard=str(plan.shard) if plan.shard else None,
        files=plan.file_digests,
    )
    folder = claim_sweep(runs_dir, plan.name, moment, plan.shard)
    with occupied(folder):
        return SweepRun(plan, terms, watcher, folder, record).run()


def resume_sweep(folder: Path, terms: SweepOptions, watcher: SweepListener) -> Sweep:
    """Goes on with a sweep: finished trials stay, the others are trained.

    Args:
        folder: the sweep's folder.
        terms: how; threads, device and what is kept are those that the sweep began with.
        watcher: hears of every trial.

    Raises:
        ResumeError: another process works on the sweep, or its file means other trials now.
        ExperimentError, Interrupted, StorageError: as for `run_sweep`.
    """
    with occupied(folder):
        before = record = read_sweep_record(folder)
        plan = plan_sweep(read_request(folder, record)).part(parse_shard(record.shard) if record.shard else None)
        refuse_other_plan(record, plan)
        refuse_without_optuna(plan)
        terms = replace(terms, threads=record.threads, device=record.device, keep=_keep(record))
        remove_parts(folder)
        record = replace(record, status="running", finished=None, resumed=(*record.resumed, now().isoformat()))
        try:
            return SweepRun(plan, terms, watcher, folder, record, finished_trials(folder, plan)).run()
        except ResumeError:
            write_sweep(folder, before)
            raise


def _keep(record: SweepRecord) -> Keep:
    return next(keep for keep in get_args(Keep) if keep == record.keep)


def _train_with(
    terms: SweepOptions, watcher: SweepListener, job: TrialContext, batches: Iterator[Batch]
) -> Iterator[TrialOutcome]:
    """Trains the trials by whatever means the terms name; their outcomes as they come."""
    if terms.dask is not None:
        from nnrun.sweep.execute.dask_client import train_on_dask

        return train_on_dask(job, batches, terms.dask, terms.jobs, watcher.waiting)
    if terms.jobs == 1:
        return train_here(job, batches)
    return train_in_processes(job, batches, terms.jobs)


class SweepRun:
    """A sweep under way."""

    def __init__(
        self,
        plan: SweepPlan,
        terms: SweepOptions,
        watcher: SweepListener,
        folder: Path,
        record: SweepRecord,
        outcomes: dict[int, TrialOutcome] | None = None,
    ) -> None:
        self.plan = plan
        self.terms = terms
        self.watcher = watcher
        self.folder = folder
        self.record = record
        self.outcomes = outcomes or {}
        self.rank = objective_rank(plan.search) if plan.search else by_loss
        self.best = min(self.outcomes.values(), key=self.rank, default=None)
        self.next_table = time.monotonic() + _TABLE_SECONDS

    def run(self) -> Sweep:
        """Trains what is not finished yet and writes the tables."""
        try:
            write_source(self.folder, self.plan)
            write_sweep(self.folder, self.record)
            self.watcher.begun(self.plan, self.folder, len(self.outcomes))
            if warning := ignored_backend():
                self.watcher.warned(warning)
            self._tidy()
            for outcome in self._train():
                self._take(outcome)
                if outcome.status == "failed" and self.plan.settings.fail_fast:
                    break
        except ResumeError:  # the sweep is as it was
            raise
        except BaseException as error:
            with suppress(StorageError):  # of a disk that is full; what ended the sweep is what is told
                self._leave(error)
            raise
        failed = any(outcome.status == "failed" for outcome in self.outcomes.values())
        self._end("failed" if failed else "completed")
        if self.terms.report and self.plan.settings.report:
            from nnrun.sweep.results.sweep_report import show_or_warn

            show_or_warn(self.folder, self.watcher.warned)
        self.watcher.ended(self.folder)
        return Sweep(self.folder, self.record, self.outcomes)

    def _leave(self, error: BaseException) -> None:
        """Keeps what there is of a sweep that ends early; a new one that an error ends before its first trial goes."""
        new = not self.outcomes and not self.record.resumed
        if isinstance(error, Interrupted) or not new or not release_sweep(self.folder):
            self._end("interrupted")

    def _tidy(self) -> None:
        """Removes the weights that a process which was killed had yet to remove."""
        if self.terms.keep == "best":
            for outcome in self.outcomes.values():
                if outcome is not self.best:
                    remove_weights(self.folder, outcome)

    def _train(self) -> Iterator[TrialOutcome]:
        job = TrialContext(
            folder=self.folder,
            keras_home=self.terms.keras_home,
            device=self.terms.device,
            threads=self.terms.threads,
            reach=self.plan.reach,
            weights=self.terms.keep != "none",
            command=self.terms.command,
            versions=self.record.versions,
            git=self.record.git,
            sought=self.plan.search.sought if self.plan.search else None,
            files=self.plan.files,
        )
        return _train_with(self.terms, self.watcher, job, self._batches())

    def _batches(self) -> Iterator[Batch]:
        """What is still to be trained, a batch at a time; those of a search follow from the batches before."""
        for trials in self._drawn() if self.plan.search else [self.plan.trials]:
            waiting = [trial for trial in trials if trial.index not in self.outcomes]
            if waiting:
                yield group_trials(waiting)

    def _drawn(self) -> Iterator[tuple[Trial, ...]]:
        """The batches of a search, which is told what a batch came to before it draws the next."""
        from nnrun.sweep.search.study import Study

        assert self.plan.search is not None
        study = Study(self.plan.search, self.plan.name, self.folder)
        while trials := study.ask():
            refuse_other_draws(trials, self.outcomes)
            self.plan = replace(self.plan, trials=(*self.plan.trials, *trials))
            yield trials
            study.tell([self.outcomes[trial.index] for trial in trials])

    def _take(self, outcome: TrialOutcome) -> None:
        self.outcomes[outcome.index] = outcome
        if self.terms.keep == "best":
            self._keep_best(outcome)
        self.watcher.trained(self.plan.by_index[outcome.index], outcome)
        began = time.monotonic()
        if began >= self.next_table:
            write_trials(self.folder, self.plan, self.outcomes)
            ended = time.monotonic()
            self.next_table = ended + max(_TABLE_SECONDS, 10 * (ended - began))

    def _keep_best(self, outcome: TrialOutcome) -> None:
        """Removes the weights of whichever of the two is not the best trial so far."""
        better = self.best is None or self.rank(outcome) < self.rank(self.best)
        worse = self.best if better else outcome
        self.best = outcome if better else self.best
        if worse is not None:
            remove_weights(self.folder, worse)

    def _end(self, status: str) -> None:
        write_trials(self.folder, self.plan, self.outcomes)
        if self.outcomes and self.plan.search:
            write_ranking(self.folder / SUMMARY, self.plan, self.outcomes)
        elif self.outcomes:
            points = read_points(self.folder, self.plan.columns)
            write_summary(self.folder / SUMMARY, points, self.plan.columns)
        statuses: list[str] = [outcome.status for outcome in self.outcomes.values()]
        kinds = ("completed", "failed", *(["pruned"] if self.plan.search else []))
        counts = {kind: statuses.count(kind) for kind in kinds}
        best = best_trial(self.plan, self.outcomes)
        self.record = replace(self.record, status=status, finished=now().isoformat(), counts=counts, best=best)
        write_sweep(self.folder, self.record)
