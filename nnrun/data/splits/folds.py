"""Which rows are in which fold of a cross-validation, by each rule that shuffles: row numbers from 0."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.splits.rules import PartRows
from nnrun.data.splits.sizes import few_groups_message
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.split_section import SplitRule


def choose_fold(parts: PartRows, key: Array | None, rule: SplitRule, folds: int, fold: int) -> PartRows:
    """Takes one fold of the training rows for validation; the others stay for training, in their order.

    The folds have the same number of rows within one, of a stratified split of every class as well. Groups go one after
    another, the largest first, to the fold with the fewest rows, as in scikit-learn's `GroupKFold`.

    Args:
        parts: the shuffled rows, of which the test set is taken already.
        key: the class or the group of every row, (rows,); None for a rule without them.
        rule: `random`, `stratified` or `group`.
        folds: how many folds there are, from 2.
        fold: which one is for validation, from 1.

    Raises:
        ExperimentError: there are fewer rows, groups or rows of a class than folds.
    """
    order = parts.training  # (rows left,)
    labels = np.zeros(len(order), np.int64) if key is None else np.unique(key[order], return_inverse=True)[1]
    numbers = _folds_of_groups(labels, folds) if rule.kind == "group" else _folds_of_rows(labels, folds)
    held_out = numbers == fold - 1
    return PartRows(order[~held_out], order[held_out], parts.test)


def _folds_of_rows(labels: Array, folds: int) -> Array:
    """The fold of every row, from 0: the rows of one class after another are dealt out; (rows,)."""
    counts = np.bincount(labels)
    if counts.min() < folds:
        few = int(counts.min())
        rows = f"{few} row{'s' * (few != 1)}"
        if len(counts) == 1:
            raise ExperimentError(Problem(f"There are {rows}, and {folds} folds need one each.", hint=_fewer(few)))
        message = f"A class has {rows}, and {folds} folds need one of every class."
        raise ExperimentError(Problem(message, hint=_fewer(few) or "Leave the class out, or split by random."))
    numbers = np.empty(len(labels), np.int64)
    numbers[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % folds
    return numbers


def _folds_of_groups(labels: Array, folds: int) -> Array:
    """The fold of every row, from 0, with all rows of a group in one; (rows,)."""
    groups, first, counts = np.unique(labels, return_index=True, return_counts=True)
    if len(groups) < folds:
        message = few_groups_message(len(groups), folds, "folds")
        raise ExperimentError(Problem(message, hint=_fewer(len(groups))))
    rows, fold_of = np.zeros(folds, np.int64), np.empty(len(groups), np.int64)
    for group in np.lexsort((first, -counts)):  # of equal groups the one that the shuffled rows have first
        fold_of[group] = np.argmin(rows)
        rows[fold_of[group]] += counts[group]
    return fold_of[labels]


def _fewer(most: int) -> str | None:
    return f"Write folds: {most}, or fewer." if most > 1 else None
