"""How many rows each part has, as far as that is known without the rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from nnrun.experiment.folds import FOLDS
from nnrun.experiment.split_section import SplitRule, read_split
from nnrun.experiment.window_section import read_window

VALIDATION_SPLIT = "validation_split"
TEST_SPLIT = "test_split"
SPLITS = (VALIDATION_SPLIT, TEST_SPLIT)


def is_count(amount: float) -> bool:
    """Whether an amount of rows is a number of them: a whole number from 1. Others are shares."""
    return isinstance(amount, int) and amount >= 1


def split_size(rows: int, amount: float, rule: SplitRule | None = None) -> int:
    """The number of rows in a split: a count itself, of a share n - floor(n (1 - share)), as Keras's `fit` has it.

    A share is taken as the fraction of its decimal digits: in floats, 10 · (1 - 0.9) is a little less than 1. The rule
    `last` computes in floats, as Keras does, so that it takes the very rows that `fit` takes.

    Args:
        rows: all rows.
        amount: a share in [0, 1), or a whole number of rows.
        rule: how the rows are split.
    """
    if is_count(amount):
        return int(amount)
    if rule and rule.kind == "last":
        return rows - math.floor(rows * (1.0 - amount))
    return rows - math.floor(rows * (1 - Fraction(str(amount))))


def used_size(rows: int, use: float) -> int:
    """The number of training rows that are used: of a share n - floor(n (1 - share)), else a count, at most all."""
    if use > 1:
        return min(rows, int(use))
    return rows - math.floor(rows * (1 - Fraction(str(use))))


def held_out_sizes(rows: int, data: Mapping[str, Any]) -> tuple[int, int]:
    """The numbers of rows in the validation and the test set that are split from these rows.

    Where groups stay together the sizes are those that are aimed at; where a column says the part, they are 0. The
    validation set of folds is the largest fold.

    Args:
        rows: all rows that can be split.
        data: the settings `data` of an experiment.
    """
    rule = read_split(data)
    validation, test = (split_size(rows, data.get(name, 0), rule) for name in SPLITS)
    return (math.ceil((rows - test) / data[FOLDS]) if data.get(FOLDS) else validation), test


def training_size(rows: int, data: Mapping[str, Any]) -> int:
    """The number of training samples that are used, at least 0; the arguments are those of `held_out_sizes`."""
    left = max(0, rows - sum(held_out_sizes(rows, data)))
    used, window = used_size(left, data.get("use", 1)), read_window(data)
    return used if window is None else window.count(used)


def few_groups_message(groups: int, needed: int, parts: str) -> str:
    """What is said where there are fewer groups than parts that need one."""
    counted = "is 1 group" if groups == 1 else f"are {groups} groups"
    return f"There {counted}, and {needed} {parts} need one each, as a group stays together."


def no_row_message(rows: int, validation: int, test: int) -> str:
    """What is said where a split leaves no row to train on."""
    taken = f"{validation} are for validation and {test} for the test"
    return f"The splits leave no row for training: of {rows} rows, {taken}."
