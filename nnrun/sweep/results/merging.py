"""Merges the shards of a sweep into the sweep that was divided.

The new sweep is written into a hidden folder, which gets its name in one step when it is complete. The files of the
trials are hard links to those of the shards where the file system allows it, else copies; the shards stay as they are.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.experiment.expectations import parse_expectation
from nnrun.experiment.text.regular_file import read_regular
from nnrun.experiment.text.yaml_text import MAX_BYTES
from nnrun.runs import layout
from nnrun.runs.atomic import write_bytes, write_text
from nnrun.runs.identity import Identity, differences
from nnrun.runs.lock import occupied
from nnrun.runs.record import read_record, write_record
from nnrun.runs.resolved_file import moved_text, relative_path
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.shard import Shard, parse_shard
from nnrun.sweep.plan.trial import SEED
from nnrun.sweep.results.configurations import read_configurations, write_summary
from nnrun.sweep.results.labels import as_number
from nnrun.sweep.results.outcome import TrialOutcome, by_loss
from nnrun.sweep.results.tables import Row, read_table, write_outcomes
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_folder import base_folder, hidden_sweep, reveal_sweep
from nnrun.sweep.sweep_record import SweepRecord, command_of, read_sweep_record, write_sweep
from nnrun.sweep.trial_folders import complete_trials, why_incomplete

# What else must be the same in all shards, and its name on the command line or in words.
_SAME = {
    "name": "the name",
    "overrides": "--set",
    "grids": "--grid",
    "columns": "the list of settings in which the trials differ",
    "reach": "the target of a trial",
    "keep": "--keep",
}
_COPY_AGAIN = "Copy the folder again from where it was trained, or train the shard again."


@dataclass(frozen=True, eq=False)
class _FinishedShard:
    """A shard as it is in its folder.

    Args:
        folder: its folder.
        record: its record.
        shard: which part of the sweep it is.
        source: the bytes of its experiment file.
        settings: the text of each setting of its finished trials, by index.
        names: the names of the folders of its finished trials, by index.
        outcomes: the outcomes of its complete trials, by index.
        devices: the kinds of devices that they were trained on, such as `cpu`; empty where that is unknown.
    """

    folder: Path
    record: SweepRecord
    shard: Shard
    source: bytes
    settings: dict[int, list[str]]
    names: dict[int, str]
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
        StorageError: a file or folder could not be read or written, or is damaged.
    """
    with ExitStack() as stack:
        for folder in dict.fromkeys(folder.resolve() for folder in folders):
            stack.enter_context(occupied(folder))
        parts = sorted((_read(folder) for folder in folders), key=lambda part: part.shard.number)
        _refuse_others(parts)
        _refuse_gaps(parts)
        return _join(parts, runs_dir, command)


def _read(folder: Path) -> _FinishedShard:
    with _damage(folder / layout.SWEEP_RECORD, _COPY_AGAIN):
        record = read_sweep_record(folder)
        shard = parse_shard(record.shard) if record.shard else None
        reach = parse_expectation(record.reach) if record.reach else None
        _check_times(record)
    if shard is None or record.search is not None:
        raise ExperimentError(
            Problem(f"{folder} is not a shard of a sweep.", hint="Shards are trained with --shard I/N.")
        )
    source = _read_source(folder, record)
    table = folder / layout.TRIALS_TABLE
    with _damage(table, f"Write it again from the trials, where they were trained: {_resume(folder)}"):
        rows = read_table(table) if table.exists() else []
        numbered = [(_number(row), row) for row in rows]
        names = {index: Path(row["folder"]).name for index, row in numbered}
        settings = {index: [row[column] for column in record.columns] for index, row in numbered}
        if len(names) != len(rows):
            raise ValueError("it has two rows of the same trial")
        outcomes = complete_trials(folder, names.items(), reach)
        for index, row in numbered:
            if index in outcomes:
                _check_row(row, record.columns, folder / outcomes[index].folder)
    devices = ", ".join(sorted({kind for outcome in outcomes.values() for kind in _devices(folder / outcome.folder)}))
    return _FinishedShard(folder, record, shard, source, settings, names, outcomes, devices)


@contextmanager
def _damage(path: Path, hint: str) -> Iterator[None]:
    """Turns what a damaged file raises inside the block into a `StorageError` that names it and the remedy."""
    try:
        yield
    except StorageError as error:
        raise StorageError(*(replace(problem, hint=problem.hint or hint) for problem in error.problems)) from error
    except ExperimentError as error:
        raise StorageError(Problem(f"{path} is damaged: {error.problems[0].message}", hint=hint)) from error
    except KeyError as error:
        raise StorageError(Problem(f"{path} is damaged: it has no column {error}.", hint=hint)) from error
    except ValueError as error:
        raise StorageError(Problem(f"{path} is damaged: {error}.", hint=hint)) from error


def _resume(folder: Path) -> str:
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
        if isinstance(trained, int | float) and (given != trained if given is not None else column == SEED):
            raise ValueError(f'it has {column} "{row[column]}", and {trial.name} was trained with {trained}')


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
        tables = ", ".join(str(part.folder / layout.TRIALS_TABLE) for part in parts)
        message = "The shards do not make up a sweep: the numbers of their trials do not fit together."
        raise ExperimentError(Problem(message, hint=f"Look for a changed or copied table among {tables}."))


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
        message = f"Shard {part.shard} in {part.folder} is unfinished: {complete} of {total} trials are complete."
        missing = [name for index, name in part.names.items() if index not in part.outcomes]
        reason = why_incomplete(part.folder / layout.TRIALS / missing[0]) if missing else None
        if reason is None and len(part.names) < total:
            reason = f"{part.folder / layout.TRIALS_TABLE} has {len(part.names)} of them."
        message = f"{message} {reason}" if reason else message
        yield Problem(message, hint=f"Resume it where it was trained: {_resume(part.folder)}")


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
        base = base_folder(parts[0].folder, record)
        write_sweep(
            hidden, msgspec.structs.replace(record, base=str(base), base_from_here=relative_path(str(base), hidden))
        )
        folder = reveal_sweep(hidden, runs_dir, record.name)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    return Sweep(folder, read_sweep_record(folder), outcomes)


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
    ignored = None if weights else shutil.ignore_patterns(layout.WEIGHTS, *layout.WHOLE_RUN)
    target = sweep / outcome.folder
    with storage_errors("write", target):
        try:
            shutil.copytree(shard / outcome.folder, target, symlinks=True, ignore=ignored, copy_function=_link)
        except shutil.Error as error:  # several files; the reason of the first
            raise OSError(0, error.args[0][0][2]) from error
    _move_paths(shard / outcome.folder, target)


def _move_paths(source: Path, target: Path) -> None:
    """Lets the relative paths in the `resolved.yaml` of a trial lead from its new folder to the same data files."""
    record = read_record(target)
    before = (target / layout.RESOLVED).read_text(encoding="utf-8")
    after = moved_text(before, [file.path for file in record.data_files], source, target)
    if after != before:
        write_text(target / layout.RESOLVED, after)
        digest = hashlib.sha256(after.encode()).hexdigest()
        write_record(target, msgspec.structs.replace(record, resolved_sha256=digest))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another disk, or a file system without hard links
        shutil.copy2(source, target)
