"""The story of one sweep: plan the trials, claim a folder, train them, and write the tables of their results."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from nnrun.errors import Interrupted, ResumeError, StorageError
from nnrun.model.environment import deciding_variables, ignored_settings
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.atomic import release_reserve, reserve, write_bytes
from nnrun.runs.checkpoint_writer import Interval
from nnrun.runs.folder import removal_reported, remove_unfinished
from nnrun.runs.lock import occupied
from nnrun.runs.provenance import git_state, versions
from nnrun.runs.record import now
from nnrun.runs.resolved_file import relative_path
from nnrun.runs.staging import remove_staged
from nnrun.sweep.execute.processes import train_in_processes
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.group import Batch, group_trials
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep
from nnrun.sweep.plan.shard import parse_shard
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome, by_loss
from nnrun.sweep.results.tables import write_trials
from nnrun.sweep.search.ranking import objective_rank
from nnrun.sweep.search.search import optuna_version, refuse_without_optuna
from nnrun.sweep.sweep_end import Sweep, ended, remedy, write_tables
from nnrun.sweep.sweep_folder import claim_sweep, read_request, release_sweep
from nnrun.sweep.sweep_identity import check_same_sweep, experiment_sha256
from nnrun.sweep.sweep_record import Keep, RecordedSearch, Status, SweepRecord, read_sweep_record, write_sweep
from nnrun.sweep.trial_folders import finished_trials, refuse_other_draws, remove_weights, trained_on
from nnrun.sweep.whole_run import complete_trial

# The table of a running sweep is rewritten after so many seconds, or ten times what writing it takes.
_TABLE_SECONDS = 5.0


@dataclass(frozen=True)
class SweepOptions:
    """How a sweep is carried out; only the number of threads and the device change the result of a trial.

    Args:
        keras_home: where Keras keeps downloaded data sets.
        jobs: how many processes train.
        threads: threads within one operation, the same for every trial; by default 1, or as the sweep began.
        device: the device, as for `train`; by default `auto`, or as the sweep began.
        keep: whose weights are kept.
        command: the command line, for the records.
        report: whether pictures and report are made at the end, unless the section `sweep` of the file says no.
        dask: the address of a Dask scheduler whose workers train, or `local` for `jobs` workers on this machine.
    """

    keras_home: Path
    jobs: int = 1
    threads: int | None = None
    device: str | None = None
    keep: Keep = "all"
    command: tuple[str, ...] = ()
    report: bool = False
    dask: str | None = None


def run_sweep(
    plan: SweepPlan, options: SweepOptions, listener: SweepListener, *, runs_dir: Path = Path("runs")
) -> Sweep:
    """Trains every trial of a plan and saves everything in a new folder.

    Args:
        plan: the trials.
        options: how.
        listener: is notified of every trial.
        runs_dir: the folder of all runs.

    Raises:
        ExperimentError: the target or the objective of the trials is an unknown metric, or Optuna, which draws the
            trials of a search, is not installed; no folder is left behind.
        Interrupted: a signal came; the folder keeps the finished trials, and `resume_sweep` continues.
        StorageError: a file or folder could not be written.
    """
    refuse_without_optuna(plan.search)
    moment = now()
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
        keep=options.keep,
        threads=options.threads or 1,
        device=options.device or "auto",
        command=options.command,
        versions={**versions(), **optuna_version(plan.search)},
        environment=deciding_variables(),
        git=git_state(plan.request.folder),
        search=RecordedSearch(**plan.search.settings.terms) if plan.search else None,
        shard=str(plan.shard) if plan.shard else None,
        files=plan.file_digests,
        experiment_sha256=experiment_sha256(plan),
    )
    folder = claim_sweep(runs_dir, plan.name, moment, plan.shard)
    record = msgspec.structs.replace(record, base_from_here=relative_path(record.base, folder))
    with occupied(folder):
        return SweepRun(plan, options, listener, folder, record, {}).run()


def resume_sweep(
    folder: Path, options: SweepOptions, listener: SweepListener, *, force: bool = False, retry_failed: bool = False
) -> Sweep:
    """Resumes a sweep: finished trials are kept, the others are trained.

    Args:
        folder: the sweep's folder.
        options: how; what is kept is as the sweep began.
        listener: is notified of every trial.
        force: whether to resume it where the results will not be those of an uninterrupted sweep.
        retry_failed: whether failed trials are trained again; those that lost their process or memory always are.

    Raises:
        ResumeError: another process works on the sweep; its file gives other trials now; or, unless forced, its
            experiment file, a data file, versions, threads or device are not those that it began with.
        ExperimentError, Interrupted, StorageError: as for `run_sweep`.
    """
    with occupied(folder):
        before = read_sweep_record(folder)
        shard = parse_shard(before.shard) if before.shard else None
        plan = plan_sweep(read_request(folder, before)).part(shard)
        threads, device = options.threads or before.threads, options.device or before.device
        forced = check_same_sweep(before, plan, threads, device, force=force)
        refuse_without_optuna(plan.search)
        remove_staged(folder / layout.TRIALS)
        record = msgspec.structs.replace(
            before,
            status="running",
            finished=None,
            threads=threads,
            device=device,
            resumed=(*before.resumed, now().isoformat()),
            forced=tuple(dict.fromkeys([*before.forced, *forced])),
        )
        try:
            finished = finished_trials(folder, plan)
            if retry_failed:
                finished = {i: outcome for i, outcome in finished.items() if outcome.status != "failed"}
            return SweepRun(plan, options, listener, folder, record, finished, force=force).run()
        except ResumeError:
            write_sweep(folder, before)
            release_reserve(folder / layout.SWEEP_RECORD)
            raise


class SweepRun:
    """A running sweep.

    Args:
        plan: the trials; those of a search are added as they are drawn.
        options: how they are trained.
        listener: is notified of every trial.
        folder: the sweep's folder.
        record: the sweep's record.
        outcomes: the outcomes of the finished trials, by index.
        force: whether the device may be another than that of the finished trials.
    """

    def __init__(
        self,
        plan: SweepPlan,
        options: SweepOptions,
        listener: SweepListener,
        folder: Path,
        record: SweepRecord,
        outcomes: dict[int, TrialOutcome],
        *,
        force: bool = False,
    ) -> None:
        self.plan = plan
        self.options = options
        self.listener = listener
        self.folder = folder
        self.record = record
        self.outcomes = outcomes
        self.force = force
        self.ending = threading.RLock()
        self.rank = objective_rank(plan.search) if plan.search else by_loss
        self.best = min(outcomes.values(), key=self.rank, default=None)
        self.next_table = time.monotonic() + _TABLE_SECONDS

    def run(self) -> Sweep:
        """Trains the trials that are not finished yet and writes the tables."""
        try:
            with removal_reported(self.folder):
                self._train_all()
        except ResumeError:  # the sweep stays as it was
            raise
        except BaseException as error:
            with suppress(StorageError):  # of a full disk; the error that ended the sweep is reported
                self._end_early(error)
            if isinstance(error, Interrupted):
                raise type(error)(replace(error.problems[0], hint=remedy(self.folder, self.outcomes))) from error
            raise
        if self.record.keep == "best" and self.record.best is not None:
            complete_trial(self.folder / self.record.best.folder, self._run_options(), self.listener)
        if self.options.report and self.plan.settings.report:
            from nnrun.sweep.results.sweep_report import report_or_warn

            report_or_warn(self.folder, self.listener.on_warning, self.listener.on_safe_point)
        self.listener.on_sweep_end(self.folder)
        return Sweep(self.folder, self.record, self.outcomes)

    def _run_options(self) -> RunOptions:
        """How the best trial is trained once more, in a run of its own."""
        options, record = self.options, self.record
        return RunOptions(options.keras_home, record.device, record.threads, Interval(None), options.command)

    def _train_all(self) -> None:
        self.listener.on_emergency_save(self._end_in_emergency)
        reserve(self.folder / layout.SWEEP_RECORD)
        write_bytes(self.folder / layout.EXPERIMENT, self.plan.request.source)
        write_sweep(self.folder, self.record)
        self.listener.on_safe_point()
        self.listener.on_sweep_begin(self.plan, self.folder, len(self.outcomes))
        if warning := ignored_settings():
            self.listener.on_warning(warning)
        self._remove_leftover_weights()
        with closing(self._train()) as outcomes:
            for outcome in outcomes:
                self._add(outcome)
                self.listener.on_safe_point()
                if outcome.status == "failed" and self.plan.settings.fail_fast:
                    break
        failed = any(outcome.status == "failed" for outcome in self.outcomes.values())
        write_tables(self.folder, self.plan, self.outcomes)
        self._end("failed" if failed else "completed")

    def _end_in_emergency(self) -> str | None:
        """Ends the record of a sweep whose process is about to end, and removes what is unfinished; the remedy."""
        self.ending.acquire()  # for good: no other thread ends the record differently
        if not (self.folder / layout.EXPERIMENT).exists() and release_sweep(self.folder):
            return None
        if running := self.record.status == "running":
            self.record = msgspec.structs.replace(self.record, status="interrupted", finished=now().isoformat())
            write_sweep(self.folder, self.record)
        remove_unfinished(self.folder)
        return remedy(self.folder, self.outcomes) if running else None

    def _end_early(self, error: BaseException) -> None:
        """Saves an unfinished sweep; the folder of a new one that an error ends before its first trial is removed."""
        new = not self.outcomes and not self.record.resumed
        if isinstance(error, Interrupted) or not new or not release_sweep(self.folder):
            try:
                write_tables(self.folder, self.plan, self.outcomes)
            finally:
                self._end("interrupted")

    def _remove_leftover_weights(self) -> None:
        """Removes the weights that a killed process had not removed yet."""
        if self.record.keep == "best":
            for outcome in self.outcomes.values():
                if outcome is not self.best:
                    remove_weights(self.folder, outcome)

    def _train(self) -> Generator[TrialOutcome, None, None]:
        """Trains the trials in other processes or on Dask; their outcomes as they come."""
        context = TrialContext(
            folder=self.folder,
            keras_home=self.options.keras_home,
            device=self.record.device,
            threads=self.record.threads,
            reach=self.plan.reach,
            weights=self.record.keep != "none",
            command=self.options.command,
            versions=self.record.versions,
            git=self.record.git,
            tracker=self.plan.search.tracker if self.plan.search else None,
            files=self.plan.files,
            trained_on=None if self.force else trained_on(self.folder, self.outcomes.values()),
        )
        batches, jobs = self._batches(), self.options.jobs
        if self.options.dask is not None:
            from nnrun.sweep.execute.dask_client import train_on_dask

            return train_on_dask(context, batches, self.options.dask, jobs, self.listener)
        return train_in_processes(context, batches, jobs, self.listener)

    def _batches(self) -> Iterator[Batch]:
        """The unfinished trials, a batch at a time; those of a search depend on the batches before."""
        for trials in self._drawn() if self.plan.search else [self.plan.trials]:
            unfinished = [trial for trial in trials if trial.index not in self.outcomes]
            if unfinished:
                yield group_trials(unfinished)

    def _drawn(self) -> Iterator[tuple[Trial, ...]]:
        """The batches of a search, whose study gets the outcomes of a batch before it draws the next."""
        from nnrun.sweep.search.study import Study

        assert self.plan.search is not None
        study = Study(self.plan.search, self.plan.name, self.folder)
        while trials := study.ask():
            refuse_other_draws(trials, self.outcomes)
            self.plan = replace(self.plan, trials=(*self.plan.trials, *trials))
            yield trials
            study.tell([self.outcomes[trial.index] for trial in trials])

    def _add(self, outcome: TrialOutcome) -> None:
        self.outcomes[outcome.index] = outcome
        if self.record.keep == "best":
            self._keep_best(outcome)
        self.listener.on_trial_end(self.plan.by_index[outcome.index], outcome)
        began = time.monotonic()
        if began >= self.next_table:
            write_trials(self.folder, self.plan, self.outcomes)
            self.next_table = time.monotonic() + max(_TABLE_SECONDS, 10 * (time.monotonic() - began))

    def _keep_best(self, outcome: TrialOutcome) -> None:
        """Removes the weights of the worse of two trials: this one and the best so far."""
        better = self.best is None or self.rank(outcome) < self.rank(self.best)
        worse = self.best if better else outcome
        self.best = outcome if better else self.best
        if worse is not None:
            remove_weights(self.folder, worse)

    def _end(self, status: Status) -> None:
        with self.ending:
            self.record = ended(self.record, self.plan, self.outcomes, status)
            write_sweep(self.folder, self.record)
