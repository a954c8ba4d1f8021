"""Trials in groups that share a program, and the groups in shares for several processes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from nnrun.sweep.plan.compile_cache_key import compile_cache_key
from nnrun.sweep.plan.trial import Trial

# A piece of work; those that may be trained at the same time, one for each program.
Chunk = tuple[Trial, ...]
Batch = list[Chunk]

# How small pieces of work are that workers come and go for.
_MOST_AT_ONCE = 32
_PIECES_EACH = 4


def group_trials(trials: Sequence[Trial]) -> list[Chunk]:
    """The trials of each program, in the order of their first ones; within a group those of like data together.

    Trials of a group may still need programs of their own where the shape of their data, or the engine that the
    number of their steps decides, differ.
    """
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(compile_cache_key(trial.experiment.resolved), []).append(trial)
    return [tuple(sorted(group, key=_likeness)) for group in groups.values()]


def _likeness(trial: Trial) -> tuple[str, int]:
    return json.dumps(trial.experiment.resolved["data"], sort_keys=True), trial.index


def share_out(groups: Sequence[Chunk], workers: int) -> list[Chunk]:
    """The groups as pieces of work for so many processes; whole ones where there are enough, since each compiles."""
    if workers == 1 or len(groups) >= 2 * workers:
        return list(groups)
    return [piece for group in groups for piece in _pieces(group, min(workers, len(group)))]


def cut(groups: Sequence[Chunk], workers: int) -> list[Chunk]:
    """The groups as many small pieces of work, since workers come and go, the first piece of each group first.

    Whoever has had a piece of a group should go on with that group, since its program is compiled there.
    """
    total = sum(len(group) for group in groups)
    size = min(_MOST_AT_ONCE, max(1, total // (_PIECES_EACH * workers)))
    pieces = [_pieces(group, -(-len(group) // size)) for group in groups]
    return [piece for turn in zip_longest(*pieces) for piece in turn if piece]


def _pieces(group: Chunk, count: int) -> list[Chunk]:
    bounds = [round(i * len(group) / count) for i in range(count + 1)]
    return [group[start:stop] for start, stop in pairwise(bounds)]
