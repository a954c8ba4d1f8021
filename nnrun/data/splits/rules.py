"""Which rows are in which part, by each rule: row numbers from 0.

Every rule takes the test set first, so that the validation share does not change it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.splits.sizes import few_groups_message
from nnrun.errors import ExperimentError, Problem


@dataclass(frozen=True, eq=False)
class PartSizes:
    """How many rows the held-out parts are to have."""

    validation: int
    test: int


@dataclass(frozen=True, eq=False)
class PartRows:
    """The rows of each part: their numbers from 0, in the order in which the part has them."""

    training: Array
    validation: Array
    test: Array


def split_random(rows: int, sizes: PartSizes, rng: np.random.Generator) -> PartRows:
    """Shuffles the rows, so that sorted data split fairly; the test set comes first, then the validation set."""
    order = rng.permutation(rows)  # (rows,)
    return _in_turn(order, sizes)


def split_last(order: Array, sizes: PartSizes) -> PartRows:
    """Takes the last rows for the test and those before them for validation; `order` has the row numbers, (rows,)."""
    training = len(order) - sizes.validation - sizes.test
    return PartRows(order[:training], order[training : len(order) - sizes.test], order[len(order) - sizes.test :])


def split_stratified(classes: Array, sizes: PartSizes, rng: np.random.Generator) -> PartRows:
    """Shuffles the rows, and takes from each class its share.

    The test set has of every class its share of all rows, and the validation set its share of the rows that the test
    set leaves, each within one row: what is left over by rounding down goes to the largest remainders.

    Args:
        classes: the class of every row, (rows,).
        sizes: how many rows the parts have.
        rng: shuffles the rows.

    Raises:
        ExperimentError: a class has fewer rows than there are parts.
    """
    _, labels, counts = np.unique(classes, return_inverse=True, return_counts=True)
    order = rng.permutation(len(classes))  # (rows,)
    _refuse_small(counts, sizes)
    test = apportion(counts, sizes.test)  # (classes,)
    validation = apportion(counts - test, sizes.validation)
    ranks = ranks_within(labels[order])  # (rows,), of each row among those of its class
    ends = test[labels[order]], (test + validation)[labels[order]]
    return PartRows(order[ranks >= ends[1]], order[(ranks >= ends[0]) & (ranks < ends[1])], order[ranks < ends[0]])


def split_groups(groups: Array, sizes: PartSizes, rng: np.random.Generator) -> PartRows:
    """Shuffles the groups, and takes whole groups for the test, then for validation, until a part is large enough.

    A part takes a group where that does not make it larger than it is to be; then, of the groups that are left, the
    smallest, where that brings the size nearer to what it is to be, or where the part has none.

    Args:
        groups: the group of every row, (rows,).
        sizes: how many rows the parts are to have.
        rng: shuffles the groups and the rows.

    Raises:
        ExperimentError: there are fewer groups than parts.
    """
    _, labels, counts = np.unique(groups, return_inverse=True, return_counts=True)
    parts = 1 + bool(sizes.validation) + bool(sizes.test)
    if len(counts) < parts:
        raise ExperimentError(few_groups_message(len(counts), parts, "parts"))
    left = [*map(int, rng.permutation(len(counts)))]
    order = rng.permutation(len(labels))  # (rows,)
    chosen = []
    for size, after in ((sizes.test, bool(sizes.validation)), (sizes.validation, False)):
        taken = _groups_for(size, left, counts, keep=1 + after)
        left = [group for group in left if group not in taken]
        chosen.append(order[np.isin(labels[order], list(taken))])
    test, validation = chosen
    return PartRows(order[np.isin(labels[order], left)], validation, test)


def split_named(parts: Array) -> PartRows:
    """Takes the rows as a column says, in their order; `parts` has the part of every row, (rows,)."""
    return PartRows(*(np.flatnonzero(parts == name) for name in ("training", "validation", "test")))


def apportion(counts: Array, size: int) -> Array:
    """Shares of each count that add up to a size, each within one of its exact share (largest remainders).

    Args:
        counts: how many there are of each class, (classes,).
        size: how many are taken, at most their sum.

    Returns:
        How many are taken of each class, (classes,).
    """
    total = int(counts.sum())
    if not size:
        return np.zeros_like(counts)
    whole, remainders = np.divmod(counts.astype(np.int64) * size, total)  # each (classes,)
    over = size - int(whole.sum())
    whole[np.argsort(-remainders, kind="stable")[:over]] += 1
    return whole


def ranks_within(labels: Array) -> Array:
    """The rank of every item, from 0, among the earlier ones with the same label; (items,)."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels)) - np.repeat(starts, np.diff(np.r_[starts, len(labels)]))
    return ranks


def _in_turn(order: Array, sizes: PartSizes) -> PartRows:
    end = sizes.test + sizes.validation
    return PartRows(order[end:], order[sizes.test : end], order[: sizes.test])


def _refuse_small(counts: Array, sizes: PartSizes) -> None:
    parts = 1 + bool(sizes.validation) + bool(sizes.test)
    few = int(counts.min())
    if few < parts:
        message = f"A class has {few} row{'s' * (few != 1)}, and {parts} parts need one of every class."
        raise ExperimentError(Problem(message, hint="Leave the class out, or split by random."))


def _groups_for(size: int, groups: list[int], counts: Array, keep: int) -> set[int]:
    """The groups whose rows are nearest to a size; `keep` groups are left for other parts."""
    taken: set[int] = set()
    if not size:
        return taken
    rows, most = 0, len(groups) - keep
    for group in groups:
        if len(taken) < most and rows + counts[group] <= size:
            taken.add(group)
            rows += int(counts[group])
    others = [group for group in groups if group not in taken]
    smallest = min(others, key=lambda group: int(counts[group]))
    if not taken or (len(taken) < most and rows + counts[smallest] - size < size - rows):
        taken.add(smallest)
    return taken
