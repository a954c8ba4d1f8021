"""Windows over rows that are not in the order of their dates, or of several series, are warned of; no others are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nnrun.data.files.data_files import DataFiles
from nnrun.load import load_experiment

DAYS = [str(date(2024, 1, 1) + timedelta(i)) for i in range(40)]
BACK = DAYS[::-1]
NETWORK = "layers: [Flatten, Dense: {units: 1}]\nloss: mse\noptimizer: sgd\nepochs: 1\n"
LAST, BY_DATE = "validation_split: 10", "split: {order: date}, validation_split: 10"
Rows = Sequence[dict[str, Any]]


def of_dates(dates: Sequence[str], **others: Sequence[Any]) -> Rows:
    """Rows with these cells, an input and a target."""
    names = ["date", *others, "a", "y"]
    cells = zip(dates, *others.values(), range(len(dates)), range(1, len(dates) + 1), strict=True)
    return [dict(zip(names, row, strict=True)) for row in cells]


def write(path: Path, rows: Rows) -> None:
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        path.write_text("\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows), ""]))


def warnings_of(folder: Path, rows: Rows, data: str, window: str = "", kind: str = "csv", form: str = "") -> list[str]:
    write(folder / f"rows.{kind}", rows)
    file = folder / "exp.yaml"
    generator = f"{{{kind}: {{path: rows.{kind}, inputs: [a]{form}}}}}"
    file.write_text(f"data: {{generator: {generator}, {data}, window: {{length: 3{window}}}}}\n{NETWORK}")
    found = load_experiment(file, files=DataFiles(in_part=True)).warnings
    assert all(problem.place and problem.place.line == 1 for problem in found)
    return [f"{problem.message} {problem.hint}" for problem in found]


SHOPS = {"shop": ["north", "south"] * 20}
TWICE = [day for day in DAYS[:20] for _ in range(2)]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("dates", [BACK, [*DAYS[20:], *DAYS[:20]]], ids=["newest first", "the middle first"])
def test_rows_that_go_back_in_time_are_warned_of(tmp_path: Path, kind: str, dates: list[str]) -> None:
    (warning,) = warnings_of(tmp_path, of_dates(dates), LAST, kind=kind)
    before, after = next((a, b) for a, b in pairwise(dates) if b < a)
    assert f'"date" goes back: {after} follows {before}.' in warning
    assert warning.endswith("Sort the rows of the file, or write split: {order: date}.")
    assert not warnings_of(tmp_path, of_dates(dates), BY_DATE, kind=kind)


def test_dates_that_become_numbers_and_those_of_the_file_alone_are_looked_at(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, of_dates(BACK), LAST, form=", dates: {date: number}")
    parts = of_dates(BACK, part=["train"] * 20 + ["val"] * 20)
    (warning,) = warnings_of(tmp_path, parts, "split: {column: part}")
    assert warning.endswith("Sort the rows of the file.")


@pytest.mark.parametrize("data", [LAST, BY_DATE])
def test_rows_of_several_series_are_warned_of(tmp_path: Path, data: str) -> None:
    rows = of_dates(TWICE, **SHOPS)
    (warning,) = warnings_of(tmp_path, rows, data)
    assert 'Rows of one "date" differ in "shop"' in warning
    assert warning.endswith("Add to window: group: shop")
    assert not warnings_of(tmp_path, rows, data, ", group: shop")


def test_series_one_after_the_other_are_each_looked_at(tmp_path: Path) -> None:
    shops = {"shop": ["north"] * 20 + ["south"] * 20}
    forth, back = of_dates(DAYS[:20] * 2, **shops), of_dates(DAYS[19::-1] * 2, **shops)
    assert len(warnings_of(tmp_path, forth, LAST)) == 1
    assert len(warnings_of(tmp_path, back, LAST)) == 2
    assert not warnings_of(tmp_path, forth, LAST, ", group: shop")
    (warning,) = warnings_of(tmp_path, back, LAST, ", group: shop")
    assert "goes back" in warning


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"shipped": BACK},  # one of the dates is in order
        {"weather": ["sun", "rain", "sun", "snow"] * 10},
        {"number": [f"N{i}" for i in range(40)]},
    ],
    ids=str,
)
def test_rows_in_order_are_not_warned_of(tmp_path: Path, others: dict[str, Any]) -> None:
    assert not warnings_of(tmp_path, of_dates(DAYS, **others), LAST)


@pytest.mark.parametrize(
    "others", [{"time": ["08:00", "20:00"] * 20}, {"number": [f"N{i}" for i in range(40)]}], ids=str
)
def test_several_rows_a_day_are_one_series(tmp_path: Path, others: dict[str, Any]) -> None:
    assert not warnings_of(tmp_path, of_dates(TWICE, **others), LAST)


def test_the_column_of_the_series_is_no_input_and_may_have_many_texts(tmp_path: Path) -> None:
    shops = [f"shop {i}" for i in range(150) for _ in range(5)]
    write(tmp_path / "rows.csv", of_dates(DAYS[:5] * 150, shop=shops))
    file = tmp_path / "exp.yaml"
    text = "data: {generator: {csv: {path: rows.csv}}, split: {order: date}, window: {length: 2, group: shop}}\n"
    file.write_text(text + NETWORK)
    columns = load_experiment(file).columns
    assert [column.name for column in columns.of_rows.inputs] == ["a", "y"]
    assert {column.name for column in columns.generated.keys} == {"date", "shop"}
