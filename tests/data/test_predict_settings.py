"""The samples of the setting `predict` are cells of the data: numbers, texts, dates, or none."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from experiments import data_of, written
from nnrun.data.fitted_experiment import fitted_experiment
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.predict.new_rows.inline_rows import inline_rows
from nnrun.predict.new_rows.read_rows import parse_rows

TABLE = """day,word,x,y
2024-03-04,red,1,0
2024-03-05,red,,1
2024-03-06,blue,3,0
2024-03-07,blue,4,1
2024-03-08,green,5,0
,red,6,1
"""


def experiment_of(folder: Path, predict: Any, dates: str | None = None, **prepare: Any) -> Experiment:
    (folder / "rows.csv").write_text(TABLE)
    inputs = ["word", "x"] if dates is None else ["day", "word", "x"]
    file = {"path": "rows.csv", "inputs": inputs, "target": "y"} | ({"dates": {"day": dates}} if dates else {})
    settings = {"generator": {"csv": file}, "prepare": {"missing": "indicator", **prepare}}
    text = f"data: {json.dumps(settings)}\npredict: {json.dumps(predict)}\n"
    return written(text + "layers: [{Dense: {units: 1}}]\noptimizer: sgd\nloss: mse\nepochs: 1\n", folder)


def samples_of(experiment: Experiment, folder: Path) -> list[list[float]]:
    return [[*sample] for sample in fitted_experiment(experiment, data_of(experiment, folder)).predict]


def test_texts_of_the_most_frequent_words_are_known_after_training(tmp_path: Path) -> None:
    experiment = experiment_of(tmp_path, [["red", 2], ["green", 3]], max_words=2)
    assert all(map(math.isnan, experiment.predict[0][:4]))
    assert samples_of(experiment, tmp_path) == [[0, 1, 0, 0, 2, 0], [0, 0, 1, 0, 3, 0]]


def test_a_missing_cell_is_what_the_training_makes_of_it(tmp_path: Path) -> None:
    assert samples_of(experiment_of(tmp_path, [[None, None]]), tmp_path)[0] == [0, 0, 0, 1, pytest.approx(3.8), 1]
    filled = experiment_of(tmp_path, [["red", None]], columns={"x": {"missing": {"constant": 7}}})
    assert samples_of(filled, tmp_path) == [[0, 0, 1, 0, 7]]


def test_a_column_without_missing_cells_takes_none(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError) as caught:
        experiment_of(tmp_path, [["red", None]], columns={"x": {"missing": "drop"}})
    assert caught.value.problems[0].message == 'The column "x" takes no missing cell.'


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [("number", [19786, 0]), ("parts", [2024, 0, 3, 0, 4, 0, 1, 0])],
)
def test_a_date_is_a_cell(kind: str, numbers: list[float], tmp_path: Path) -> None:
    experiment = experiment_of(tmp_path, [["2024-03-04", "red", 2], ["04.03.2024", "red", 2]], kind)
    one, other = samples_of(experiment, tmp_path)
    assert one == other == [*numbers, 0, 0, 1, 0, 2, 0]
    fitted = fitted_experiment(experiment, data_of(experiment, tmp_path))
    rows = inline_rows("[[2024-03-04, red, 2], [null, red, null]]", "--rows", fitted.columns, {"day": kind})
    assert [n for values in rows.part.inputs.values() for n in values[0].tolist()] == one
    assert rows.part.inputs["x"][1].tolist() == [pytest.approx(3.8), 1]


def test_dates_without_times_have_no_hour(tmp_path: Path) -> None:
    names = [column.name for column in experiment_of(tmp_path, [], "cyclic").columns.inputs]
    assert names == [f"day.{part}_{wave}" for part in ("yearday", "weekday") for wave in ("sin", "cos")] + ["word", "x"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["soon", "red", 2], 'The column "day" takes a date. Received: "soon"'),
        ([3, "red", 2], 'The column "day" takes a date. Received: 3'),
        (["red", 2], "or a number, text or date for each column (day, word, x). Received: 2"),
    ],
)
def test_what_is_no_date_is_named(cells: list[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError) as caught:
        experiment_of(tmp_path, [cells], "parts")
    assert caught.value.problems[0].message.endswith(message)


@pytest.mark.parametrize("kind", ["number", "parts"])
def test_files_of_other_kinds_have_dates_too(kind: str, tmp_path: Path) -> None:
    experiment = experiment_of(tmp_path, [], kind)
    fitted = fitted_experiment(experiment, data_of(experiment, tmp_path))
    expected = parse_rows(TABLE.encode(), "rows.csv", fitted).part.inputs
    rows = pl.read_csv(tmp_path / "rows.csv", try_parse_dates=True)
    assert rows["day"].dtype == pl.Date
    rows.write_parquet(tmp_path / "rows.parquet")
    rows.with_columns(pl.col("day").cast(pl.String)).write_ndjson(tmp_path / "rows.jsonl")
    for name in ("rows.parquet", "rows.jsonl"):
        found = parse_rows((tmp_path / name).read_bytes(), name, fitted)
        assert found.ignored == ("y",)
        for column, values in expected.items():
            assert found.part.inputs[column].tolist() == values.tolist()
