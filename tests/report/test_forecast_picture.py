"""The forecast of a run: the last values of its windows, and where its rows stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from series_experiments import experiment_of

from experiments import data_of
from nnrun.data.windows.baseline import last_values, training_baseline
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.window_section import Window
from nnrun.plots.picture import Drawing, Picture, draw
from nnrun.predict.order_cells import order_cells, order_places
from nnrun.predict.predictor import Predictions
from nnrun.report.forecast_picture import forecast_arguments, shown_steps


def test_the_last_value_of_a_target_is_that_of_the_last_row_of_its_window() -> None:
    rows = Columns((Column("sky", 2, categories=("fair", "wet")), Column("rain"), Column("wind")))
    windows = np.arange(16.0).reshape(2, 8)  # two rows of four numbers each
    found = last_values(rows, windows, ["wind", "sky", "other"], 2)
    assert found[:, 0].tolist() == [7, 15]
    assert np.isnan(found[:, 1:]).all()


def test_the_baseline_is_scaled_as_the_targets_are(tmp_path: Path) -> None:
    experiment = experiment_of({"length": 3, "steps": 2, "inputs": ["t"], "targets": ["t"]}, tmp_path, scale="minmax")
    dataset = data_of(replace(experiment, data=replace(experiment.data, scale_targets="standard")), tmp_path)
    window = experiment.data.window
    assert window is not None
    found = training_baseline(dataset, ["t"], window)
    first, step = dataset.training.targets["t"][:, 0], 1 / np.arange(100).std()
    assert found.shape == (96, 2)
    assert np.allclose(found, first[:, None] - step, atol=1e-4)


def test_predicted_rows_stand_at_their_dates(tmp_path: Path) -> None:
    days = [f"2024-03-{day:02}" for day in range(1, 11)]
    (tmp_path / "rows.csv").write_text("day,value\n" + "\n".join(f"{day},{i}" for i, day in enumerate(days)))
    file = {"csv": {"path": "rows.csv", "target": "value"}}
    experiment = experiment_of({"length": 3}, tmp_path, generator=file, split={"order": "day"})
    part = data_of(experiment, tmp_path).training
    assert order_cells(experiment, part) == {"day": days[3:]}
    assert np.array_equal(np.diff(order_places(experiment, part)), [86_400.0] * 6)


def test_without_an_order_column_they_stand_at_their_numbers(tmp_path: Path) -> None:
    experiment = experiment_of({"length": 97}, tmp_path)
    part = data_of(experiment, tmp_path).training
    assert order_cells(experiment, part) == {}
    assert order_places(experiment, part).tolist() == [98, 99, 100]


@pytest.mark.parametrize(
    ("steps", "stride", "shown"), [(1, 1, [0]), (2, 1, [0, 1]), (24, 1, [0, 12, 23]), (24, 5, [0, 10, 20]), (3, 9, [0])]
)
def test_the_first_and_the_last_step_and_one_between_them_are_drawn(steps: int, stride: int, shown: list[int]) -> None:
    assert shown_steps(Window(3, steps=steps, stride=stride)) == shown


def sales_of(shops: str, folder: Path) -> Experiment:
    """Windows of the sales of shops in 20 days, two steps ahead; their rows stand by day."""
    rows = [f"{shop},2024-03-{day:02},{100 * i + day}" for day in range(1, 21) for i, shop in enumerate(shops)]
    (folder / "rows.csv").write_text("shop,day,value\n" + "\n".join(rows))
    window = {"length": 3, "steps": 2, "inputs": ["value"], "group": "shop"}
    file = {"csv": {"path": "rows.csv", "target": "value"}}
    return experiment_of(window, folder, generator=file, split={"order": "day"}, test_split=0.5)


def test_a_forecast_has_a_panel_for_each_series(tmp_path: Path) -> None:
    experiment = sales_of("ab", tmp_path)
    dataset = data_of(experiment, tmp_path)
    part = dataset.evaluated[1]
    assert order_cells(experiment, part)["shop"] == ["a"] * 6 + ["b"] * 6
    true = part.targets["value"]
    judged = Predictions("test", np.arange(12), part.inputs["window"].reshape(12, -1), [true], [true])
    found = forecast_arguments(experiment, dataset, experiment.outputs[0], true, true + 1, judged)
    assert (found["names"], found["total"]) == (["value, shop a", "value, shop b"], 2)
    assert (found["counts"], found["before_counts"]) == ([6, 6], [6, 6])
    assert (found["aheads"], found["shifts"]) == ([1, 2], [0, 1])
    assert found["true"].tolist() == [[100 * i + day, 100 * i + day + 1] for i in range(2) for day in range(14, 20)]
    assert found["before_values"].tolist() == [100 * i + day for i in range(2) for day in range(4, 10)]
    assert found["last"].tolist() == [100 * i + day for i in range(2) for day in range(13, 19)]
    del found["total"]
    assert draw(Drawing(Picture("forecast", {**found, "title": "sales"}))).failure is None


def test_of_many_series_some_are_drawn(tmp_path: Path) -> None:
    experiment = sales_of("abcdef", tmp_path)
    dataset = data_of(experiment, tmp_path)
    part = dataset.evaluated[1]
    true = part.targets["value"]
    judged = Predictions("test", np.arange(len(true)), part.inputs["window"].reshape(len(true), -1), [true], [true])
    found = forecast_arguments(experiment, dataset, experiment.outputs[0], true, true, judged)
    assert found["names"] == [f"value, shop {shop}" for shop in "abcd"]
    assert found["total"] == 6
