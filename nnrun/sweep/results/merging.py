"""Merges the shards of a sweep into the sweep that was divided.

The new sweep is written into a hidden folder, which gets its name in one step when it is complete. The files of the
trials are hard links to those of the shards where the file system allows it, else copies; the shards stay as they are.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.expectations import parse_expectation
from nnrun.experiment.text.regular_file import read_regular
from nnrun.experiment.text.yaml_text import MAX_BYTES
from nnrun.runs import layout
from nnrun.runs.atomic import write_bytes
from nnrun.runs.identity import Identity, differences
from nnrun.runs.lock import occupied
from nnrun.runs.record import read_record
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.shard import Shard, parse_shard
from nnrun.sweep.results.configurations import read_configurations, write_summary
from nnrun.sweep.results.outcome import TrialOutcome, by_loss
from nnrun.sweep.results.tables import read_table, write_outcomes
from nnrun.sweep.sweep import Sweep
from nnrun.sweep.sweep_folder import hidden_sweep, reveal_sweep
from nnrun.sweep.sweep_record import SweepRecord, command_of, read_sweep_record, write_sweep
from nnrun.sweep.trial_folders import complete_trials

# What else must be the same in all shards, and its name on the command line or in words.
_SAME = {
    "name": "the name",
    "overrides": "--set",
    "grids": "--grid",
    "columns": "the list of settings in which the trials differ",
    "reach": "the target of a trial",
    "keep": "--keep",
}


@dataclass(frozen=True, eq=False)
class _FinishedShard:
    """A shard as it is in its folder.

    Args:
        folder: its folder.
        record: its record.
        shard: which part of the sweep it is.
        source: the bytes of its experiment file.
        settings: the text of each setting of its finished trials, by index.
        outcomes: the outcomes of its complete trials, by index.
        devices: the kinds of devices that they were trained on, such as `cpu`; empty where that is unknown.
    """

    folder: Path
    record: SweepRecord
    shard: Shard
    source: bytes
    settings: dict[int, list[str]]
    outcomes: dict[int, TrialOutcome]
    devices: str


def merge_shards(folders: Sequence[Path], *, runs_dir: Path = Path("runs"), command: tuple[str, ...] = ()) -> Sweep:
    """Merges all shards of a sweep into one sweep with the tables of an undivided one.

    Args:
        folders: the folders of the shards, in any order.
        runs_dir: the folder of all runs, in which the sweep gets a folder of its own.
        command: the command line, for the record.

    Raises:
        ExperimentError: the shards are not all those of one sweep, each once and finished; no folder is left behind.
        ResumeError: a shard is being trained.
        StorageError: a file or folder could not be read or written.
    """
    with ExitStack() as stack:
        for folder in dict.fromkeys(folder.resolve() for folder in folders):
            stack.enter_context(occupied(folder))
        parts = sorted((_read(folder) for folder in folders), key=lambda part: part.shard.number)
        _refuse_others(parts)
        _refuse_gaps(parts)
        return _join(parts, runs_dir, command)


def _read(folder: Path) -> _FinishedShard:
    record = read_sweep_record(folder)
    if record.shard is None:
        raise ExperimentError(
            Problem(f"{folder} is not a shard of a sweep.", hint="Shards are trained with --shard I/N.")
        )
    with storage_errors("read", folder / layout.EXPERIMENT):
        source = read_regular(folder / layout.EXPERIMENT, MAX_BYTES + 1, folder)
    rows = read_table(folder / layout.TRIALS_TABLE) if (folder / layout.TRIALS_TABLE).exists() else []
    names = {int(row["index"]): Path(row["folder"]).name for row in rows}
    reach = parse_expectation(record.reach) if record.reach else None
    outcomes = complete_trials(folder, names.items(), reach)
    settings = {int(row["index"]): [row[column] for column in record.columns] for row in rows}
    devices = ", ".join(sorted({kind for outcome in outcomes.values() for kind in _devices(folder / outcome.folder)}))
    return _FinishedShard(folder, record, parse_shard(record.shard), source, settings, outcomes, devices)


def _devices(trial: Path) -> list[str]:
    """The kinds of devices that a trial was trained on; none for one that failed before."""
    return [name.partition(":")[0] for name in (read_record(trial).device or "").split(",") if name]


def _refuse_others(parts: Sequence[_FinishedShard]) -> None:
    """Refuses shards of different sweeps.

    Raises:
        ExperimentError: with everything that differs.
    """
    first, *others = parts
    problems = [
        Problem(f"{other.folder} is a shard of another sweep than {first.folder}: {what}.")
        for other in others
        for what in _differences(first, other)
    ]
    if problems:
        raise ExperimentError(*problems)


def _differences(one: _FinishedShard, two: _FinishedShard) -> Iterator[str]:
    if one.source != two.source:
        yield f"its {layout.EXPERIMENT} differs"
    if one.shard.of != two.shard.of:
        yield f"it is one of {two.shard.of} shards, not of {one.shard.of}"
    for name, word in _SAME.items():
        first, second = getattr(one.record, name), getattr(two.record, name)
        if first != second:
            yield f"{word} is {_in_words(second)}, not {_in_words(first)}"
    for difference in differences(_identity(one), _identity(two)):
        yield difference.compared()


def _identity(shard: _FinishedShard) -> Identity:
    record = shard.record
    return Identity(
        versions=record.versions,
        environment=record.environment,
        device=shard.devices or None,
        threads=record.threads,
        files=record.files,
    )


def _in_words(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(value) or "nothing"
    return "nothing" if value is None else str(value)


def _refuse_gaps(parts: Sequence[_FinishedShard]) -> None:
    """Refuses shards that do not make up the sweep.

    Raises:
        ExperimentError: with every shard that is given twice, missing or unfinished.
    """
    problems = [*_duplicates(parts), *_missing(parts), *(problem for part in parts for problem in _unfinished(part))]
    if problems:
        raise ExperimentError(*problems)
    indices = [index for part in parts for index in part.outcomes]
    if sorted(indices) != list(range(len(indices))):
        raise ExperimentError("The shards do not make up a sweep: they were not divided by the same version of nnrun.")


def _duplicates(parts: Sequence[_FinishedShard]) -> Iterator[Problem]:
    seen: dict[int, _FinishedShard] = {}
    for part in parts:
        known = seen.setdefault(part.shard.number, part)
        if known is not part:
            yield Problem(f"Shard {part.shard} is given twice: {known.folder} and {part.folder}.")


def _missing(parts: Sequence[_FinishedShard]) -> Iterator[Problem]:
    of = parts[0].shard.of
    for number in sorted({*range(1, of + 1)} - {part.shard.number for part in parts}):
        record = msgspec.structs.replace(parts[0].record, shard=str(Shard(number, of)))
        hint = f"Train it: {shlex.join(command_of(record, record.file))}"
        yield Problem(f"Shard {number}/{of} is missing.", hint=hint)


def _unfinished(part: _FinishedShard) -> Iterator[Problem]:
    complete, total = len(part.outcomes), part.record.trials
    if complete != total or part.record.status not in ("completed", "failed"):
        hint = f"Resume it where it was trained: {shlex.join(['nnrun', 'resume', str(part.folder)])}"
        message = f"Shard {part.shard} in {part.folder} is unfinished: {complete} of {total} trials are complete."
        yield Problem(message, hint=hint)


def _join(parts: Sequence[_FinishedShard], runs_dir: Path, command: tuple[str, ...]) -> Sweep:
    """Writes the merged sweep."""
    record = _record(parts, command)
    outcomes = {index: outcome for part in parts for index, outcome in part.outcomes.items()}
    best = min(outcomes.values(), key=by_loss)
    hidden = hidden_sweep(runs_dir)
    try:
        for part in parts:
            for outcome in part.outcomes.values():
                _link_trial(part.folder, hidden, outcome, weights=record.keep != "best" or outcome is best)
        write_bytes(hidden / layout.EXPERIMENT, parts[0].source)
        settings = {index: texts for part in parts for index, texts in part.settings.items()}
        write_outcomes(hidden, record.columns, settings, outcomes, reaching=record.reach is not None)
        write_summary(hidden / layout.SUMMARY, read_configurations(hidden, record.columns), record.columns)
        write_sweep(hidden, record)
        folder = reveal_sweep(hidden, runs_dir, record.name)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    return Sweep(folder, record, outcomes)


def _record(parts: Sequence[_FinishedShard], command: tuple[str, ...]) -> SweepRecord:
    records = [part.record for part in parts]
    statuses = [outcome.status for part in parts for outcome in part.outcomes.values()]
    return msgspec.structs.replace(
        records[0],
        status="failed" if "failed" in statuses else "completed",
        started=min((record.started for record in records), key=datetime.fromisoformat),
        finished=max((record.finished or record.started for record in records), key=datetime.fromisoformat),
        resumed=(),
        trials=len(statuses),
        counts={kind: statuses.count(kind) for kind in ("completed", "failed")},
        command=command,
        git=records[0].git if all(record.git == records[0].git for record in records) else None,
        shard=None,
        merged=tuple(str(part.folder) for part in parts),
        files={file: digest for record in records for file, digest in record.files.items()},
    )


def _link_trial(shard: Path, sweep: Path, outcome: TrialOutcome, *, weights: bool) -> None:
    """Makes hard links to the files of a shard's trial, or copies."""
    ignored = None if weights else shutil.ignore_patterns(layout.WEIGHTS)
    target = sweep / outcome.folder
    with storage_errors("write", target):
        try:
            shutil.copytree(shard / outcome.folder, target, symlinks=True, ignore=ignored, copy_function=_link)
        except shutil.Error as error:  # several files; the reason of the first
            raise OSError(0, error.args[0][0][2]) from error


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another disk, or a file system without hard links
        shutil.copy2(source, target)
