"""Which set each row of streamed data belongs to, and its position there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnrun.data.dataset import Array, Part

TRAINING, VALIDATION, TEST = "training", "validation", "test"
_NUMBER = "number"


@dataclass(frozen=True, eq=False)
class RowSets:
    """The sets of the rows of one source.

    Args:
        names: the names of the sets.
        members: for each row the position of its set in `names`, −1 for none, int8, (rows,).
        positions: for each row its position in its set, (rows,).
        counts: the number of rows of each set.
        repeated: the rows that stand at further positions, in ascending order, from 0, (repetitions,).
        repetitions: these positions, (repetitions,).
    """

    names: tuple[str, ...]
    members: Array
    positions: Array
    counts: Mapping[str, int]
    repeated: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    repetitions: Array = field(default_factory=lambda: np.zeros(0, np.int64))

    def of_chunk(self, start: int, count: int) -> Iterator[tuple[str, Array, Array]]:
        """For each set that has rows of a chunk: its name, which rows of the chunk, and their positions in the set."""
        members, positions = self.members[start : start + count], self.positions[start : start + count]
        for number, name in enumerate(self.names):
            rows = np.flatnonzero(members == number)
            if rows.size:
                yield name, rows, positions[rows]
        first, last = np.searchsorted(self.repeated, (start, start + count))
        if first < last:
            yield TRAINING, self.repeated[first:last] - start, self.repetitions[first:last]

    def without(self, dropped: Array) -> RowSets:
        """The sets without some rows, given by their numbers from 0; those that are left keep their order."""
        if not dropped.size:
            return self
        members, positions, counts = self.members.copy(), self.positions.copy(), {}
        members[dropped] = -1
        for number, name in enumerate(self.names):
            rows = np.flatnonzero(members == number)
            order = np.argsort(positions[rows])
            positions[rows[order]] = np.arange(len(rows))
            counts[name] = len(rows)
        return RowSets(self.names, members, positions, counts)

    def with_training(self, chosen: Array) -> RowSets:
        """The sets with other training rows.

        Args:
            chosen: for each training row its position among the present ones; a row may be there several times.
        """
        training = self.names.index(TRAINING)
        rows = np.flatnonzero(self.members == training)
        by_position = np.empty(len(rows), np.int64)
        by_position[self.positions[rows]] = rows
        taken = by_position[chosen]  # (chosen,)
        first, at = np.unique(taken, return_index=True)
        members, positions = self.members.copy(), self.positions.copy()
        members[rows] = -1
        members[first], positions[first] = training, at
        others = np.delete(np.arange(len(taken)), at)
        others = others[np.argsort(taken[others], kind="stable")]
        counts = {**self.counts, TRAINING: len(chosen)}
        return RowSets(self.names, members, positions, counts, taken[others], others)


def taken(chunk: Part, rows: Array) -> Part:
    """Some rows of a chunk: the chunk itself where they are all of them, each once and in order; rows (rows,)."""
    return chunk if np.array_equal(rows, np.arange(chunk.rows)) else chunk.take(rows)


def numbered(rows: int) -> Part:
    """A part that has the number of each row alone, from 0: what is split in place of rows that are not in memory."""
    return Part({_NUMBER: np.arange(rows)}, {})


def row_sets(rows: int, parts: Mapping[str, Part | None]) -> RowSets:
    """The sets that parts of `numbered` rows are.

    Args:
        rows: the number of all rows.
        parts: the parts by name; None for one that there is not.
    """
    members = np.full(rows, -1, np.int8)
    positions = np.zeros(rows, np.int64)
    found = {name: part.inputs[_NUMBER] for name, part in parts.items() if part is not None}
    for number, numbers in enumerate(found.values()):
        members[numbers] = number
        positions[numbers] = np.arange(len(numbers))
    return RowSets(tuple(found), members, positions, {name: len(numbers) for name, numbers in found.items()})
