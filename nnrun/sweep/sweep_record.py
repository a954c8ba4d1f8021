"""The record of a sweep, `sweep.json`: what was trained, with what, and how it ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from nnrun.errors import Problem, RunError
from nnrun.experiment.objective import Objective, parse_objective
from nnrun.experiment.sweep_section import Keep
from nnrun.runs import layout
from nnrun.runs.atomic import write_reserved, write_text
from nnrun.runs.record import GitState
from nnrun.runs.record_file import encode_record, read_record_file
from nnrun.runs.storage_errors import storage_errors
from nnrun.runs.verdict import Verdict

FORMAT = 1

Status = Literal["running", "completed", "failed", "interrupted"]


class RecordedSearch(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the trials of a search are drawn, as its record has it.

    Args:
        objective: the objective, such as `min(val_loss)`.
        sampler: `tpe` or `random`.
        pruner: `none`, `median` or `halving`.
        repeat: with how many seeds every draw is trained; None where it is trained once.
    """

    objective: str
    sampler: str
    pruner: str
    repeat: int | None = None


class BestTrial(msgspec.Struct, frozen=True, omit_defaults=True):
    """The best trial of a sweep.

    Args:
        index: its number.
        folder: its folder's path below that of the sweep.
        objective: the best value of a search's objective, otherwise the epoch at which it reached the sweep's target,
            or the final loss.
        settings: its settings by path.
        measure: what `objective` is the value of, such as `min(val_loss)`, `reached` or `final_val_loss`.
    """

    index: int
    folder: str
    objective: float | None
    settings: dict[str, Any]
    measure: str | None = None  # records of older versions have none


class SweepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a sweep as a whole.

    Args:
        name: the experiment's name.
        status: `running`, `completed`, `failed` where a trial failed, or `interrupted`.
        started: when it began, with its offset from UTC.
        file: the experiment file as given on the command line.
        base: the folder that paths in the file are relative to.
        overrides: settings of every trial.
        grids: the values of `--grid`.
        columns: the settings in which the trials differ.
        reach: the target of the trials, as an expectation.
        trials: the number of trials.
        keep: whose weights are kept.
        threads: threads within one operation, the same for every trial.
        device: the requested device.
        command: the command line.
        versions: version by distribution name.
        environment: the environment variables that change how TensorFlow computes, by name; None in the record of an
            older version.
        git: the state of the repository it started in.
        finished: when it ended.
        resumed: when it was resumed after an interruption.
        counts: the number of trials by status.
        search: how the trials of a search are drawn.
        best: the best trial.
        shard: which part of a sweep it is, such as `2/4`; `trials` counts those of the part.
        merged: the folders of the shards that it was merged from.
        files: SHA-256 of every data file, by its path below `base`.
        experiment_sha256: SHA-256 of the experiment file; None in the record of an older version.
        forced: what differed when the sweep was resumed by force, in sentences.
        expectations: of trials that are folds the expectations of each configuration by its name, judged on the means.
        objective: what the trials minimize or maximize, such as `median(min(val_loss))`; None where it is not given,
            and in the record of an older version, whose searches have it themselves.
        base_from_here: `base` as a path from the sweep's folder, for a sweep that was moved together with it.
    """

    name: str
    status: Status
    started: str
    file: str
    base: str
    overrides: tuple[str, ...]
    grids: tuple[str, ...]
    columns: tuple[str, ...]
    reach: str | None
    trials: int
    keep: Keep
    threads: int
    device: str
    command: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    environment: dict[str, str] | None = None
    git: GitState | None = None
    finished: str | None = None
    resumed: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    search: RecordedSearch | None = None
    best: BestTrial | None = None
    shard: str | None = None
    merged: tuple[str, ...] = ()
    files: dict[str, str] = {}
    experiment_sha256: str | None = None
    forced: tuple[str, ...] = ()
    expectations: dict[str, tuple[Verdict, ...]] = {}
    objective: str | None = None
    base_from_here: str | None = None

    @property
    def ranked_by(self) -> Objective | None:
        """The objective, if there is one."""
        text = self.objective or (self.search.objective if self.search else None)
        return parse_objective(text) if text else None

    @property
    def drawn_once(self) -> bool:
        """Whether the trials are those of a search, each a configuration of its own."""
        return self.search is not None and self.search.repeat is None


def in_words(measure: str, record: SweepRecord) -> str:
    """What ranks the trials of a sweep, in words.

    Args:
        measure: `objective`, `reached`, or a metric with `final_` or `best_` before it.
        record: the sweep's record.
    """
    objective = record.ranked_by
    if objective is not None and measure in ("objective", objective.of_trial):
        return objective.of_trial
    return f"first epoch of {record.reach}" if measure == "reached" else measure.replace("_", " ", 1)


def write_sweep(folder: Path, record: SweepRecord) -> None:
    """Makes `record` the sweep's record, atomically; that of a sweep that has ended on a full disk too.

    Raises:
        StorageError: the file could not be written.
    """
    write = write_text if record.status == "running" else write_reserved
    write(folder / layout.SWEEP_RECORD, encode_record(record, FORMAT))


def is_sweep(folder: Path) -> bool:
    """Whether a folder is that of a sweep.

    Raises:
        StorageError: the folder cannot be read.
    """
    with storage_errors("read", folder):
        return (folder / layout.SWEEP_RECORD).is_file()


def read_sweep_record(folder: Path) -> SweepRecord:
    """The record of the sweep in `folder`.

    Raises:
        RunError: there is none, or it cannot be read.
    """
    path = folder / layout.SWEEP_RECORD
    if not is_sweep(folder) and (folder / layout.RECORD).exists():
        hint = "Give the folder of a sweep."
        raise RunError(Problem(f"{folder} is the folder of a run, not of a sweep.", hint=hint))
    return read_record_file(path, SweepRecord, FORMAT, "the record of a sweep")


def command_of(record: SweepRecord, file: str) -> list[str]:
    """The words of the command that trains the same sweep, or the same shard of it, from a file."""
    words = ["nnrun", "sweep", file]
    words += [word for grid in record.grids for word in ("--grid", grid)]
    words += [word for override in record.overrides for word in ("--set", override)]
    words += ["--threads", str(record.threads)] if record.threads != 1 else []
    words += ["--device", record.device] if record.device != "auto" else []
    words += ["--keep", record.keep] if record.keep != "all" else []
    return [*words, "--shard", record.shard] if record.shard else words
