"""The split of raw rows into a training, a validation and a test set, and the training rows that are used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.splits.folds import choose_fold
from nnrun.data.splits.key_columns import find_key_column, in_order_of_time, key_values, parts_of_rows
from nnrun.data.splits.rules import (
    PartRows,
    PartSizes,
    ranks_within,
    split_groups,
    split_last,
    split_named,
    split_random,
    split_stratified,
)
from nnrun.data.splits.sizes import no_row_message, split_size, used_size
from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import DataSettings
from nnrun.experiment.split_section import SplitRule


def split_rows(
    rows: Part, columns: Columns, settings: DataSettings, seed: int
) -> tuple[Part, Part | None, Part | None]:
    """Splits rows into a training, a validation and a test set.

    Both amounts are counts or shares of all rows; a share takes n - floor(n (1 - share)) of n rows, as Keras's `fit`
    does with `validation_split`, but for the rounding of its floats. What is random comes from
    `default_rng([seed, 1])`. Without a split the rows keep their order. With folds the validation set is the chosen
    one, else the first; the test set is taken before and is the same for all folds.

    Args:
        rows: all rows, as the generator makes them.
        columns: their columns.
        settings: the amounts, the rule and the share of the training rows that is used.
        seed: the seed of the split.

    Returns:
        The training, the validation and the test set; None for a set without rows.

    Raises:
        ExperimentError: no row is left for training, or the rule does not suit the rows.
    """
    rule, place = settings.split, settings.generator.place
    validation = split_size(rows.rows, settings.validation_split, rule)
    test = split_size(rows.rows, settings.test_split, rule)
    if test + validation >= rows.rows:
        raise ExperimentError(Problem(no_row_message(rows.rows, validation, test), place))
    key = _key(rows, columns, rule, place)
    if test + validation or settings.folds or rule.kind in ("order", "column"):
        rng = np.random.default_rng([seed, 1])
        try:
            chosen = choose_rows(rows.rows, key, PartSizes(validation, test), rule, rng)
            if settings.folds:
                chosen = choose_fold(chosen, key, rule, settings.folds, settings.fold or 1)
        except ExperimentError as error:
            raise ExperimentError(*(replace(problem, place=place) for problem in error.problems)) from error
        rows = replace(rows, numbers=1 + np.arange(rows.rows))
        parts = [rows.take(part) if len(part) else None for part in (chosen.training, chosen.validation, chosen.test)]
        key = None if key is None else key[chosen.training]
    else:
        parts = [rows, None, None]
    if parts[0] is None:
        raise ExperimentError(Problem("No row is for training.", place))
    return used(parts[0], settings.use, rule, key, seed), parts[1], parts[2]


def choose_rows(rows: int, key: Array | None, sizes: PartSizes, rule: SplitRule, rng: np.random.Generator) -> PartRows:
    """The row numbers of each part by a rule.

    Args:
        rows: the number of rows.
        key: the classes, groups, order or parts of the rows, (rows,); None for a rule without a column.
        sizes: how many rows the held-out parts are to have.
        rule: the rule.
        rng: draws what is random.

    Raises:
        ExperimentError: the rule does not suit the rows.
    """
    match rule.kind, key:
        case "last", _:
            return split_last(np.arange(rows), sizes)
        case "stratified", np.ndarray():
            return split_stratified(key, sizes, rng)
        case "group", np.ndarray():
            return split_groups(key, sizes, rng)
        case "order", np.ndarray():
            return split_last(np.argsort(key, kind="stable"), sizes)
        case "column", np.ndarray():
            return split_named(key)
    return split_random(rows, sizes, rng)


def used(training: Part, use: float, rule: SplitRule, key: Array | None, seed: int) -> Part:
    """The training rows that are used, in their order; a larger share holds those of a smaller one.

    They are the last rows where the rows of the other parts follow them in time, else drawn from
    `default_rng([seed, 1, 1])`, of every class its share where the split is stratified.

    Args:
        training: the training rows.
        use: the share in (0, 1], or the number of rows, from 2.
        rule: how they were split.
        key: of a stratified split their classes, (rows,).
        seed: the seed of the split.
    """
    rows, size = training.rows, used_size(training.rows, use)
    if size >= rows:
        return training
    if training.numbers is None:
        training = replace(training, numbers=1 + np.arange(rows))
    if rule.in_time:
        return training.take(slice(rows - size, rows))
    order = np.random.default_rng([seed, 1, 1]).permutation(rows)  # (rows,)
    if rule.kind == "stratified" and key is not None:
        labels = np.unique(key[order], return_inverse=True)[1]
        shares = (ranks_within(labels) + 0.5) / np.bincount(labels)[labels]  # (rows,)
        order = order[np.argsort(shares, kind="stable")]
    return training.take(np.sort(order[:size]))


def _key(rows: Part, columns: Columns, rule: SplitRule, place: Place | None) -> Array | None:
    """The values that decide the part of each row, (rows,); None for a rule without a column."""
    if rule.kind in ("random", "last"):
        return None
    column = find_key_column(columns, rule.column) if rule.column else columns.targets[0]
    if column is None:
        raise ExperimentError(Problem(f'There is no column "{rule.column}" to split by.', place))
    values = key_values(rows, column, place)
    if rule.kind == "order":
        return in_order_of_time(values, column)
    if rule.kind == "column":
        return parts_of_rows(values, column)
    if rule.kind == "stratified" and 2 * len(np.unique(values)) > rows.rows:
        message = f'The column "{column.name}" has hardly two equal values, and a stratified split needs classes.'
        raise ExperimentError(Problem(message, place, "Split by random, or name a column of classes."))
    return values
