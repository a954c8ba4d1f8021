"""Folds hold every row once, are as even as their rule allows, and stay the same whatever else changes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnrun.data.dataset import Part
from nnrun.data.splits.split import split_rows
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component, DataSettings
from nnrun.experiment.split_section import SplitRule

SEEDS = st.integers(0, 5)
FOLDS = st.integers(2, 6)
TESTS = st.sampled_from([0, 0.2, 7])
CLASSES = st.lists(st.integers(0, 3), min_size=20, max_size=120)
RANDOM, STRATIFIED, GROUPED = SplitRule(), SplitRule("stratified", "key"), SplitRule("group", "key")
COLUMNS = Columns((Column("x"),), (Column("y"),), keys=(Column("key"),))


def one_fold(keys: list[int], rule: SplitRule, seed: int = 0, **changed: Any) -> list[list[int]]:
    """The row numbers, from 0, of the training, the validation and the test set."""
    numbers = np.arange(len(keys)).reshape(-1, 1)
    part = Part({"x": numbers}, {"y": -numbers}, keys={"key": np.asarray(keys, float).reshape(-1, 1)})
    parts = split_rows(part, COLUMNS, DataSettings(Component("generators", "table"), split=rule, **changed), seed)
    return [found.inputs["x"][:, 0].tolist() if found else [] for found in parts]


def all_folds(keys: list[int], rule: SplitRule, folds: int, test: float, seed: int) -> list[list[list[int]]]:
    try:
        return [one_fold(keys, rule, seed, folds=folds, fold=fold, test_split=test) for fold in range(1, folds + 1)]
    except ExperimentError:
        assume(False)
        raise


@pytest.mark.parametrize("rule", [RANDOM, STRATIFIED, GROUPED])
@given(keys=CLASSES, folds=FOLDS, test=TESTS, seed=SEEDS)
def test_the_folds_and_the_test_set_hold_every_row_once(
    rule: SplitRule, keys: list[int], folds: int, test: float, seed: int
) -> None:
    found = all_folds(keys, rule, folds, test, seed)
    held_out = [validation for _, validation, _ in found]
    assert sorted(itertools.chain(*held_out, found[0][2])) == list(range(len(keys)))
    assert all(held_out)
    for training, validation, testing in found:
        assert testing == found[0][2]
        assert sorted([*training, *validation, *testing]) == list(range(len(keys)))


@pytest.mark.parametrize("rule", [RANDOM, STRATIFIED])
@given(keys=CLASSES, folds=FOLDS, test=TESTS, seed=SEEDS)
def test_the_folds_have_the_same_number_of_rows_within_one(
    rule: SplitRule, keys: list[int], folds: int, test: float, seed: int
) -> None:
    sizes = [len(validation) for _, validation, _ in all_folds(keys, rule, folds, test, seed)]
    assert max(sizes) - min(sizes) <= 1


@given(keys=CLASSES, folds=FOLDS, test=TESTS, seed=SEEDS)
def test_stratified_folds_have_the_same_number_of_every_class_within_one(
    keys: list[int], folds: int, test: float, seed: int
) -> None:
    found = all_folds(keys, STRATIFIED, folds, test, seed)
    counts = np.array([np.bincount(np.array(keys)[rows], minlength=4) for _, rows, _ in found])
    assert (np.ptp(counts, axis=0) <= 1).all()


@given(keys=st.lists(st.integers(0, 9), min_size=20, max_size=120), folds=FOLDS, test=TESTS, seed=SEEDS)
def test_no_group_stands_in_two_folds(keys: list[int], folds: int, test: float, seed: int) -> None:
    found = all_folds(keys, GROUPED, folds, test, seed)
    groups = [{keys[row] for row in rows} for rows in (*(validation for _, validation, _ in found), found[0][2])]
    assert sum(map(len, groups)) == len(set(keys))


def test_groups_of_one_size_make_even_folds() -> None:
    keys = [row // 4 for row in range(80)]
    assert [len(one_fold(keys, GROUPED, folds=5, fold=fold)[1]) for fold in range(1, 6)] == [16] * 5


@pytest.mark.parametrize("rule", [RANDOM, STRATIFIED, GROUPED])
def test_the_share_of_the_training_rows_changes_no_fold(rule: SplitRule) -> None:
    keys = [row % 10 for row in range(60)]
    every, few = (one_fold(keys, rule, folds=3, fold=2, use=use) for use in (1.0, 0.5))
    assert few[1] == every[1]
    assert set(few[0]) < set(every[0])


def test_the_seed_of_the_split_changes_the_folds() -> None:
    first, second = (one_fold([0] * 30, RANDOM, seed, folds=3, fold=1)[1] for seed in (0, 1))
    assert sorted(first) != sorted(second)


def test_the_first_fold_stands_for_all_where_none_is_chosen() -> None:
    assert one_fold([0] * 30, RANDOM, folds=3) == one_fold([0] * 30, RANDOM, folds=3, fold=1)


@pytest.mark.parametrize(
    ("rule", "keys", "message"),
    [
        (RANDOM, [0] * 4, "There are 4 rows, and 5 folds need one each"),
        (STRATIFIED, [0] * 9 + [1] * 3, "A class has 3 rows, and 5 folds need one of every class"),
        (GROUPED, [0, 1, 2] * 5, "There are 3 groups, and 5 folds need one each"),
    ],
)
def test_more_folds_than_rows_or_groups_or_rows_of_a_class_are_refused(
    rule: SplitRule, keys: list[int], message: str
) -> None:
    with pytest.raises(ExperimentError, match=message):
        one_fold(keys, rule, folds=5, fold=1)
