"""New rows are put into series and in order as in training, and cut into windows."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from series_experiments import experiment_of

from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.predict.new_rows.read_rows import parse_rows

WINDOW = {"length": 3, "horizon": 2, "inputs": ["value"]}
TEXT = "value\n" + "\n".join(str(i) for i in range(1, 8))


def test_every_window_of_a_file_is_predicted(tmp_path: Path) -> None:
    part = parse_rows(TEXT.encode(), "new.csv", experiment_of(WINDOW, tmp_path)).part
    assert part.inputs["window"][:, :, 0].tolist() == [[i, i + 1, i + 2] for i in range(1, 6)]
    assert np.array_equal(part.numbers, [5, 6, 7, 8, 9])
    assert part.targets == {}


def test_windows_are_evaluated_whose_targets_are_in_the_file(tmp_path: Path) -> None:
    part = parse_rows(TEXT.encode(), "new.csv", experiment_of(WINDOW, tmp_path), targets=True).part
    assert part.inputs["window"].shape == (3, 3, 1)
    assert part.targets["value"].ravel().tolist() == [5, 6, 7]


def test_a_file_with_fewer_rows_than_a_window_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError) as caught:
        parse_rows(b"value\n1\n2\n", "new.csv", experiment_of(WINDOW, tmp_path))
    message = "new.csv has 2 rows, and a window of the model takes 3 (length 3, horizon 2)."
    assert caught.value.problems[0].message == message


def sales(shops: str = "abc", days: int = 9) -> list[dict[str, Any]]:
    """A row per shop and day, by shop and in time."""
    return [
        {"shop": shop, "day": f"2024-03-{day:02}", "value": 100 * i + day}
        for i, shop in enumerate(shops)
        for day in range(1, days + 1)
    ]


def shuffled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    return pl.DataFrame(rows).write_csv().encode()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    stream = io.BytesIO()
    pl.DataFrame(rows).write_parquet(stream)
    return stream.getvalue()


def with_dates(rows: list[dict[str, Any]]) -> bytes:
    return as_parquet([row | {"day": date.fromisoformat(row["day"])} for row in rows])


def as_json_lines(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def as_arrays(rows: list[dict[str, Any]]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **{name: np.array([row[name] for row in rows]) for name in rows[0]})
    return stream.getvalue()


@pytest.fixture(scope="module")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """A forecast of the sales of several shops, whose file has a date and a shop in every row."""
    folder = tmp_path_factory.mktemp("sales")
    (folder / "sales.csv").write_bytes(as_csv(sales(days=20)))
    window = {"length": 3, "inputs": ["value"], "group": "shop"}
    file = {"csv": {"path": "sales.csv", "target": "value"}}
    return experiment_of(window, folder, generator=file, split={"order": "day"})


@pytest.mark.parametrize("written", [as_csv, as_parquet, with_dates, as_json_lines, as_arrays])
@pytest.mark.parametrize("targets", [False, True])
def test_rows_out_of_order_give_the_windows_of_each_series_in_order(
    written: Callable[[list[dict[str, Any]]], bytes], targets: bool, forecast: Experiment
) -> None:
    ordered, mixed = (parse_rows(written(each), "new", forecast, targets=targets).part for each in SALES)
    first = 100 * np.repeat([0, 1, 2], 6 if targets else 7) + np.tile(range(1, 7 if targets else 8), 3)
    for part in (ordered, mixed):
        assert np.array_equal(part.inputs["window"][:, :, 0], first[:, None] + np.arange(3))
        assert part.keys["shop"][:, 0].tolist() == [*np.repeat(["a", "b", "c"], len(first) // 3)]
        assert np.array_equal(part.keys["last_day"], ordered.keys["last_day"])
    if targets:
        assert np.array_equal(mixed.targets["value"][:, 0], first + 3)
    else:
        assert np.array_equal(mixed.numbers, np.tile(range(4, 11), 3))


SALES = (sales(), shuffled(sales()))


def refused(content: bytes, experiment: Experiment) -> list[str]:
    with pytest.raises(ExperimentError) as caught:
        parse_rows(content, "new.csv", experiment)
    return [f"{each.place.line}:{each.place.column} {each.message}" for each in caught.value.problems if each.place]


def test_the_columns_of_order_and_series_must_be_there(forecast: Experiment) -> None:
    assert refused(b"value\n1\n2\n3\n4\n", forecast) == [
        '1:1 There is no column "day", which orders the rows.',
        '1:1 There is no column "shop", which names the series of each row.',
    ]


def test_a_row_that_does_not_say_where_it_stands_is_refused(forecast: Experiment) -> None:
    text = b"value,day,shop\n1,2024-03-01,a\n2,soon,a\n3,,a\n4,2024-03-04,\n"
    assert refused(text, forecast) == [
        '3:3 The column "day" orders the rows and takes dates in the form 2026-01-31. Received: "soon"',
        '4:3 The column "day", which orders the rows, is empty here.',
        '5:14 The column "shop", which names the series of each row, is empty here.',
    ]


def test_a_cell_that_cannot_be_used_is_found_in_a_shuffled_file(forecast: Experiment) -> None:
    rows = [row | {"value": "x" if row["day"] == "2024-03-05" else row["value"]} for row in SALES[1]]
    lines = [2 + i for i, row in enumerate(rows) if row["value"] == "x"]
    text = "value,day,shop\n" + "".join(f"{row['value']},{row['day']},{row['shop']}\n" for row in rows)
    assert [found.split()[0] for found in refused(text.encode(), forecast)] == [f"{line}:1" for line in lines]


def test_a_series_without_a_window_is_named(forecast: Experiment) -> None:
    rows = [row for row in sales() if row["shop"] != "b" or row["day"] < "2024-03-03"]
    found = parse_rows(as_csv(rows), "new.csv", forecast)
    assert {*found.part.keys["shop"][:, 0]} == {"a", "c"}
    assert found.notes == ('Series of "shop" without a prediction, as a window takes 3 rows: b.',)


def test_no_series_with_as_many_rows_as_a_window_is_refused(forecast: Experiment) -> None:
    with pytest.raises(ExperimentError, match=r"No series of new\.csv has so many rows, and a window"):
        parse_rows(as_csv(sales(days=2)), "new.csv", forecast)
