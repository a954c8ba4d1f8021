"""Windows hold rows that follow one another, predict rows after them, and never span two data sets or two series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from series_experiments import dataset_of

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.splits.rules import PartSizes, split_random
from nnrun.data.windows.cut import SERIES, last_windows, windows_of
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column
from nnrun.experiment.window_section import WINDOW, Window

COLUMNS = (Column("n"), Column("wide", 2))
WINDOWS = st.builds(Window, st.integers(1, 6), st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))
# The step number is both what a window takes and what it predicts, so that every value names its row.
STEPS = {"inputs": ["t"], "targets": ["t"]}


def numbered(rows: int) -> Part:
    """Rows that hold their number from 1, which is also what is predicted."""
    n = np.arange(1, rows + 1, dtype=np.float32).reshape(-1, 1)
    return Part({"n": n, "wide": np.concatenate([-n, 2 * n], axis=1)}, {"next": n}, numbers=np.arange(1, rows + 1))


def sets_of(dataset: Dataset) -> list[Part]:
    """The training, validation and test set."""
    assert dataset.validation is not None
    assert dataset.test is not None
    return [dataset.training, dataset.validation, dataset.test]


def rows_used(part: Part) -> set[int]:
    """The numbers of all rows that the windows of a part take or predict."""
    return {int(t) for values in (part.inputs[WINDOW], part.targets["t"]) for t in values.ravel()}


@given(st.integers(1, 30), WINDOWS)
def test_a_window_has_rows_in_a_row_and_the_targets_of_rows_after_it(rows: int, window: Window) -> None:
    cut = windows_of(numbered(rows), COLUMNS, window)
    assert (0 if cut is None else cut.rows) == window.count(rows)
    if cut is None:
        return
    first = 1 + window.stride * np.arange(cut.rows)  # (samples,)
    taken = first[:, None] + np.arange(window.length)  # (samples, length)
    assert np.array_equal(cut.inputs[WINDOW], np.stack([taken, -taken, 2 * taken], axis=-1))
    predicted = taken[:, -1:] + window.horizon + np.arange(window.steps)
    assert np.array_equal(cut.targets["next"], predicted)
    assert cut.numbers is not None
    assert np.array_equal(cut.numbers, predicted[:, 0])


@given(st.integers(1, 30), WINDOWS)
def test_to_predict_the_rows_after_a_window_need_not_be_there(rows: int, window: Window) -> None:
    cut = last_windows(numbered(rows), COLUMNS, window)
    if cut is None:
        assert rows < window.length
        return
    last = cut.inputs[WINDOW][:, -1, 0]
    assert cut.numbers is not None
    assert np.array_equal(cut.numbers, last + window.horizon)
    assert last[-1] > rows - window.stride


def test_no_window_has_rows_of_two_data_sets(tmp_path: Path) -> None:
    parts = sets_of(dataset_of({"length": 5, "horizon": 2, **STEPS}, tmp_path, validation_split=0.2, test_split=0.2))
    used = [rows_used(part) for part in parts]
    assert [(min(rows), max(rows)) for rows in used] == [(0, 59), (60, 79), (80, 99)]


def test_windows_that_are_cut_before_a_random_split_would_leak() -> None:
    """What the split before the cut avoids: nearly every test window shares rows with the training windows."""
    whole = windows_of(numbered(100), COLUMNS, Window(5))
    assert whole is not None
    split = split_random(whole.rows, PartSizes(0, 20), np.random.default_rng(0))
    taken: Array = whole.inputs[WINDOW][:, :, 0]
    shared = np.isin(taken[split.test], taken[split.training]).any(axis=1)
    assert shared.mean() > 0.9


def test_no_window_has_rows_of_two_series(tmp_path: Path) -> None:
    lines = [f"{place},{10 * i + step}" for step in range(10) for i, place in enumerate(["Bern", "Oslo", "Rome"])]
    (tmp_path / "rows.csv").write_text("place,value\n" + "\n".join(lines))
    file = {"csv": {"path": "rows.csv", "target": "value"}}
    together = dataset_of({"length": 3, "group": "place"}, tmp_path, generator=file).training
    assert together.inputs[WINDOW].shape == (21, 3, 1)
    assert (together.inputs[WINDOW] // 10 == together.targets["value"][:, None] // 10).all()
    apart = dataset_of({"length": 3}, tmp_path, generator=file, split={"group": "place"}, test_split=0.3)
    assert apart.test is not None
    assert apart.test.rows == 7
    assert np.array_equal(np.unique(np.diff(apart.test.inputs[WINDOW], axis=1)), [1])


def test_a_series_ends_where_a_column_of_parts_takes_rows_out_of_it(tmp_path: Path) -> None:
    parts = ["train"] * 6 + ["test"] * 6 + ["train"] * 6
    (tmp_path / "rows.csv").write_text("part,value\n" + "\n".join(f"{part},{i}" for i, part in enumerate(parts)))
    file = {"csv": {"path": "rows.csv", "inputs": ["value"], "target": "part"}}
    (tmp_path / "rows.csv").write_text(
        "part,other,value\n" + "\n".join(f"{part},0,{i}" for i, part in enumerate(parts))
    )
    file = {"csv": {"path": "rows.csv", "target": "value"}}
    window = {"length": 4, "inputs": ["value"]}
    dataset = dataset_of(window, tmp_path, generator=file, split={"column": "part"})
    assert dataset.training.targets["value"].ravel().tolist() == [4, 5, 16, 17]


def test_rows_are_ordered_by_a_column_of_dates(tmp_path: Path) -> None:
    days = [f"2024-01-{day:02}" for day in range(1, 21)]
    order = np.random.default_rng(0).permutation(20)
    (tmp_path / "rows.csv").write_text("day,other,value\n" + "\n".join(f"{days[i]},0,{i}" for i in order))
    file = {"csv": {"path": "rows.csv", "target": "value"}}
    dataset = dataset_of({"length": 3}, tmp_path, generator=file, split={"order": "day"}, test_split=6)
    assert dataset.training.targets["value"].ravel().tolist() == list(range(3, 14))
    assert dataset.test is not None
    assert dataset.test.targets["value"].ravel().tolist() == [17, 18, 19]


def test_columns_are_scaled_by_the_training_rows_before_windows_are_cut(tmp_path: Path) -> None:
    settings = {"scale": "standard", "scale_targets": "minmax", "test_split": 0.2}
    dataset = dataset_of({"length": 4, "steps": 2, "targets": ["value"]}, tmp_path, **settings)
    rows = np.arange(80.0)
    scale = dataset.input_scaling[WINDOW]
    assert scale.offset[0] == rows.mean()
    assert scale.factor[0] == pytest.approx(1 / rows.std())
    assert dataset.target_scaling["value"].offset.shape == (2,)
    assert dataset.test is not None
    assert dataset.test.original is not None
    original = dataset.test.original.inputs[WINDOW]  # (samples, 4, 2)
    assert original[0, :, 0].tolist() == [80, 81, 82, 83]
    assert np.allclose(scale.invert(dataset.test.inputs[WINDOW]), original, atol=1e-5)


def test_a_data_set_without_a_window_is_refused_with_its_rows(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("t,value\n" + "\n".join(f"{i},{i}" for i in range(4)))
    other = {"csv": {"path": "few.csv", "target": "value"}}
    with pytest.raises(ExperimentError) as caught:
        dataset_of({"length": 4}, tmp_path, validation=other)
    expected = "The validation set has 4 rows, and a window takes 5 in a row (length 4, horizon 1)."
    assert caught.value.problems[0].message == expected


def test_the_number_of_a_series_is_no_column_of_the_samples() -> None:
    part = Part(numbered(9).inputs, numbered(9).targets, keys={SERIES: np.zeros((9, 1), np.int64)})
    cut = windows_of(part, COLUMNS, Window(2))
    assert cut is not None
    assert cut.keys == {}
