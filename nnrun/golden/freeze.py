"""The story of a freeze: train an experiment over seeds, one of them alone as well, and keep what a golden file has."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from nnrun.errors import ExperimentError, Problem, TrainingError
from nnrun.experiment.grid_section import SECTION
from nnrun.experiment.seeds import SEED, is_seed
from nnrun.experiment.trackers import NO_TRACKERS
from nnrun.golden.frozen_settings import DecidingSettings, deciding_settings, frozen_files, read_settings
from nnrun.golden.golden_band import METHOD, PredictionInterval, least_level
from nnrun.golden.golden_file import FrozenMetric, FrozenRun, GoldenFile, rounded, write_golden
from nnrun.golden.measured_run import network_of, run_of_folder
from nnrun.golden.swept_runs import SweptRuns, read_swept_runs
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.identity import PACKAGES, Identity
from nnrun.runs.interval import Interval
from nnrun.runs.record import RunRecord, identity_of_record, now
from nnrun.runs.storage_errors import refuse_missing_folder
from nnrun.runs.stored_weights import read_weights
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.sweep import SweepOptions, run_sweep
from nnrun.sweep.trained_trial import TrainedTrial, train_trial

LEAST_SEEDS = 10
DEFAULT_LEVEL = 0.01
# Threads, processors and engines add in other orders. The difference, about 1e-7 at first, grows from step to step.
PAIRED_STEPS = 200
PAIRED_TOLERANCE = 1e-3

# Expectations are not judged, which may need another run or keep seeds from being trained together.
_OWN_SETTINGS = (f"{SECTION}={{report: false, weights: true}}", "expect=[]", NO_TRACKERS)


@dataclass(frozen=True)
class FreezeOptions:
    """How an experiment is frozen.

    Args:
        run: how a training is computed; with one thread unless it names others.
        seeds: the number of seeds, at least 10: 0, 1, 2, … and that of the experiment.
        level: the largest probability of a false alarm; None for 0.01, or what so many seeds allow.
        jobs: how many processes train.
        overrides: settings to change, each `PATH=VALUE`.
    """

    run: RunOptions
    seeds: int = 100
    level: float | None = None
    jobs: int = 1
    overrides: tuple[str, ...] = ()


def freeze(
    file: Path, path: Path, options: FreezeOptions, listener: SweepListener, run_listener: RunListener, scratch: Path
) -> GoldenFile:
    """Trains an experiment under many seeds and writes its golden file.

    Args:
        file: the experiment file.
        path: the golden file; an existing one is replaced.
        options: how.
        listener: is notified of every step of the trainings.
        run_listener: likewise of the one that is trained alone.
        scratch: a folder for the trainings, which are of no use afterwards.

    Raises:
        ExperimentError: the experiment is not valid, sweeps over something else than seeds, or has too few seeds for
            the level.
        TrainingError: too few trainings were completed.
        Interrupted, StorageError: as for `run_sweep`; the golden file stays as it was.
    """
    refuse_low_level(options.level, options.seeds)
    refuse_missing_folder(path)
    document = read_settings(file, options.overrides)
    own = document.at((SEED,))
    seeds = _seeds(own if is_seed(own) else 0, options.seeds)
    plan = _plan(file, options, seeds, scratch)
    done = run_sweep(plan, _sweep_options(options), listener, runs_dir=scratch)
    swept = read_swept_runs(done.folder, plan, options.run.keras_home)
    _refuse_few(file, len(swept.runs), options)
    completed = [run.seed for run in swept.runs]
    witnessed = own if own in completed else completed[0]
    witness = train_trial(done.folder, seeds.index(witnessed), _alone(options), run_listener, runs_dir=scratch)
    _refuse_other_witness(witness, swept)
    golden = _golden_file(plan, deciding_settings(document), swept, witness.record, path, options.level)
    write_golden(path, golden)
    return golden


def _golden_file(
    plan: SweepPlan,
    settings: DecidingSettings,
    swept: SweptRuns,
    record: RunRecord,
    path: Path,
    level: float | None,
) -> GoldenFile:
    """The golden file of a sweep over seeds; `record` is that of the seed that was trained alone."""
    runs, first = swept.runs, plan.checked[0].experiment
    level = level or max(DEFAULT_LEVEL, least_level(len(runs)))
    interval = PredictionInterval.of(len(runs), level)
    metrics = {name: distribution(runs, name, interval) for name in runs[0].metrics}
    planned = {int(plan.trials.settings(position)[SEED]) for position in range(len(plan.trials))}
    return GoldenFile(
        name=plan.name,
        frozen=now().date().isoformat(),
        method=METHOD,
        level=level,
        coverage=interval.coverage,
        settings_sha256=settings.sha256,
        settings=settings.flat,
        data_files=frozen_files(record.data_files, path.absolute().parent),
        environment=_environment(record),
        network=swept.network,
        epochs=swept.epochs,
        paired_epochs=_paired_epochs(record, first.batch_size),
        paired_tolerance=PAIRED_TOLERANCE,
        metrics=metrics,
        final_metrics={name: metric.median[-1] for name, metric in metrics.items()},
        diverged=tuple(sorted(planned - {run.seed for run in runs})),
        runs=runs,
    )


def refuse_low_level(level: float | None, seeds: int) -> None:
    """Refuses a level that so many seeds cannot reach.

    Raises:
        ExperimentError: the band could never find anything.
    """
    if level is not None and level < least_level(seeds):
        message = f"With {seeds} seeds the lowest level is {least_level(seeds):.2g}. Received: {level:g}"
        raise ExperimentError(Problem(message, hint=f"Write --seeds {_needed(level)}, or a higher --level."))


def _seeds(own: int, count: int) -> list[int]:
    """So many seeds, that of the experiment first if it is not among the lowest."""
    return [*range(count)] if own < count else [own, *range(count - 1)]


def _plan(file: Path, options: FreezeOptions, seeds: Sequence[int], scratch: Path) -> SweepPlan:
    run = options.run
    others = (each for each in options.overrides if each.partition("=")[0].strip() != SEED)  # which the grid has
    settings = (*others, *_OWN_SETTINGS)
    folders, code, room = run.files
    plan = plan_sweep(request_sweep(file, settings, (f"{SEED}={[*seeds]}",), folders, scratch, code, room))
    varied = [path for path in plan.columns if path != SEED]
    if varied:
        hint = f"Choose one value, for example with --set {varied[0]}=…"
        raise ExperimentError(Problem(f"{file} has several values of {varied[0]}; a golden file has one.", hint=hint))
    plan.refuse_too_large(run.memory)
    return plan


def _sweep_options(options: FreezeOptions) -> SweepOptions:
    run = options.run
    how = {"threads": run.threads or 1, "device": run.device, "command": run.command, "code": run.code}
    return SweepOptions(run.keras_home, options.jobs, keep="table", **how)  # type: ignore[arg-type]


def _alone(options: FreezeOptions) -> RunOptions:
    """How one of the trainings is computed once more, in a run of its own."""
    return replace(options.run, every=Interval(None), animated=False, plotted=False, reported=False, git_patch=False)


def _needed(level: float) -> int:
    """How many seeds reach a level."""
    return int(np.ceil(1 / level - 1 - 1e-9))


def _refuse_few(file: Path, completed: int, options: FreezeOptions) -> None:
    """Refuses trainings of which too few were completed for the level.

    Raises:
        TrainingError: so many are too few.
    """
    needed = LEAST_SEEDS if options.level is None else _needed(options.level)
    if completed < needed:
        command = ["nnrun", "sweep", str(file), *(word for text in options.overrides for word in ("--set", text))]
        message = f"Only {completed} of {options.seeds} trainings were completed; a golden file needs {needed}."
        hint = f"This shows why they failed: {shlex.join([*command, '--grid', 'seed=0..9'])}"
        raise TrainingError(Problem(message, hint=hint))


def _refuse_other_witness(witness: TrainedTrial, swept: SweptRuns) -> None:
    """Refuses trainings that cannot be repeated: the one that was trained alone is not that of the sweep.

    Raises:
        TrainingError: it differs.
    """
    alone = run_of_folder(witness.folder, witness.record, swept.epochs)
    network = network_of(witness.record, read_weights(witness.folder, witness.record).arrays)
    known = msgspec.structs.replace(swept.network, training_rows=swept.network.training_rows or network.training_rows)
    if witness.differences or alone not in swept.runs or network != known:
        first = witness.differences[0] if witness.differences else "Its data, metrics or weights differ."
        message = f"Seed {alone.seed} gives another result when it is trained again. {first}"
        raise TrainingError(Problem(message, hint="What draws random numbers without the seed cannot be frozen."))


def _paired_epochs(record: RunRecord, batch_size: int) -> int:
    """The last epoch at which a training has taken so few steps that rounding has changed little; 0 for none."""
    steps = -(-(record.training_rows or 1) // batch_size)
    return min(PAIRED_STEPS // steps, record.epochs or 0)


def _environment(record: RunRecord) -> Identity:
    """What decides the last bits, but for settings and data, which a golden file has in fields of their own."""
    identity = identity_of_record(record)
    versions: Mapping[str, str] = identity.versions or {}
    known = {name: versions[name] for name in PACKAGES if name in versions}
    return msgspec.structs.replace(identity, versions=known, data=None, files=None)


def distribution(runs: Sequence[FrozenRun], name: str, interval: PredictionInterval) -> FrozenMetric:
    """The distribution of a metric over some runs, at the chosen epochs."""
    values = np.array([run.metrics[name] for run in runs], np.float64)
    low, median, high = (tuple(rounded(value) for value in row) for row in interval.ends(values).tolist())
    return FrozenMetric(low=low, median=median, high=high)
