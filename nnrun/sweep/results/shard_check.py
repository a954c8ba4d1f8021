"""Whether shards make up one sweep: what differs between them, and which of them are missing or unfinished."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from nnrun.errors import ExperimentError, Problem, listed
from nnrun.runs import layout
from nnrun.runs.identity import Identity, differences
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.results.finished_shard import FinishedShard, resume_command
from nnrun.sweep.sweep_record import command_of
from nnrun.sweep.trial_folders import why_incomplete

_MOST_NAMED = 5

# What else must be the same in all shards, and its name on the command line or in words.
_SAME = {
    "name": "the name",
    "overrides": "--set",
    "grids": "--grid",
    "columns": "the list of settings in which the trials differ",
    "reach": "the target of a trial",
    "objective": "the objective",
    "keep": "--keep",
}


def refuse_others(parts: Sequence[FinishedShard]) -> None:
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


def _differences(one: FinishedShard, two: FinishedShard) -> Iterator[str]:
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


def _identity(shard: FinishedShard) -> Identity:
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


def refuse_gaps(parts: Sequence[FinishedShard]) -> None:
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
        counts = Counter(indices)
        for what, found in (("missing", set(range(max(indices) + 1)) - counts.keys()), ("double", _several(counts))):
            message += f" {what.capitalize()}: {listed(list(map(str, sorted(found))), _MOST_NAMED)}." if found else ""
        raise ExperimentError(Problem(message, hint=f"Look for a changed or copied table among {tables}."))


def _several(counts: Counter[int]) -> set[int]:
    return {index for index, count in counts.items() if count > 1}


def _duplicates(parts: Sequence[FinishedShard]) -> Iterator[Problem]:
    seen: dict[int, FinishedShard] = {}
    for part in parts:
        known = seen.setdefault(part.shard.number, part)
        if known is not part:
            yield Problem(f"Shard {part.shard} is given twice: {known.folder} and {part.folder}.")


def _missing(parts: Sequence[FinishedShard]) -> Iterator[Problem]:
    of = parts[0].shard.of
    for number in sorted({*range(1, of + 1)} - {part.shard.number for part in parts}):
        record = msgspec.structs.replace(parts[0].record, shard=str(Shard(number, of)))
        hint = f"Train it: {shlex.join(command_of(record, record.file))}"
        yield Problem(f"Shard {number}/{of} is missing.", hint=hint)


def _unfinished(part: FinishedShard) -> Iterator[Problem]:
    complete, total = len(part.outcomes), part.record.trials
    if complete != total or part.record.status not in ("completed", "failed"):
        message = f"Shard {part.shard} in {part.folder} is unfinished: {complete} of {total} trials are complete."
        missing = [name for index, name in part.names.items() if index not in part.outcomes]
        reason = why_incomplete(part.folder / layout.TRIALS / missing[0]) if missing else None
        if reason is None and part.names and len(part.names) < total:
            reason = f"{part.folder / layout.TRIALS_TABLE} has {len(part.names)} of them."
        message = f"{message} {reason}" if reason else message
        yield Problem(message, hint=f"Resume it where it was trained: {resume_command(part.folder)}")
