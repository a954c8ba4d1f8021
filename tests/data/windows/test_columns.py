"""The columns of windows are known without a row."""

from __future__ import annotations

from nnrun.data.windows.columns import network_columns
from nnrun.experiment.columns import Column, Columns

WEATHER = Columns(
    (Column("rain"), Column("sky", categories=("cloudy", "fair", "wet"))),
    (Column("temperature"),),
    samples=100,
    keys=(Column("day"),),
)


def test_a_window_has_the_numbers_of_all_columns_targets_included() -> None:
    columns = network_columns(WEATHER, {"window": {"length": 24}})
    (window,) = columns.inputs
    assert (window.name, window.shape) == ("window", (24, 5))
    assert [column.name for column in columns.of_rows.inputs] == ["rain", "sky", "temperature"]
    assert columns.generated is WEATHER


def test_the_columns_of_the_order_and_of_the_series_are_no_inputs_unless_they_are_named() -> None:
    data = {"window": {"length": 2, "group": "sky"}, "split": {"order": "rain"}}
    assert [column.name for column in network_columns(WEATHER, data).of_rows.inputs] == ["temperature"]
    named = {"window": {"length": 2, "group": "sky", "inputs": ["rain"]}, "split": {"order": "rain"}}
    assert [column.name for column in network_columns(WEATHER, named).of_rows.inputs] == ["rain"]


def test_several_steps_are_numbers_of_each_target() -> None:
    columns = network_columns(WEATHER, {"window": {"length": 24, "steps": 3, "targets": ["temperature", "rain"]}})
    assert [(column.name, column.width) for column in columns.targets] == [("temperature", 3), ("rain", 3)]


def test_rows_without_windows_are_only_prepared() -> None:
    columns = network_columns(WEATHER, {})
    assert columns.rows is None
    assert columns.of_rows is columns
