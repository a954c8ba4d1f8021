"""Columns of a Parquet file by their types: numbers, truth values and texts; others are refused with a remedy."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.parquet_file import DateKinds, ParquetFile, open_parquet
from nnrun.errors import ExperimentError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.parquet"


def opened(path: Path, dates: DateKinds = (), **columns: Any) -> ParquetFile:
    pl.DataFrame(columns).write_parquet(path)
    return open_parquet(DataFiles(), path, dates)


@pytest.mark.parametrize(
    "values",
    [
        [3, 0, 7],
        [0.5, -0.0, 1e-40],
        [True, False, True],
        pl.Series([1, 2, 255], dtype=pl.UInt8),
        pl.Series([Decimal("1.50"), Decimal(2), Decimal(3)], dtype=pl.Decimal(10, 2)),
        pl.Series([0.5, 1.5, 2.5], dtype=pl.Float32),
    ],
    ids=str,
)
def test_numbers_and_truth_values_are_numbers(path: Path, values: Any) -> None:
    column = opened(path, x=values).columns(["x"])["x"]
    assert column.values().tolist() == [[np.float32(value)] for value in values]
    assert column.values().dtype == np.float32


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical, pl.Enum(["u", "v", "w"])], ids=str)
def test_texts_and_categories_are_words_in_sorted_order(path: Path, kind: Any) -> None:
    column = opened(path, x=pl.Series(["v", "u", "v"], dtype=kind)).columns(["x"])["x"]
    assert (column.categories, column.values().tolist()) == (("u", "v"), [[1], [0], [1]])


@pytest.mark.parametrize(
    ("value", "days"),
    [
        (date(1970, 1, 2), 1),
        (date(1969, 12, 31), -1),
        (datetime(2026, 11, 29, 12), 20_786.5),
        (datetime(1970, 1, 1, 6, tzinfo=UTC), 0.25),
        (datetime(1970, 1, 1, 6, tzinfo=timezone(timedelta(hours=6))), 0),
    ],
)
def test_a_date_is_the_days_since_1970_in_utc(path: Path, value: Any, days: float) -> None:
    assert opened(path, x=[value, None]).columns(["x"])["x"].values()[0].tolist() == [days]


NOON = datetime(2026, 11, 29, 12, 30)


@pytest.mark.parametrize(
    "value",
    [NOON, NOON.replace(tzinfo=UTC), NOON.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=6))), str(NOON)],
)
def test_a_date_becomes_the_parts_that_are_asked_for_of_utc(path: Path, value: Any) -> None:
    file = opened(path, (("sold", "parts"),), x=[1.0, 2.0], sold=[value, None])
    assert file.names == ("x", "sold.year", "sold.month", "sold.day", "sold.weekday", "sold.hour")
    parts = [column.values()[:, 0].tolist() for column in file.columns(file.names[1:]).values()]
    assert [first for first, _ in parts] == [2026, 11, 29, 7, 12.5]
    assert all(np.isnan(second) for _, second in parts)


def test_a_cell_that_is_no_date_is_refused_with_its_row(path: Path) -> None:
    file = opened(path, (("sold", "cyclic"),), x=[1, 2], sold=["2026-11-29", "soon"])
    with pytest.raises(
        ExperimentError, match=r'Row 2 of rows.parquet has no date in the column "sold". Received: "soon"'
    ):
        file.columns(["sold.hour_sin"])
    numbers = opened(path, (("x", "number"),), x=[1, 2])
    with pytest.raises(ExperimentError, match=r'Row 1 of rows.parquet has no date in the column "x". Received: "1"'):
        numbers.columns(["x"])


def test_a_column_of_dates_that_is_not_there_gets_the_nearest_name(path: Path) -> None:
    (problem,) = opened(path, (("sol", "number"),), sold=[NOON]).header_problems()
    assert (problem.message, problem.hint) == (
        'There is no column "sol", which dates names.',
        'Did you mean "sold"?',
    )


def test_texts_of_digits_stay_words(path: Path) -> None:
    assert opened(path, x=["10", "9"]).columns(["x"])["x"].categories == ("10", "9")


@pytest.mark.parametrize("values", [[1.0, None], [1.0, float("nan")], ["a", None], ["a", " "], [None, None]], ids=str)
def test_a_null_a_nan_and_an_empty_text_are_missing(path: Path, values: list[Any]) -> None:
    column = opened(path, x=pl.Series(values, strict=False)).columns(["x"])["x"]
    assert column.gap is not None
    _, stray = column.gap
    assert stray.where == ("Row 1" if values[0] is None else "Row 2")


@pytest.mark.parametrize(
    ("values", "kind", "hint"),
    [
        ([[1, 2]], "List", "Write a column per number, or save the arrays as an npz file."),
        ([{"u": 1}], "Struct", "Write a column per field."),
        ([b"a"], "Binary", "Leave the column out by naming the others in inputs."),
        ([timedelta(1)], "Duration", "Save it as a number, such as seconds."),
        ([time(12)], "Time", "Save it as a number, such as hours."),
    ],
)
def test_other_types_are_refused_by_name_with_a_remedy(path: Path, values: list[Any], kind: str, hint: str) -> None:
    file = opened(path, x=values, y=[1.0])
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        file.columns(["x"])
    (problem,) = caught.value.problems
    assert problem.message == f'The column "x" of rows.parquet has the type {kind}, and a column has numbers or texts.'
    assert problem.hint == hint
    assert len(file.columns(["y"])["y"]) == 1


def test_a_file_without_rows_is_refused(path: Path) -> None:
    file = opened(path, x=pl.Series([], dtype=pl.Float64))
    with pytest.raises(ExperimentError, match=r"The file rows\.parquet has no rows"):
        file.columns(["x"])


def test_signs_in_the_name_of_a_file_are_no_pattern(tmp_path: Path) -> None:
    path = tmp_path / "rows[1]=2*.parquet"
    assert opened(path, x=[1.0]).columns(["x"])["x"].values().tolist() == [[1.0]]


def test_a_second_file_of_other_types_is_refused_with_the_columns(path: Path) -> None:
    pl.DataFrame({"x": [1.0], "y": [1]}).write_parquet(path.with_name("rows-1.parquet"))
    pl.DataFrame({"x": [1.0], "y": ["a"]}).write_parquet(path.with_name("rows-2.parquet"))
    with pytest.raises(ExperimentError, match=r"rows-2\.parquet and rows-1\.parquet must have .* Different: y"):
        open_parquet(DataFiles(), path.with_name("rows-*.parquet"))


def test_the_row_of_a_missing_cell_is_counted_within_its_file(path: Path) -> None:
    pl.DataFrame({"x": [1.0, 2.0]}).write_parquet(path.with_name("rows-1.parquet"))
    pl.DataFrame({"x": [1.0, None]}).write_parquet(path.with_name("rows-2.parquet"))
    column = open_parquet(DataFiles(), path.with_name("rows-*.parquet")).columns(["x"])["x"]
    assert column.strays[""].where == "Row 2 of rows-2.parquet"


def written_by_pandas(path: Path, index: Any, **columns: Any) -> tuple[str, ...]:
    """The names of the columns of a file with what pandas writes beside them."""
    pl.DataFrame(columns).write_parquet(path, metadata={"pandas": json.dumps({"index_columns": index})})
    return open_parquet(DataFiles(), path).names


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (["__index_level_0__"], ("x", "y")),
        (["day"], ("day", "x", "y")),
        (["day", "__index_level_1__"], ("day", "x", "y")),
        ([{"kind": "range", "name": None, "start": 0, "stop": 2, "step": 1}], ("x", "y")),
    ],
    ids=str,
)
def test_the_index_of_pandas_is_no_target(path: Path, index: list[Any], names: tuple[str, ...]) -> None:
    stored = {name: [5, 3] for name in index if isinstance(name, str)}
    assert written_by_pandas(path, index, x=[0.5, 1.5], y=[1, 2], **stored) == names


@pytest.mark.parametrize("written", ["", "[]", '{"index_columns": 3}', '{"index_columns": ["z"]}'])
def test_what_another_program_wrote_for_pandas_changes_no_column(path: Path, written: str) -> None:
    pl.DataFrame({"x": [0.5], "y": [1]}).write_parquet(path, metadata={"pandas": written})
    assert open_parquet(DataFiles(), path).names == ("x", "y")
