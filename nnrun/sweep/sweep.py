"""The story of one sweep: plan the trials, claim a folder, train them, and write the tables of their results."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from nnrun.data.files.data_files import cell_room
from nnrun.errors import Interrupted, ResumeError, StorageError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.search_section import SearchSettings
from nnrun.experiment.sweep_section import Keep
from nnrun.model.environment import deciding_variables, ignored_settings
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.atomic import release_reserve, reserve, write_bytes
from nnrun.runs.folder import removal_reported, remove_unfinished
from nnrun.runs.interval import Interval
from nnrun.runs.lock import occupied
from nnrun.runs.provenance import git_state, versions
from nnrun.runs.record import now
from nnrun.runs.relative_path import relative_path
from nnrun.runs.staging import remove_staged
from nnrun.sweep.execute.processes import train_in_processes
from nnrun.sweep.execute.train_alone import one_by_one
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.kept_trials import KeptFolders, KeptTable, finished_before, kept_by_default
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.divide import divide
from nnrun.sweep.plan.group import Batch, group_trials
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep
from nnrun.sweep.plan.planned_trials import PlannedTrials
from nnrun.sweep.plan.shard import parse_shard
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.search.search import optuna_version, refuse_without_optuna
from nnrun.sweep.sweep_end import Sweep, ended, remedy
from nnrun.sweep.sweep_folder import ENDING, claim_sweep, read_request, release_sweep
from nnrun.sweep.sweep_identity import check_same_sweep, experiment_sha256
from nnrun.sweep.sweep_record import RecordedSearch, Status, SweepRecord, read_sweep_record, write_sweep
from nnrun.sweep.table.outcome_block import refused_block
from nnrun.sweep.table.trial_block import FAILED, TrialBlock
from nnrun.sweep.trial_folders import trained_on
from nnrun.sweep.whole_run import complete_trial


@dataclass(frozen=True)
class SweepOptions:
    """How a sweep is carried out; only the number of threads and the device change the result of a trial.

    Args:
        keras_home: where Keras keeps downloaded data sets.
        jobs: how many processes train.
        threads: threads within one operation, the same for every trial; by default 1, or as the sweep began.
        device: the device, as for `train`; by default `auto`, or as the sweep began.
        keep: whose weights are kept, or `table` for trials without folders; by default as the file says, else a
            table from 2,000 trials on.
        command: the command line, for the records.
        report: whether pictures and report are made at the end, unless the section `sweep` of the file says no.
        ending: what follows the experiment's name in the name of the folder.
        dask: the address of a Dask scheduler whose workers train, or `local` for `jobs` workers on this machine.
        code: the permission to run the Python code of a sweep that is resumed; a new one has it in its plan.
    """

    keras_home: Path
    jobs: int = 1
    threads: int | None = None
    device: str | None = None
    keep: Keep | None = None
    command: tuple[str, ...] = ()
    report: bool = False
    ending: str = ENDING
    dask: str | None = None
    code: CodeAccess | None = None


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
        keep=options.keep or plan.settings.keep or kept_by_default(plan),
        threads=options.threads or 1,
        device=options.device or "auto",
        command=options.command,
        versions={**versions(), **optuna_version(plan.search)},
        environment=deciding_variables(),
        git=git_state(plan.request.folder),
        search=_recorded(plan.search.settings) if plan.search else None,
        objective=str(plan.settings.objective) if plan.settings.objective else None,
        shard=str(plan.shard) if plan.shard else None,
        files=plan.file_digests,
        experiment_sha256=experiment_sha256(plan),
    )
    folder = claim_sweep(runs_dir, plan.name, moment, plan.shard, options.ending)
    record = msgspec.structs.replace(record, base_from_here=relative_path(record.base, folder))
    with occupied(folder):
        kept = KeptTable(folder) if record.keep == "table" else KeptFolders(folder, plan, record.keep, {})
        return SweepRun(plan, options, listener, folder, record, kept).run()


def _recorded(search: SearchSettings) -> RecordedSearch:
    return RecordedSearch(**search.terms, repeat=len(search.repetitions) if search.repetitions else None)


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
        plan = plan_sweep(read_request(folder, before, options.code, cell_room(options.keras_home))).part(shard)
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
            kept = finished_before(folder, plan, record.keep, retry_failed=retry_failed)
            return SweepRun(plan, options, listener, folder, record, kept, force=force).run()
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
        kept: the finished trials, and where others are added.
        force: whether the device may be another than that of the finished trials.
    """

    def __init__(
        self,
        plan: SweepPlan,
        options: SweepOptions,
        listener: SweepListener,
        folder: Path,
        record: SweepRecord,
        kept: KeptFolders | KeptTable,
        *,
        force: bool = False,
    ) -> None:
        self.plan = plan
        self.options = options
        self.listener = listener
        self.folder = folder
        self.record = record
        self.kept = kept
        self.outcomes = kept.outcomes
        self.force = force
        self.ending = threading.RLock()
        self.told: set[str] = set()  # why trials are not trained together

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
        how = options.keras_home, record.device, record.threads, Interval(None), options.command
        return RunOptions(*how, code=self.plan.request.code)

    def _train_all(self) -> None:
        self.listener.on_emergency_save(self._end_in_emergency)
        reserve(self.folder / layout.SWEEP_RECORD)
        write_bytes(self.folder / layout.EXPERIMENT, self.plan.request.source)
        write_sweep(self.folder, self.record)
        self.listener.on_safe_point()
        self.listener.on_sweep_begin(self.plan, self.folder, len(self.outcomes))
        if warning := ignored_settings():
            self.listener.on_warning(warning)
        if self.plan.tracked:
            self.listener.on_warning("The trials of a sweep are not tracked: tracking has no effect here.")
        with closing(self._train()) as outcomes:
            for outcome in outcomes:
                self._add(outcome)
                self.listener.on_safe_point()
                if self.plan.settings.fail_fast and self.outcomes.counts().get("failed"):
                    break
        self.kept.write_tables(self.plan, finished=len(self.outcomes) >= self.plan.count)
        self._end("failed" if self.outcomes.counts().get("failed") else "completed")

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
                self.kept.write_tables(self.plan, finished=False)
            finally:
                self._end("interrupted")

    def _train(self) -> Generator[TrialOutcome | TrialBlock, None, None]:
        """Trains the trials in other processes or on Dask; their outcomes as they come."""
        in_table = self.record.keep == "table"
        context = TrialContext(
            folder=self.folder,
            keras_home=self.options.keras_home,
            device=self.record.device,
            threads=self.record.threads,
            reach=self.plan.reach,
            weights=self.plan.settings.weights if in_table else self.record.keep != "none",
            command=self.options.command,
            versions=self.record.versions,
            git=self.record.git,
            tracker=self.plan.tracker,
            files=self.plan.files,
            trained_on=None if self.force or in_table else trained_on(self.folder, self.outcomes.values()),
            held_out=self.plan.cross_validated,
            most_epochs=self.plan.most_epochs if in_table else 0,
        )
        batches, jobs = self._batches(), self.options.jobs
        if self.options.dask is not None:
            from nnrun.sweep.execute.dask_client import train_on_dask

            return train_on_dask(context, batches, self.options.dask, jobs, self.listener)
        return train_in_processes(context, batches, jobs, self.listener)

    def _batches(self) -> Iterator[Batch]:
        """The unfinished trials, a batch at a time; those of a search depend on the batches before."""
        for trials in self._drawn() if self.plan.search else [self.plan.trials]:
            unfinished = [i for i in range(len(trials)) if trials.index(i) not in self.outcomes]
            if unfinished and self.record.keep == "table":
                yield self._populations(trials.select(unfinished))
            elif unfinished:
                yield group_trials(trials.select(unfinished))

    def _populations(self, trials: PlannedTrials) -> Batch:
        """Trials of a table, as far as possible in groups that are trained together."""
        divided = divide(trials)
        for position, reason in divided.refused.items():
            self._add(refused_block(trials.index(position), trials.settings(position), reason, self.plan.most_epochs))
        for reason in divided.alone:
            if reason not in self.told:
                self.listener.on_waiting(one_by_one(reason))
                self.told.add(reason)
        alone = [group for positions in divided.alone.values() for group in group_trials(trials.select(positions))]
        return [*(group.whole() for group in divided.groups), *alone]

    def _drawn(self) -> Iterator[PlannedTrials]:
        """The batches of a search, whose study gets the outcomes of a batch before it draws the next."""
        from nnrun.sweep.search.study import Study

        assert self.plan.search is not None
        study = Study(self.plan.search, self.plan.name, self.folder)
        while trials := study.ask():
            self.kept.refuse_other_draws(trials)
            self.plan = replace(self.plan, trials=PlannedTrials.drawn((*self.plan.trials, *trials)))
            yield self.plan.trials[-len(trials) :]
            study.tell([self.outcomes[trial.index] for trial in trials])

    def _add(self, result: TrialOutcome | TrialBlock) -> None:
        self.kept.add(result, self.plan)  # type: ignore[arg-type]  # a store gets what its trials give
        if isinstance(result, TrialOutcome):
            self.listener.on_trial_end(self.plan.trial(result.index), result)
        else:
            self.listener.on_trials_end(len(result), int((result.status == FAILED).sum()))

    def _end(self, status: Status) -> None:
        with self.ending:
            self.record = ended(self.folder, self.record, self.plan, self.outcomes, status)
            write_sweep(self.folder, self.record)
