"""Shards that were trained apart, put together as the sweep that they are parts of.

The new sweep is written into a hidden folder, which takes its name in one step when all of it is there. The files of
the trials are hard links to those of the shards where the file system allows it, else copies; the shards stay as they
are.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.expectations import parse_expectation
from nnrun.runs.atomic import write_bytes
from nnrun.runs.lock import occupied
from nnrun.runs.record import read_record
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.execute.version_check import other_versions
from nnrun.sweep.plan.shard import Shard, parse_shard
from nnrun.sweep.results.configurations import read_points, write_summary
from nnrun.sweep.results.outcome import TrialOutcome, by_loss
from nnrun.sweep.results.tables import SUMMARY, TABLE, read_table, write_outcomes
from nnrun.sweep.sweep import Sweep
from nnrun.sweep.sweep_folder import (
    SOURCE,
    WEIGHTS,
    SweepRecord,
    command_of,
    hidden_sweep,
    read_sweep_record,
    reveal_sweep,
    whole_trials,
    write_sweep,
)

# What must be the same in all shards, and how the command line or the user says it.
_SAME = {
    "name": "the name",
    "overrides": "--set",
    "grids": "--grid",
    "columns": "what the trials differ in",
    "reach": "what a trial is to reach",
    "keep": "--keep",
    "threads": "--threads",
    "device": "--device",
}


@dataclass(frozen=True, eq=False)
class _Part:
    """A shard as it lies in its folder.

    Args:
        folder: its folder.
        record: its record.
        shard: which part of the sweep it is.
        source: the bytes of its experiment file.
        settings: the text of each setting of its finished trials, by index.
        outcomes: what came of its whole trials, by index.
        devices: what they were trained on, such as `cpu`.
    """

    folder: Path
    record: SweepRecord
    shard: Shard
    source: bytes
    settings: dict[int, list[str]]
    outcomes: dict[int, TrialOutcome]
    devices: frozenset[str]


def merge_shards(folders: Sequence[Path], *, runs_dir: Path = Path("runs"), command: tuple[str, ...] = ()) -> Sweep:
    """Makes one sweep of all its shards, with the tables that an undivided sweep has.

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


def _read(folder: Path) -> _Part:
    record = read_sweep_record(folder)
    if record.shard is None:
        raise ExperimentError(Problem(f"{folder} is no shard of a sweep.", hint="Shards are trained with --shard I/N."))
    with storage_errors("read", folder / SOURCE):
        source = (folder / SOURCE).read_bytes()
    rows = read_table(folder / TABLE) if (folder / TABLE).exists() else []
    names = {int(row["index"]): Path(row["folder"]).name for row in rows}
    reach = parse_expectation(record.reach) if record.reach else None
    outcomes = whole_trials(folder, names.items(), reach)
    settings = {int(row["index"]): [row[column] for column in record.columns] for row in rows}
    devices = frozenset(device for outcome in outcomes.values() for device in _devices(folder / outcome.folder))
    return _Part(folder, record, parse_shard(record.shard), source, settings, outcomes, devices)


def _devices(trial: Path) -> list[str]:
    """The kinds of devices that a trial was trained on; nothing for one that failed before."""
    return [name.partition(":")[0] for name in (read_record(trial).device or "").split(",") if name]


def _refuse_others(parts: Sequence[_Part]) -> None:
    """Refuses shards of different sweeps.

    Raises:
        ExperimentError: with all that differs.
    """
    first, *others = parts
    problems = [
        Problem(f"{other.folder} is a shard of another sweep than {first.folder}: {what}.")
        for other in others
        for what in _differences(first, other)
    ]
    if problems:
        raise ExperimentError(*problems)


def _differences(one: _Part, two: _Part) -> Iterator[str]:
    if one.source != two.source:
        yield f"its {SOURCE} is another"
    if one.shard.of != two.shard.of:
        yield f"it is one of {two.shard.of} shards, not of {one.shard.of}"
    for name, word in _SAME.items():
        here, there = getattr(one.record, name), getattr(two.record, name)
        if here != there:
            yield f"{word} is {_told(there)}, not {_told(here)}"
    for file in one.record.files.keys() & two.record.files.keys():
        if one.record.files[file] != two.record.files[file]:
            yield f"its {file} holds other data"
    yield from other_versions(one.record.versions, two.record.versions)
    if one.devices and two.devices and one.devices != two.devices:
        yield f"it was trained on {_told(sorted(two.devices))}, not on {_told(sorted(one.devices))}"


