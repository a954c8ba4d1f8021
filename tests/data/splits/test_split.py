"""The parts of every rule: no row is lost or in two parts, and each rule keeps what it promises."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnrun.data.dataset import Part
from nnrun.data.splits.rules import apportion
from nnrun.data.splits.split import split_rows
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component, DataSettings
from nnrun.experiment.split_section import SplitRule

SHARES = st.integers(0, 99).map(lambda percent: percent / 100)
SEEDS = st.integers(0, 5)
KEYS = st.lists(st.integers(0, 4), min_size=6, max_size=120)
BY_KEY = {kind: SplitRule(kind, "key") for kind in ("stratified", "group", "order")}
COLUMNS = Columns((Column("x"),), (Column("y"),), keys=(Column("key"),))


def numbered(rows: int, keys: Any = None) -> Part:
    numbers = np.arange(rows).reshape(-1, 1)
    column = {} if keys is None else {"key": np.asarray(keys, float).reshape(-1, 1)}
    return Part({"x": numbers}, {"y": -numbers}, keys=column)


def settings(**changed: Any) -> DataSettings:
    return DataSettings(Component("generators", "table"), **changed)


def split(part: Part, seed: int = 0, columns: Columns = COLUMNS, **changed: Any) -> list[list[int]]:
    """The row numbers, from 0, of the three parts."""
    parts = split_rows(part, columns, settings(**changed), seed)
    return [found.inputs["x"][:, 0].tolist() if found else [] for found in parts]


def parted(rows: int, validation: float, test: float, seed: int = 0) -> list[list[int]]:
    return split(numbered(rows), seed, validation_split=validation, test_split=test)


def test_a_tenth_of_ten_thousand_is_a_thousand() -> None:
    assert [len(part) for part in parted(10_000, 0.1, 0)] == [9000, 1000, 0]
    assert [len(part) for part in parted(10_000, 0.1, 0.2)] == [7000, 1000, 2000]
    assert [len(part) for part in parted(10_000, 7, 0.2)] == [7993, 7, 2000]


@given(st.integers(1, 300), SHARES, SHARES, SEEDS)
def test_the_parts_hold_every_row_once(rows: int, validation: float, test: float, seed: int) -> None:
    try:
        parts = parted(rows, validation, test, seed)
    except ExperimentError:
        assume(False)
    assert sorted(itertools.chain(*parts)) == list(range(rows))
    assert [bool(part) for part in parts] == [True, validation > 0, test > 0]


@given(st.integers(4, 2000), st.sampled_from([0.125, 0.25, 0.5, 0.75]))
def test_the_training_part_has_as_many_rows_as_in_keras(rows: int, share: float) -> None:
    assert len(parted(rows, share, 0)[0]) == math.floor(rows * (1 - share))


def test_the_random_split_is_that_of_a_permutation_of_the_seed() -> None:
    order = np.random.default_rng([3, 1]).permutation(50).tolist()
    assert parted(50, 0.2, 0.1, seed=3) == [order[15:], order[5:15], order[:5]]


def test_inputs_and_targets_stay_together() -> None:
    for part in split_rows(numbered(20), COLUMNS, settings(validation_split=0.2, test_split=0.2), 0):
        assert part is not None
        assert np.array_equal(part.inputs["x"], -part.targets["y"])


def test_rows_without_a_split_keep_their_order() -> None:
    assert parted(9, 0, 0)[0] == list(range(9))


@pytest.mark.parametrize("rule", [SplitRule(), SplitRule("last"), *BY_KEY.values()])
@given(keys=KEYS, seed=SEEDS)
def test_the_validation_share_does_not_change_the_test_set(rule: SplitRule, keys: list[int], seed: int) -> None:
    part = numbered(3 * len(keys), keys * 3)
    tests = [
        split(part, seed, split=rule, validation_split=share, test_split=0.2)[2]
        for share in (0.1, 0.3)
        if len(set(keys)) > 2
    ]
    assert all(sorted(test) == sorted(tests[0]) for test in tests)


@pytest.mark.parametrize(("rows", "validation", "test"), [(1, 0.1, 0), (10, 0.5, 0.5), (2, 0.1, 0.1), (5, 5, 0)])
def test_a_split_leaves_a_row_for_training(rows: int, validation: float, test: float) -> None:
    with pytest.raises(ExperimentError, match=f"no row for training: of {rows} rows"):
        parted(rows, validation, test)


@given(KEYS, SHARES, SHARES, SEEDS)
def test_a_stratified_split_has_of_each_class_its_share_within_one_row(
    keys: list[int], validation: float, test: float, seed: int
) -> None:
    part, classes = numbered(len(keys), keys), np.array(keys)
    try:
        parts = split(part, seed, split=BY_KEY["stratified"], validation_split=validation, test_split=test)
    except ExperimentError:
        assume(False)
    sizes = [len(rows) for rows in parts]
    assert sorted(itertools.chain(*parts)) == list(range(len(keys)))
    assert sizes[1:] == [len(rows) for rows in parted(len(keys), validation, test)[1:]]
    for name in set(keys):
        training, validating, testing = (int((classes[rows] == name).sum()) if rows else 0 for rows in parts)
        count, left = training + validating + testing, training + validating
        assert abs(testing - count * sizes[2] / len(keys)) < 1
        assert abs(validating - left * sizes[1] / (sizes[0] + sizes[1])) < 1


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30), SHARES)
def test_shares_that_are_apportioned_add_up(counts: list[int], share: float) -> None:
    size = int(sum(counts) * share)
    shares = apportion(np.array(counts), size)
    assert shares.sum() == size
    assert all(0 <= part <= count for part, count in zip(shares.tolist(), counts, strict=True))


def test_a_class_without_a_row_for_each_part_is_refused() -> None:
    with pytest.raises(ExperimentError, match="A class has 1 row, and 2 parts need one of every class"):
        split(numbered(5, [0, 0, 0, 0, 1]), split=BY_KEY["stratified"], validation_split=0.5)


def test_hardly_equal_values_are_no_classes() -> None:
    with pytest.raises(ExperimentError, match=r'"key" has hardly two equal values, and a stratified split needs'):
        split(numbered(5, [0, 1, 2, 3, 3]), split=BY_KEY["stratified"], validation_split=0.5)


@given(KEYS, SHARES, SHARES, SEEDS)
def test_no_group_is_torn(keys: list[int], validation: float, test: float, seed: int) -> None:
    part = numbered(len(keys), keys)
    try:
        parts = split(part, seed, split=BY_KEY["group"], validation_split=validation, test_split=test)
    except ExperimentError:
        assume(False)
    groups = [{keys[row] for row in rows} for rows in parts]
    assert sorted(itertools.chain(*parts)) == list(range(len(keys)))
    assert sum(map(len, groups)) == len(set(keys))
    assert [bool(rows) for rows in parts] == [True, validation > 0, test > 0]


def test_groups_of_one_size_give_the_size_that_is_asked_for() -> None:
    part = numbered(100, np.arange(100) // 5)
    parts = split(part, split=BY_KEY["group"], validation_split=0.2, test_split=0.1)
    assert [len(rows) for rows in parts] == [70, 20, 10]


def test_fewer_groups_than_parts_are_refused() -> None:
    with pytest.raises(ExperimentError, match="There are 2 groups, and 3 parts need one each"):
        split(numbered(10, [0, 1] * 5), split=BY_KEY["group"], validation_split=0.2, test_split=0.2)


@given(KEYS, SHARES, SHARES)
def test_no_row_comes_before_one_of_the_part_before_it(keys: list[int], validation: float, test: float) -> None:
    try:
        parts = split(numbered(len(keys), keys), split=BY_KEY["order"], validation_split=validation, test_split=test)
    except ExperimentError:
        assume(False)
    ordered = [keys[row] for row in itertools.chain(*parts)]
    assert ordered == sorted(keys)
    assert sorted(itertools.chain(*parts)) == list(range(len(keys)))


def test_dates_are_in_the_order_of_time() -> None:
    texts = ("2024-01-05T10:00+02:00", "2024-01-05T09:00", "2023-12-31")
    columns = Columns((Column("x"),), (Column("y"),), keys=(Column("key", categories=texts),))
    part = numbered(3)
    part.keys["key"] = np.array([[0], [1], [2]], np.int32)
    assert split(part, columns=columns, split=BY_KEY["order"], validation_split=1) == [[2, 0], [1], []]


def test_months_are_dates() -> None:
    columns = Columns(
        (Column("x"),), (Column("y"),), keys=(Column("key", categories=("1949-02", "1949-12", "1949-01")),)
    )
    part = numbered(3)
    part.keys["key"] = np.array([[0], [1], [2]], np.int32)
    assert split(part, columns=columns, split=BY_KEY["order"], validation_split=1) == [[2, 0], [1], []]


def test_the_last_rows_are_held_out_as_they_are() -> None:
    parts = split(numbered(10), split=SplitRule("last"), validation_split=0.2, test_split=3)
    assert parts == [[0, 1, 2, 3, 4], [5, 6], [7, 8, 9]]


def test_a_column_says_the_part() -> None:
    texts = ("Validation", "test", "train", "training", "val")
    columns = Columns((Column("x"),), (Column("y"),), keys=(Column("key", categories=texts),))
    part = numbered(6)
    part.keys["key"] = np.array([[2], [1], [0], [3], [4], [2]], np.int32)
    assert split(part, columns=columns, split=SplitRule("column", "key")) == [[0, 3, 5], [2, 4], [1]]


def test_a_missing_cell_is_refused_with_its_row() -> None:
    with pytest.raises(ExperimentError, match='"key" splits the rows and is empty in row 2'):
        split(numbered(6, [1, math.nan, 1, 2, 3, 3]), split=BY_KEY["group"], validation_split=0.2)


@pytest.mark.parametrize("rule", [SplitRule(), SplitRule("last"), *BY_KEY.values()])
@given(keys=KEYS, seed=SEEDS, uses=st.tuples(SHARES, SHARES))
def test_a_larger_share_of_the_training_rows_holds_a_smaller_one(
    rule: SplitRule, keys: list[int], seed: int, uses: tuple[float, float]
) -> None:
    small, large = sorted(max(0.01, use) for use in uses)
    part = numbered(3 * len(keys), keys * 3)
    assume(len(set(keys)) > 2)
    few, many, every = (
        split(part, seed, split=rule, validation_split=0.2, test_split=0.1, use=use) for use in (small, large, 1)
    )
    assert few[1:] == many[1:] == every[1:]
    assert set(few[0]) <= set(many[0]) <= set(every[0])
    assert len(many[0]) == math.ceil(round(large * 100) * len(every[0]) / 100)
    assert [row for row in every[0] if row in set(few[0])] == few[0]


def test_the_used_rows_of_a_stratified_split_have_the_shares_of_the_classes() -> None:
    classes = np.array([0] * 80 + [1] * 20)
    rows, *_ = split(numbered(100, classes), split=BY_KEY["stratified"], use=10)
    assert np.bincount(classes[rows]).tolist() == [8, 2]


def test_the_used_rows_of_a_split_by_time_are_the_last_ones() -> None:
    assert split(numbered(10), split=SplitRule("last"), validation_split=2, use=3)[0] == [5, 6, 7]


@pytest.mark.keras
@pytest.mark.parametrize(("rows", "share"), [(11, 0.3), (20, 0.9)])
def test_the_last_rows_are_those_of_fit(rows: int, share: float) -> None:
    import keras

    x = np.random.default_rng(0).normal(size=(rows, 2)).astype(np.float32)
    whole = Part({"x": x}, {"y": x[:, :1]})
    training, validation, _ = split_rows(whole, COLUMNS, settings(split=SplitRule("last"), validation_split=share), 0)
    assert validation is not None
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    own = model.fit(x, x[:, :1], validation_split=share, shuffle=False, verbose=0).history
    model.set_weights(before)
    held_out = (validation.inputs["x"], validation.targets["y"])
    ours = model.fit(training.inputs["x"], training.targets["y"], validation_data=held_out, shuffle=False, verbose=0)
    assert ours.history == own
