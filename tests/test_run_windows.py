"""A run on windows of a series: what it stores, draws and predicts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from training_runs import run_of

import nnrun
from nnrun.cli.main import run as nnrun_command
from nnrun.runs.data_record import read_data_record
from nnrun.runs.trained_files import read_trained

pytestmark = pytest.mark.keras


def test_a_forecast_is_stored_drawn_and_predicted_for_new_rows(tmp_path: Path) -> None:
    run = run_of("sine-forecast", tmp_path, "epochs=20")
    record = read_data_record(run.folder)
    assert record is not None
    assert record.window is not None
    assert (record.window.length, [column.name for column in record.inputs]) == (24, ["value"])
    assert read_trained(run.folder).experiment.columns.inputs[0].shape == (24, 1)
    with (run.folder / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["row"]) for row in rows] == list(range(505, 601))
    assert (run.folder / "plots" / "forecast.png").exists()

    wave = np.sin(2 * np.pi * np.arange(50) / 25)
    predicted = nnrun.predict(run.folder, {"value": wave[:49]})
    assert predicted.shape == (26, 1)
    assert np.abs(predicted[:, 0] - wave[24:]).mean() < 0.3
    windows = np.lib.stride_tricks.sliding_window_view(wave[:49], 24)[:, :, None]
    assert np.array_equal(nnrun.predict(run.folder, windows.astype(np.float32)), predicted)


SALES = """
data:
  generator: {csv: {path: sales.csv, target: value}}
  split: {order: day}
  test_split: 0.4
  scale: standard
  scale_targets: standard
  window: {length: 3, inputs: [value], group: shop}
layers: [{Flatten: {}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 2
"""


def test_a_shuffled_file_of_several_series_gives_the_numbers_of_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(shop, f"2024-03-{day:02}", np.sin(day) + i) for i, shop in enumerate("ab") for day in range(1, 26)]
    mixed = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]

    def file(name: str, rows: list[tuple[str, str, float]]) -> str:
        (tmp_path / name).write_text("shop,day,value\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
        return str(tmp_path / name)

    file("sales.csv", mixed)
    (tmp_path / "sales.yaml").write_text(SALES)
    folder = str(run_of(str(tmp_path / "sales.yaml"), tmp_path, bare=True).folder)
    held_out = file("test.csv", [row for row in mixed if row[1] > "2024-03-15"])

    def printed(*words: str) -> str:
        assert nnrun_command([*words]) == 0
        return capsys.readouterr().out

    own, *others = (
        json.loads(printed("evaluate", folder, *words, "--format", "json"))["metrics"]
        for words in ([], [held_out], ["--set", "data.scale=minmax"])
    )
    assert others == [own, own]
    ordered, shuffled = (printed("predict", folder, file("new.csv", each)) for each in (rows, mixed))
    assert ordered == shuffled
    header, *table = csv.reader(ordered.splitlines())
    assert header == ["row", "shop", "last_day", "window[0]", "window[1]", "window[2]", "predicted_value"]
    assert [row[:3] for row in (table[0], table[-1])] == [["4", "a", "2024-03-03"], ["26", "b", "2024-03-25"]]
    columns = dict(zip(("shop", "day", "value"), map(np.array, zip(*mixed, strict=True)), strict=True))
    assert np.allclose(nnrun.predict(folder, columns)[:, 0], [float(row[-1]) for row in table])
