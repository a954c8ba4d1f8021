"""Trials in groups that share a compiled program, and the groups in chunks for several processes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from nnrun.sweep.plan.compile_cache_key import compile_cache_key
from nnrun.sweep.plan.trial import Trial

# Trials that one process trains one after another; a batch has those that may be trained at the same time.
Chunk = tuple[Trial, ...]
Batch = list[Chunk]

# The size of chunks for workers that come and go.
_MOST_AT_ONCE = 32
_CHUNKS_EACH = 4


def group_trials(trials: Sequence[Trial]) -> list[Chunk]:
    """The trials of each program, in the order of their first ones; within a group those with the same data together.

    Trials of a group may still need programs of their own where the shapes of their data differ, or the engine, which
    depends on the number of their steps.
    """
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(compile_cache_key(trial.experiment.resolved), []).append(trial)
    return [tuple(sorted(group, key=_by_data)) for group in groups.values()]


def _by_data(trial: Trial) -> tuple[str, int]:
    return json.dumps(trial.experiment.resolved["data"], sort_keys=True), trial.index


def chunks_for_processes(groups: Sequence[Chunk], workers: int) -> list[Chunk]:
    """Chunks for so many processes: whole groups where there are enough of them, since each process compiles."""
    if workers == 1 or len(groups) >= 2 * workers:
        return list(groups)
    return [chunk for group in groups for chunk in _split(group, min(workers, len(group)))]


def chunks_for_dask(groups: Sequence[Chunk], workers: int) -> list[Chunk]:
    """Many small chunks, since workers come and go, the first chunk of each group first.

    A worker that has trained a chunk of a group should get another of that group, since it has compiled the program.
    """
    total = sum(len(group) for group in groups)
    size = min(_MOST_AT_ONCE, max(1, total // (_CHUNKS_EACH * workers)))
    chunks = [_split(group, -(-len(group) // size)) for group in groups]
    return [chunk for turn in zip_longest(*chunks) for chunk in turn if chunk]


def _split(group: Chunk, count: int) -> list[Chunk]:
    bounds = [round(i * len(group) / count) for i in range(count + 1)]
    return [group[start:stop] for start, stop in pairwise(bounds)]
