"""The folders of the trials of a sweep.

A trial is written into a hidden folder and gets its name in one step when it is complete, so a process that is killed
leaves complete trials and hidden ones. Trials are not synced to the disk one by one, which would take longer than
training them; after a power failure some may be incomplete, and these are trained again (`finished_trials` checks every
file).
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from nnrun.errors import Problem, ResumeError, StorageError
from nnrun.experiment.threshold import Threshold
from nnrun.runs import layout
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome, outcome_of
from nnrun.sweep.search.objective_tracker import ObjectiveTracker


def finished_trials(folder: Path, plan: SweepPlan) -> dict[int, TrialOutcome]:
    """The outcomes of the trials whose folders are complete, by index."""
    found, trials = _numbered(folder), plan.trials
    if plan.search is not None:
        known = [(index, name) for index, name in found if index < plan.count]
        return complete_trials(folder, known, plan.reach, plan.tracker)
    positions = ((index, name, trials.position(index)) for index, name in found)
    own = [(index, name) for index, name, place in positions if place is not None and name == trials.name(place)]
    return complete_trials(folder, own, plan.reach, plan.tracker)


def _numbered(folder: Path) -> Iterator[tuple[int, str]]:
    """The numbers and names of the trials' folders: those of a search are drawn only while it runs."""
    for path in sorted((folder / layout.TRIALS).glob("[0-9]*")):
        number = path.name.partition("-")[0]
        if number.isdecimal():
            yield int(number), path.name


def complete_trials(
    folder: Path, names: Iterable[tuple[int, str]], reach: Threshold | None, tracker: ObjectiveTracker | None = None
) -> dict[int, TrialOutcome]:
    """The outcomes of those of the trials, given by index and name, whose folders are complete."""
    outcomes = {}
    for index, name in names:
        path = folder / layout.TRIALS / name
        if path.is_dir():
            with suppress(StorageError, ValueError, OSError, zipfile.BadZipFile):
                outcomes[index] = _read_trial(path, index, reach, tracker)
    return outcomes


def why_incomplete(path: Path) -> str | None:
    """Which file of the folder of a trial is missing or damaged, in a sentence; None where it is complete."""
    try:
        _read_trial(path, 0, None, None)
    except StorageError as error:
        return error.problems[0].message
    except zipfile.BadZipFile:
        return f"{path / layout.WEIGHTS} is damaged."
    except (ValueError, OSError) as error:
        return f"{error}."
    return None


def _read_trial(path: Path, index: int, reach: Threshold | None, tracker: ObjectiveTracker | None) -> TrialOutcome:
    record = read_record(path)
    if record.status not in ("completed", "failed", "pruned"):
        raise ValueError(f"{path / layout.RECORD} has the status {record.status}")
    history = read_metrics(path / layout.METRICS) if record.epochs is not None else {}
    if record.epochs is not None and len(history.get("loss", ())) != record.epochs:
        raise ValueError(f"{path / layout.METRICS} is incomplete")
    for name, digest in ((layout.RESOLVED, record.resolved_sha256), (layout.EXPERIMENT, record.experiment_sha256)):
        with storage_errors("read", path / name), (path / name).open("rb") as file:
            if digest not in (None, hashlib.file_digest(file, "sha256").hexdigest()):
                raise ValueError(f"{path / name} is not the file that was written")
    if (path / layout.WEIGHTS).exists():
        with storage_errors("read", path / layout.WEIGHTS), zipfile.ZipFile(path / layout.WEIGHTS) as archive:
            if archive.testzip():
                raise zipfile.BadZipFile("wrong checksum")
    return outcome_of(index, path, record, history, reach, tracker)


def refuse_other_draws(trials: Iterable[Trial], outcomes: Mapping[int, TrialOutcome]) -> None:
    """Refuses to resume a search that draws other trials than before.

    Raises:
        ResumeError: a finished trial has other settings than those now drawn.
    """
    for trial in trials:
        known = outcomes.get(trial.index)
        if known is not None and known.folder != f"{layout.TRIALS}/{trial.name}":
            message = f"The search now draws {trial.name} instead of {Path(known.folder).name}."
            hint = f"Resume it with the versions of Optuna and NumPy in {layout.SWEEP_RECORD}."
            raise ResumeError(Problem(message, hint=hint))


def remove_weights(folder: Path, outcome: TrialOutcome) -> None:
    """Removes a trial's weights, what its data are scaled with, and what made it a whole run.

    Raises:
        StorageError: they could not be removed.
    """
    path = folder / outcome.folder
    with storage_errors("remove", path / layout.WEIGHTS):
        for name in (layout.WEIGHTS, layout.DATA, layout.VOCABULARY):
            (path / name).unlink(missing_ok=True)
        for name in layout.WHOLE_RUN if (path / layout.MODEL).exists() else ():
            if (path / name).is_dir():
                shutil.rmtree(path / name)
            else:
                (path / name).unlink(missing_ok=True)


def trained_on(folder: Path, outcomes: Iterable[TrialOutcome]) -> str | None:
    """The device that the finished trials were trained on; None where no trial has one.

    Raises:
        StorageError: the record of a trial cannot be read.
    """
    devices = (read_record(folder / outcome.folder).device for outcome in outcomes)
    return next((device for device in devices if device), None)
