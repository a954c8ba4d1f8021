"""Trainings held against the golden file beside their experiment file, where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from nnrun.errors import StorageError
from nnrun.experiment.columns import DataFile
from nnrun.experiment.experiment import Experiment
from nnrun.golden.frozen_settings import deciding_settings, frozen_files, read_settings, stale_reasons
from nnrun.golden.golden_check import GoldenVerdict, golden_verdicts
from nnrun.golden.golden_file import GoldenFile, golden_path, read_golden
from nnrun.golden.measured_run import network_of, run_of_folder
from nnrun.golden.swept_runs import read_swept_runs
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.identity import Identity
from nnrun.runs.provenance import operating_system, processor_name
from nnrun.runs.record import identity_of_record
from nnrun.runs.stored_weights import read_weights
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.sweep_end import Sweep
from nnrun.testing.case_result import CaseCheck


def golden_files(files: Iterable[Path]) -> dict[Path, GoldenFile]:
    """The golden files beside some experiment files, by experiment file; one that cannot be read fails its check."""
    found = {}
    for file in files:
        with suppress(StorageError):
            found[file] = read_golden(golden_path(file))
    return found


def threads_of(golden: Iterable[GoldenFile]) -> int | None:
    """The number of threads that all of some golden files were made with; None where there are several, or none."""
    found = {one.environment.threads for one in golden}
    return found.pop() if len(found) == 1 else None


def check_run(file: Path, experiment: Experiment, run: CompletedRun) -> tuple[CaseCheck, ...]:
    """The checks of a run against the golden file; none where there is none.

    Args:
        file: the experiment file.
        experiment: its experiment.
        run: its run.

    Raises:
        RunError: the golden file cannot be read.
    """
    path = golden_path(file)
    if not path.exists():
        return ()
    golden = read_golden(path)
    if stale := _stale(file, golden, experiment.columns.files):
        return (stale,)
    network = network_of(run.record, read_weights(run.folder, run.record).arrays)
    measured = run_of_folder(run.folder, run.record, golden.epochs)
    return _checks(path, golden_verdicts(golden, [measured], network, identity_of_record(run.record)))


def check_seeds(file: Path, plan: SweepPlan, done: Sweep, keras_home: Path) -> tuple[CaseCheck, ...]:
    """The checks of a sweep over seeds against the golden file; none where there is none.

    Args:
        file: the experiment file.
        plan: the sweep.
        done: the same, ended; its table has the weights of the trials.
        keras_home: the folder of Keras's downloaded sets.

    Raises:
        RunError: the golden file cannot be read.
    """
    path = golden_path(file)
    if not path.exists():
        return ()
    golden = read_golden(path)
    if stale := _stale(file, golden, plan.checked[0].experiment.columns.files):
        return (stale,)
    swept = read_swept_runs(done.folder, plan, keras_home)
    if not swept.runs:
        return ()
    record = done.record
    known = Identity(
        versions=record.versions,
        threads=record.threads,
        environment=record.environment,
        processor=processor_name(),
        system=operating_system(),
    )
    return _checks(path, golden_verdicts(golden, swept.runs, swept.network, known))


def _stale(file: Path, golden: GoldenFile, files: Iterable[DataFile]) -> CaseCheck | None:
    """The failed check of a golden file that is not one of this experiment any more."""
    path = golden_path(file)
    settings = deciding_settings(read_settings(file))
    reasons = stale_reasons(golden, settings, frozen_files(files, path.absolute().parent))
    if not reasons:
        return None
    remedy = f"Write it anew: nnrun freeze {file}, or nnrun test --update {file}"
    return CaseCheck(path.name, False, f"it is stale: {'; '.join(reasons)}. {remedy}")


def _checks(path: Path, verdicts: Sequence[GoldenVerdict]) -> tuple[CaseCheck, ...]:
    """A check for every verdict that is known; the last one says what could not be compared, too."""
    checks = [CaseCheck(f"{path.name}: {one.check}", one.met, one.message) for one in verdicts if one.met is not None]
    unknown = [f"{one.check}: {one.message}" for one in verdicts if one.met is None]
    last = checks[-1]
    detail = "; ".join([last.detail, *unknown])
    return (*checks[:-1], CaseCheck(last.text, last.met, detail))
