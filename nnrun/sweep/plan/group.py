"""Trials in groups that share a compiled program, and the groups in chunks for several processes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from nnrun.experiment.compile_cache_key import compile_cache_key
from nnrun.experiment.experiment import Experiment
from nnrun.sweep.plan.planned_trials import PlannedTrials
from nnrun.sweep.plan.population_chunk import PopulationPiece
from nnrun.sweep.plan.trial import Trial

# Trials that one process trains one after another; a batch has those that may be trained at the same time.
Chunk = Sequence[Trial]
Batch = list[Chunk]

# The most trials that are sent to a process at once.
_MOST_SENT = 1000
# The sizes of pieces of a population: a process compiles its program before it trains the first one.
_SMALLEST_PIECE, _LARGEST_PIECE = 256, 4096
_PIECES_EACH = 4
# The size of chunks for workers that come and go.
_MOST_AT_ONCE = 32
_CHUNKS_EACH = 4


def group_trials(trials: PlannedTrials) -> list[Chunk]:
    """The trials of each program, in the order of their first ones; within a group those with the same data together.

    Trials of a group may still need programs of their own where the shapes of their data differ, or the engine, which
    depends on the number of their steps.
    """
    groups: dict[str, list[tuple[str, int, int]]] = {}
    for position, (program, data) in enumerate(trials.of_experiments(_program_and_data)):
        groups.setdefault(program, []).append((data, trials.index(position), position))
    return [trials.select([position for *_, position in sorted(group)]) for group in groups.values()]


def _program_and_data(experiment: Experiment) -> tuple[str, str]:
    return compile_cache_key(experiment.resolved), json.dumps(experiment.resolved["data"], sort_keys=True)


def chunks_for_processes(groups: Sequence[Chunk], workers: int) -> list[Chunk]:
    """Chunks for so many processes: whole groups where there are enough of them, since each process compiles.

    The trials of a chunk are made and sent at once, so it has at most 1,000. Populations are cut into pieces, several
    for every process, so that none waits long for another at the end.
    """
    pieces = [piece for group in groups if isinstance(group, PopulationPiece) for piece in _pieces(group, workers)]
    groups = [group for group in groups if not isinstance(group, PopulationPiece)]
    parts = 1 if workers == 1 or len(groups) >= 2 * workers else workers
    counts = [max(min(parts, len(group)), -(-len(group) // _MOST_SENT)) for group in groups]
    return [*pieces, *(chunk for group, count in zip(groups, counts, strict=True) for chunk in _split(group, count))]


def _pieces(group: PopulationPiece, workers: int) -> list[Chunk]:
    size = min(_LARGEST_PIECE, max(_SMALLEST_PIECE, -(-len(group) // (_PIECES_EACH * workers))))
    return [group[start : start + size] for start in range(0, len(group), size)]


def chunks_for_dask(groups: Sequence[Chunk], workers: int) -> list[Chunk]:
    """Many small chunks, since workers come and go, the first chunk of each group first; of populations larger pieces.

    A worker that has trained a chunk of a group should get another of that group, since it has compiled the program.
    """
    total = sum(len(group) for group in groups if not isinstance(group, PopulationPiece))
    size = min(_MOST_AT_ONCE, max(1, total // (_CHUNKS_EACH * workers)))
    chunks = [
        _pieces(group, workers) if isinstance(group, PopulationPiece) else _split(group, -(-len(group) // size))
        for group in groups
    ]
    return [chunk for turn in zip_longest(*chunks) for chunk in turn if chunk]


def _split(group: Chunk, count: int) -> list[Chunk]:
    if count == 1:
        return [group]
    bounds = [round(i * len(group) / count) for i in range(count + 1)]
    return [group[start:stop] for start, stop in pairwise(bounds)]