def _told(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(value) or "nothing"
    return "nothing" if value is None else str(value)


def _refuse_gaps(parts: Sequence[_Part]) -> None:
    """Refuses what is not every shard once, finished.

    Raises:
        ExperimentError: with all that is there twice, missing or unfinished.
    """
    problems = [*_twice(parts), *_missing(parts), *(problem for part in parts for problem in _unfinished(part))]
    if problems:
        raise ExperimentError(*problems)
    indices = [index for part in parts for index in part.outcomes]
    if sorted(indices) != list(range(len(indices))):
        raise ExperimentError(
            "The shards do not add up to a sweep: they were not divided by the same version of nnrun."
        )


def _twice(parts: Sequence[_Part]) -> Iterator[Problem]:
    seen: dict[int, _Part] = {}
    for part in parts:
        known = seen.setdefault(part.shard.number, part)
        if known is not part:
            yield Problem(f"Shard {part.shard} is there twice: {known.folder} and {part.folder}.")


def _missing(parts: Sequence[_Part]) -> Iterator[Problem]:
    of = parts[0].shard.of
    for number in sorted({*range(1, of + 1)} - {part.shard.number for part in parts}):
        record = replace(parts[0].record, shard=str(Shard(number, of)))
        hint = f"Train it: {shlex.join(command_of(record, record.file))}"
        yield Problem(f"Shard {number}/{of} is missing.", hint=hint)


def _unfinished(part: _Part) -> Iterator[Problem]:
    whole, asked = len(part.outcomes), part.record.trials
    if whole != asked or part.record.status not in ("completed", "failed"):
        hint = f"Go on with it where it was trained: {shlex.join(['nnrun', 'resume', str(part.folder)])}"
        yield Problem(
            f"Shard {part.shard} in {part.folder} is unfinished: {whole} of {asked} trials are whole.", hint=hint
        )


def _join(parts: Sequence[_Part], runs_dir: Path, command: tuple[str, ...]) -> Sweep:
    """Writes the sweep that the parts make up."""
    record = _record(parts, command)
    outcomes = {index: outcome for part in parts for index, outcome in part.outcomes.items()}
    best = min(outcomes.values(), key=by_loss)
    hidden = hidden_sweep(runs_dir)
    try:
        for part in parts:
            for outcome in part.outcomes.values():
                _take_over(part.folder, hidden, outcome, weights=record.keep != "best" or outcome is best)
        write_bytes(hidden / SOURCE, parts[0].source)
        settings = {index: texts for part in parts for index, texts in part.settings.items()}
        write_outcomes(hidden, record.columns, settings, outcomes, reaching=record.reach is not None)
        write_summary(hidden / SUMMARY, read_points(hidden, record.columns), record.columns)
        write_sweep(hidden, record)
        folder = reveal_sweep(hidden, runs_dir, record.name)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    return Sweep(folder, record, outcomes)


def _record(parts: Sequence[_Part], command: tuple[str, ...]) -> SweepRecord:
    records = [part.record for part in parts]
    statuses = [outcome.status for part in parts for outcome in part.outcomes.values()]
    return replace(
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


def _take_over(shard: Path, sweep: Path, outcome: TrialOutcome, *, weights: bool) -> None:
    """Lets a sweep have a trial of a shard."""
    ignored = None if weights else shutil.ignore_patterns(WEIGHTS)
    target = sweep / outcome.folder
    with storage_errors("write", target):
        try:
            shutil.copytree(shard / outcome.folder, target, symlinks=True, ignore=ignored, copy_function=_link)
        except shutil.Error as error:  # several files; the first tells why
            raise OSError(0, error.args[0][0][2]) from error


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another disk, or a file system without hard links
        shutil.copy2(source, target)
