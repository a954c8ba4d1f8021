"""A finished shard of a sweep, read from its folder and checked."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, RunError, StorageError
from nnrun.experiment.seeds import SEED, is_seed_path
from nnrun.experiment.text.regular_file import read_regular
from nnrun.experiment.text.yaml_text import MAX_BYTES
from nnrun.experiment.threshold import parse_threshold
from nnrun.runs import layout
from nnrun.runs.record import read_record
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.shard import Shard, parse_shard
from nnrun.sweep.results.labels import as_number
from nnrun.sweep.results.outcomes import FolderOutcomes, Outcomes
from nnrun.sweep.results.tables import Row, read_table
from nnrun.sweep.search.objective_tracker import ObjectiveTracker
from nnrun.sweep.sweep_record import SweepRecord, read_sweep_record
from nnrun.sweep.table.array_parts import NpzRows
from nnrun.sweep.table.block_files import stored_files
from nnrun.sweep.table.finished_rows import finished_rows
from nnrun.sweep.table.table_outcomes import TableOutcomes
from nnrun.sweep.table.trial_table import TrialTable
from nnrun.sweep.trial_folders import complete_trials

_COPY_AGAIN = "Copy the folder again from where it was trained, or train the shard again."


@dataclass(frozen=True, eq=False)
class FinishedShard:
    """A shard as it is in its folder.

    Args:
        folder: its folder.
        record: its record.
        shard: which part of the sweep it is.
        source: the bytes of its experiment file.
        settings: the text of each setting of its finished trials, by index.
        names: the names of the folders of its finished trials, by index.
        outcomes: the outcomes of its complete trials, by index.
        devices: the kinds of devices that they were trained on, such as `cpu`; empty where that is unknown, and the
            requested device where the trials are rows of a table.
    """

    folder: Path
    record: SweepRecord
    shard: Shard
    source: bytes
    settings: dict[int, list[str]]
    names: dict[int, str]
    outcomes: Outcomes
    devices: str


def read_shard(folder: Path) -> FinishedShard:
    """The shard in a folder.

    Raises:
        ExperimentError: it is not the folder of a shard.
        RunError: a file is damaged.
        StorageError: a file cannot be read.
    """
    with _damage(folder / layout.SWEEP_RECORD, _COPY_AGAIN):
        record = read_sweep_record(folder)
        shard = parse_shard(record.shard) if record.shard else None
        reach = parse_threshold(record.reach) if record.reach else None
        _check_times(record)
    if shard is None or record.search is not None:
        raise ExperimentError(
            Problem(f"{folder} is not a shard of a sweep.", hint="Shards are trained with --shard I/N.")
        )
    source = _read_source(folder, record)
    if record.keep == "table":
        return FinishedShard(folder, record, shard, source, {}, {}, _rows_of(folder), record.device)
    table = folder / layout.TRIALS_TABLE
    with _damage(table, f"Write it again from the trials, where they were trained: {resume_command(folder)}"):
        rows = read_table(table) if table.exists() else []
        numbered = [(_number(row), row) for row in rows]
        names = {index: Path(row["folder"]).name for index, row in numbered}
        settings = {index: [row[column] for column in record.columns] for index, row in numbered}
        if len(names) != len(rows):
            raise ValueError("it has two rows of the same trial")
        tracker = ObjectiveTracker(record.ranked_by) if record.ranked_by else None
        outcomes = FolderOutcomes(complete_trials(folder, names.items(), reach, tracker))
        for index, row in numbered:
            if index in outcomes:
                _check_row(row, record.columns, folder / outcomes[index].folder)
    devices = ", ".join(sorted({kind for outcome in outcomes.values() for kind in _devices(folder / outcome.folder)}))
    return FinishedShard(folder, record, shard, source, settings, names, outcomes, devices)


def _rows_of(folder: Path) -> TableOutcomes:
    """The outcomes of the trials of a shard that are rows of a table, whose checksums are verified."""
    path, outcomes = folder / layout.TRIALS_ARRAYS, TableOutcomes()
    with _damage(path, _COPY_AGAIN), storage_errors("read", path):
        files = [NpzRows(path, verify=True)] if path.exists() else stored_files(folder)
        for block in finished_rows(TrialTable(files)):
            outcomes.add(block)
    return outcomes


@contextmanager
def _damage(path: Path, hint: str) -> Iterator[None]:
    """Turns what a damaged file raises inside the block into a `RunError` that names it and the remedy."""
    try:
        yield
    except StorageError as error:
        raise type(error)(*(replace(problem, hint=problem.hint or hint) for problem in error.problems)) from error
    except ExperimentError as error:
        raise RunError(Problem(f"{path} is damaged: {error.problems[0].message}", hint=hint)) from error
    except KeyError as error:
        raise RunError(Problem(f"{path} is damaged: it has no column {error}.", hint=hint)) from error
    except ValueError as error:
        raise RunError(Problem(f"{path} is damaged: {error}.", hint=hint)) from error


def resume_command(folder: Path) -> str:
    """The command that resumes a shard where it was trained."""
    return shlex.join(["nnrun", "resume", str(folder)])


def _check_times(record: SweepRecord) -> None:
    for text in (record.started, record.finished or record.started):
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(f"the time {text} has no offset from UTC")


def _read_source(folder: Path, record: SweepRecord) -> bytes:
    path = folder / layout.EXPERIMENT
    with _damage(path, _COPY_AGAIN), storage_errors("read", path):
        source = read_regular(path, MAX_BYTES + 1, folder)
    digest = hashlib.sha256(source).hexdigest()
    if record.experiment_sha256 not in (None, digest) and not record.forced:
        raise StorageError(Problem(f"{path} is not the file that the shard was trained with.", hint=_COPY_AGAIN))
    return source


def _number(row: Row) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", row["index"]):
        raise ValueError(f'"{row["index"]}" is not the number of a trial')
    return int(row["index"])


def _check_row(row: Row, columns: Sequence[str], trial: Path) -> None:
    """Compares the numbers among the settings of a row with those that its trial was trained with."""
    record = read_record(trial)
    known = {**record.settings, SEED: record.seed}
    for column in columns:
        trained, given = known.get(column), as_number(row[column])
        if isinstance(trained, int | float) and (given != trained if given is not None else is_seed_path(column)):
            raise ValueError(f'it has {column} "{row[column]}", and {trial.name} was trained with {trained}')


def _devices(trial: Path) -> list[str]:
    """The kinds of devices that a trial was trained on; none for one that failed before."""
    return [name.partition(":")[0] for name in (read_record(trial).device or "").split(",") if name]
