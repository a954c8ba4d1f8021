"""The folder of a sweep: its record, its tables, and a run folder per trial.

A trial is written into a hidden folder and takes its name in one step when all of it is there, so a process that is
killed leaves whole trials and hidden ones. Trials are not synced to the disk one by one, which would take longer than
training them; after a power cut some may be torn, and what is torn is trained again (`finished_trials` looks into every
file). The record and the tables are replaced atomically and synced, as all files of nnrun are.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nnrun.errors import Problem, ResumeError, StorageError
from nnrun.experiment.expectations import Expectation
from nnrun.runs import layout
from nnrun.runs.atomic import write_bytes, write_text
from nnrun.runs.folder import claim_folder
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.open_run import now
from nnrun.runs.record import read_record
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.plan import SweepPlan, SweepRequest
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome, outcome_of
from nnrun.sweep.search.objective_tracker import ObjectiveTracker

FORMAT = 1
RECORD = "sweep.json"
TRIALS = "trials"
SOURCE = "experiment.yaml"
WEIGHTS = "weights.npz"

_PART = ".part"
_LONGEST_NAME = 64


@dataclass(frozen=True)
class SweepRecord:
    """All that is known of a sweep as a whole.

    Args:
        name: the experiment's name.
        status: `running`, `completed`, `failed` where a trial failed, or `interrupted`.
        started: when it began, with its offset from UTC.
        file: the experiment file as it was named.
        base: the folder that paths in the file are relative to.
        overrides: settings of every trial.
        grids: what `--grid` said.
        columns: what sets the trials apart.
        reach: what a trial was to reach, in words.
        trials: how many there are.
        keep: whose weights are kept: `all`, `best`, `none`.
        threads: threads within one operation, the same for every trial.
        device: where the trials are trained, as it was asked for.
        command: the command line.
        versions: version by distribution name.
        git: the state of the repository it started in.
        finished: when it ended.
        resumed: when it went on after an interruption.
        counts: how many trials have each status.
        search: objective, sampler and pruner of a search.
        best: number, folder, objective and settings of the best trial of a search.
        shard: which part of a sweep it is, such as `2/4`; `trials` counts those of the part.
        merged: the shards that it was put together from.
        files: SHA-256 of every file of data, by its path below `base`.
    """

    name: str
    status: str
    started: str
    file: str
    base: str
    overrides: tuple[str, ...]
    grids: tuple[str, ...]
    columns: tuple[str, ...]
    reach: str | None
    trials: int
    keep: str
    threads: int
    device: str
    command: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    git: Mapping[str, Any] | None = None
    finished: str | None = None
    resumed: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    search: Mapping[str, Any] | None = None
    best: Mapping[str, Any] | None = None
    shard: str | None = None
    merged: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def claim_sweep(root: Path, name: str, moment: datetime, shard: Shard | None = None) -> Path:
    """Makes the folder of a new sweep, such as `runs/20261123-142233-xor-sweep`, of a shard `…-xor-sweep-2of4`.

    Raises:
        StorageError: it could not be made.
    """
    folder = claim_folder(root, _folder_name(name, shard), moment)
    with storage_errors("create", folder / TRIALS):
        (folder / TRIALS).mkdir()
    return folder


def hidden_sweep(root: Path) -> Path:
    """A folder in which a sweep may be put together; it gets its name by `reveal_sweep`.

    Raises:
        StorageError: it could not be made.
    """
    hidden = root / f".sweep.{os.urandom(6).hex()}{_PART}"
    with storage_errors("create", hidden):
        (hidden / TRIALS).mkdir(parents=True)
    return hidden


def reveal_sweep(hidden: Path, root: Path, name: str) -> Path:
    """Gives a sweep that is whole a name as `claim_sweep` does, in one step; its folder.

    Raises:
        StorageError: the folder could not be made or renamed.
    """
    folder = claim_folder(root, _folder_name(name, None), now())
    with storage_errors("write", folder):
        try:
            hidden.rename(folder)  # an empty folder is replaced
        except OSError:
            folder.rmdir()
            raise
    return folder


def _folder_name(name: str, shard: Shard | None) -> str:
    ending = f"-sweep-{shard.number}of{shard.of}" if shard else "-sweep"
    return f"{name[: _LONGEST_NAME - len(ending)]}{ending}"


def release_sweep(folder: Path) -> bool:
    """Removes the folder of a sweep in which nothing was trained; whether that was so.

    Raises:
        StorageError: it could not be removed.
    """
    with storage_errors("remove", folder):
        if any((folder / TRIALS).iterdir()):
            return False
        for name in (RECORD, SOURCE):
            (folder / name).unlink(missing_ok=True)
        (folder / TRIALS).rmdir()
        folder.rmdir()
    return True


def write_sweep(folder: Path, record: SweepRecord) -> None:
    """Makes `record` the sweep's record, atomically.

    Raises:
        StorageError: the file could not be written.
    """
    content = {"format": FORMAT, **vars(record)}
    write_text(folder / RECORD, json.dumps(content, indent=2, allow_nan=False) + "\n")


def is_sweep(folder: Path) -> bool:
    """Whether a folder is that of a sweep."""
    return (folder / RECORD).is_file()


def read_sweep_record(folder: Path) -> SweepRecord:
    """The record of the sweep in `folder`.

    Raises:
        StorageError: there is none, or it cannot be read.
    """
    path = folder / RECORD
    if not path.exists() and (folder / layout.RECORD).exists():
        raise StorageError(Problem(f"{folder} is the folder of a run, not of a sweep.", hint="Name a sweep's folder."))
    with storage_errors("read", path):
        data = path.read_bytes()
    try:
        content = json.loads(data)
        if content.pop("format") != FORMAT:
            raise ValueError("another version of nnrun wrote it")
        settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
        return SweepRecord(**settings)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise StorageError(Problem(f"{path} is not a sweep's record: {error}.")) from error


def read_request(folder: Path, record: SweepRecord) -> SweepRequest:
    """What the sweep in `folder` was asked to be.

    Raises:
        StorageError: its experiment file cannot be read.
    """
    with storage_errors("read", folder / SOURCE):
        source = (folder / SOURCE).read_bytes()
    return SweepRequest(source, record.file, Path(record.base), record.overrides, record.grids)


def command_of(record: SweepRecord, file: str) -> list[str]:
    """The words of the command that trains the same sweep, or the same shard of it, once more from a file."""
    words = ["nnrun", "sweep", file]
    words += [word for grid in record.grids for word in ("--grid", grid)]
    words += [word for override in record.overrides for word in ("--set", override)]
    words += ["--threads", str(record.threads)] if record.threads != 1 else []
    words += ["--device", record.device] if record.device != "auto" else []
    words += ["--keep", record.keep] if record.keep != "all" else []
    return [*words, "--shard", record.shard] if record.shard else words


def write_source(folder: Path, plan: SweepPlan) -> None:
    """Keeps the experiment file as given.

    Raises:
        StorageError: the file could not be written.
    """
    write_bytes(folder / SOURCE, plan.request.source)


def begin_trial(folder: Path, trial: Trial) -> Path:
    """An empty hidden folder that a trial may be written into.

    Raises:
        StorageError: it could not be made.
    """
    hidden = folder / TRIALS / f".{trial.name}.{os.urandom(6).hex()}{_PART}"
    with storage_errors("create", hidden):
        hidden.mkdir()
    return hidden


def end_trial(folder: Path, trial: Trial, hidden: Path) -> Path:
    """Gives a trial that is whole its name; the folder of that name.

    Raises:
        StorageError: the folder could not be renamed.
    """
    final = folder / TRIALS / trial.name
    with storage_errors("write", final):
        if final.exists():  # torn, or it would not have been trained again
            shutil.rmtree(final)
        hidden.rename(final)
    return final


def write_part(path: Path, content: bytes | str) -> None:
    """Writes a file of a trial that is not whole yet.

    Raises:
        StorageError: it could not be written.
    """
    with storage_errors("write", path):
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def remove_parts(folder: Path) -> None:
    """Removes what killed processes left of trials."""
    for hidden in (folder / TRIALS).glob(f".*{_PART}"):
        shutil.rmtree(hidden, ignore_errors=True)


def remove_parts_of(folder: Path, trial: Trial) -> None:
    """Removes what a killed process left of one trial."""
    for hidden in (folder / TRIALS).glob(f".{trial.name}.*{_PART}"):
        shutil.rmtree(hidden, ignore_errors=True)


def finished_trials(folder: Path, plan: SweepPlan) -> dict[int, TrialOutcome]:
    """The outcomes of the trials whose folders are whole, by index."""
    if plan.search is None:
        return whole_trials(folder, ((trial.index, trial.name) for trial in plan.trials), plan.reach)
    known = (number for number in _numbered(folder) if number[0] < plan.count)
    return whole_trials(folder, known, plan.reach, plan.search.sought)


def _numbered(folder: Path) -> Iterator[tuple[int, str]]:
    """The numbers and names of the folders of trials: those of a search are drawn only as it goes on."""
    for path in sorted((folder / TRIALS).glob("[0-9]*")):
        number = path.name.partition("-")[0]
        if number.isdecimal():
            yield int(number), path.name


def whole_trials(
    folder: Path, names: Iterable[tuple[int, str]], reach: Expectation | None, sought: ObjectiveTracker | None = None
) -> dict[int, TrialOutcome]:
    """The outcomes of those of the trials, given by index and name, whose folders are whole."""
    outcomes = {}
    for index, name in names:
        path = folder / TRIALS / name
        if path.is_dir():
            with suppress(StorageError, ValueError, OSError, zipfile.BadZipFile):
                outcomes[index] = _read_trial(path, index, reach, sought)
    return outcomes


def refuse_other_draws(trials: Iterable[Trial], outcomes: Mapping[int, TrialOutcome]) -> None:
    """Refuses to go on with a search that draws others than the trials it began with.

    Raises:
        ResumeError: a finished trial has other settings than those now drawn.
    """
    for trial in trials:
        known = outcomes.get(trial.index)
        if known is not None and known.folder != f"{TRIALS}/{trial.name}":
            message = f"The search now draws {trial.name} where it began with {Path(known.folder).name}."
            hint = "Go on with the versions of Optuna and NumPy that sweep.json names."
            raise ResumeError(Problem(message, hint=hint))


def _read_trial(path: Path, index: int, reach: Expectation | None, sought: ObjectiveTracker | None) -> TrialOutcome:
    record = read_record(path)
    if record.status not in ("completed", "failed", "pruned"):
        raise ValueError("it is not finished")
    history = read_metrics(path / "metrics.csv") if record.epochs is not None else {}
    if record.epochs is not None and len(history.get("loss", ())) != record.epochs:
        raise ValueError("its metrics are not whole")
    if not (path / "resolved.yaml").stat().st_size or not (path / SOURCE).stat().st_size:
        raise ValueError("its settings are not whole")
    if (path / WEIGHTS).exists():
        with zipfile.ZipFile(path / WEIGHTS) as archive:
            if archive.testzip():
                raise ValueError("its weights are not whole")
    return outcome_of(index, path, record, history, reach, sought)


def remove_weights(folder: Path, outcome: TrialOutcome) -> None:
    """Removes a trial's weights.

    Raises:
        StorageError: they could not be removed.
    """
    with storage_errors("remove", folder / outcome.folder / WEIGHTS):
        (folder / outcome.folder / WEIGHTS).unlink(missing_ok=True)


def refuse_other_plan(record: SweepRecord, plan: SweepPlan) -> None:
    """Refuses to go on with a sweep whose trials are not those that it began with.

    Raises:
        ResumeError: columns or trials are others, because another version of nnrun reads the file otherwise.
    """
    if (record.trials, record.columns) != (plan.count, plan.columns):
        then, now = f"{record.trials} trials over {', '.join(record.columns)}", f"{plan.count}"
        raise ResumeError(f"The sweep began with {then}; this version of nnrun reads {now} from its file.")
