"""Streamed rows are prepared as those in memory, by what was fitted to all training rows in one pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ranges_read import ranges_read

from nnrun.data.dataset import Dataset
from nnrun.data.files.data_files import CellRoom, DataFiles
from nnrun.data.files.stored_cells import StoredCells
from nnrun.data.generate import generate, generate_raw
from nnrun.data.rows import network_rows, training_rows
from nnrun.data.stream import statistics_cache
from nnrun.data.stream.stream_dataset import generate_streamed
from nnrun.data.stream.streamed_rows import StreamedRows
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment

TEXT = """
data:
  generator: {csv: {path: rows.csv, inputs: [size, age, place], target: kind}}
  validation_split: 0.2
  test_split: 0.1
layers: [{Dense: {units: 3, activation: softmax}}]
optimizer: sgd
loss: sparse_categorical_crossentropy
epochs: 1
batch_size: 16
"""
STREAM = "data.stream=true"
FILES = {"csv": pl.DataFrame.write_csv, "parquet": pl.DataFrame.write_parquet, "jsonl": pl.DataFrame.write_ndjson}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with 300 rows in files of each kind, some cells missing."""
    rng = np.random.default_rng(0)
    size = rng.lognormal(1, 1, 300).round(4)
    age = rng.integers(1, 90, 300).astype(float)
    place = rng.choice(["woods", "garden", "shore", "cliff"], 300, p=[0.5, 0.3, 0.15, 0.05]).astype(object)
    kind = rng.choice(["c", "a", "b"], 300, p=[0.7, 0.2, 0.1])
    for column, share in ((size, 0.1), (age, 0.2)):
        column[rng.random(300) < share] = np.nan
    place[rng.random(300) < 0.05] = None
    rows = pl.DataFrame({"size": size, "age": age, "place": place.tolist(), "kind": kind}).fill_nan(None)
    for name, write in FILES.items():
        write(rows, tmp_path / f"rows.{name}")
    return tmp_path


def made(folder: Path, text: str, *overrides: str) -> tuple[Dataset, Experiment]:
    (folder / "rows.yaml").write_text(text)
    files = DataFiles(room=CellRoom(folder / "cells", 2**30))
    experiment = load_experiment(folder / "rows.yaml", overrides, files=files)
    return generate(experiment, folder / "keras", files), experiment


def whole(rows: StreamedRows | None) -> list[np.ndarray]:
    assert rows is not None
    return [np.concatenate(arrays) for arrays in zip(*(part.flat() for part in rows.in_order()), strict=True)]


def assert_as_in_memory(folder: Path, text: str) -> None:
    (streamed, _), (expected, experiment) = made(folder, text, STREAM), made(folder, text)
    sets = streamed.streamed
    assert sets is not None
    assert expected.validation
    assert expected.test
    rows = [training_rows(experiment, expected.training)]
    rows += [network_rows(experiment, part) for part in (expected.validation, expected.test)]
    for found, part in zip((sets.training, sets.validation, sets.test), rows, strict=True):
        for array, other in zip(whole(found), part.flat(), strict=True):
            assert array.dtype == other.dtype
            np.testing.assert_allclose(array, other, rtol=1e-5, atol=1e-6)
    sample = training_rows(experiment, streamed.training)
    for array, other in zip(sample.flat(), rows[0].flat(), strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-5, atol=1e-6)
    assert streamed.columns
    assert expected.columns
    for column, other in zip(streamed.columns.inputs, expected.columns.inputs, strict=True):
        assert column == other
        assert column.fill == pytest.approx(other.fill)


PREPARATIONS = [
    "missing: drop",
    "missing: mean, scale: standard",
    "missing: median, scale: robust",
    "missing: indicator, scale: minmax, words: integer",
    "missing: {constant: 7}, columns: {place: {missing: indicator}, size: {log: true, scale: robust}}",
    "missing: indicator, clip: [2, 50], log: true, scale: standard, max_words: 2",
    "missing: indicator, words: {hash: 5}, scale: robust",
    "missing: drop, balance: oversample, columns: {kind: {missing: drop}}",
    "missing: drop, balance: undersample",
    "missing: drop, balance: weights, scale: standard",
]


@pytest.mark.parametrize("chunk", [2**24, 400])
@pytest.mark.parametrize("prepare", PREPARATIONS)
def test_rows_are_prepared_as_in_memory(
    prepare: str, chunk: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(generate_streamed.__kwdefaults__, "chunk", chunk)
    words = "" if "indicator" in prepare or "drop" in prepare else "columns: {place: {missing: indicator}}"
    prepare = ", ".join(part for part in (prepare, words) if part and not (words and "columns" in prepare))
    assert_as_in_memory(folder, TEXT.replace("  validation", f"  prepare: {{{prepare}}}\n  validation", 1))


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_other_files_are_streamed_as_csv_files_are(kind: str, folder: Path) -> None:
    text = TEXT.replace("csv: {path: rows.csv", f"{kind}: {{path: rows.{kind}")
    assert_as_in_memory(folder, text.replace("  validation", "  prepare: {missing: drop}\n  validation", 1))


def test_targets_are_prepared_too(folder: Path) -> None:
    text = TEXT.replace("[size, age, place], target: kind", "[size, place], target: age")
    text = text.replace("{units: 3, activation: softmax}", "{units: 1}").replace(
        "sparse_categorical_crossentropy", "mse"
    )
    steps = "prepare: {columns: {age: {missing: drop, log: true, scale: robust}}, missing: indicator}"
    assert_as_in_memory(folder, text.replace("  validation", f"  {steps}\n  validation", 1))


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_validation_and_a_test_set_of_their_own_are_streamed(kind: str, folder: Path) -> None:
    (folder / "other.csv").write_text("kind,place,age,size\na,shore,3,4\nb,woods,5,6\n")
    (folder / "other.jsonl").write_text('{"kind": "b", "place": "cliff", "age": 8.5, "size": 2}\n')
    table = f"{{{kind}: {{path: other.{kind}, inputs: [size, age, place], target: kind}}}}"
    text = TEXT.replace("  validation_split: 0.2\n  test_split: 0.1\n", f"  validation: {table}\n  test: {table}\n")
    assert_as_in_memory(folder, text.replace("  validation", "  prepare: {missing: drop}\n  validation", 1))


def test_a_second_run_does_not_pass_over_the_rows_for_their_statistics(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.replace(
        "  validation", "  prepare: {missing: median, columns: {place: {missing: drop}}}\n  validation", 1
    )
    read = ranges_read(monkeypatch, StoredCells)
    first, _ = made(folder, text, STREAM)
    passes = [sum(read) // (4 * 300)]  # of the four columns
    read.clear()
    second, experiment = made(folder, text, STREAM)
    passes.append(sum(read) // (4 * 300))
    assert passes == [3, 1]
    assert first.streamed
    assert second.streamed
    for one, other in zip(whole(first.streamed.training), whole(second.streamed.training), strict=True):
        assert np.array_equal(one, other)
    read.clear()
    generate_raw(experiment, folder / "keras", DataFiles(room=CellRoom(folder / "cells", 0)))
    assert not read


def test_other_bytes_or_settings_have_other_statistics(folder: Path) -> None:
    cache = folder / "keras" / "nnrun" / "statistics"
    text = TEXT.replace("  validation", "  prepare: {missing: drop}\n  validation", 1)
    made(folder, text, STREAM)
    made(folder, text, STREAM, "seed=3", "data.scale=minmax")
    with (folder / "rows.csv").open("a") as file:
        file.write("3,4,shore,a\n")
    made(folder, text, STREAM)
    assert len([*cache.iterdir()]) == 3


def test_a_damaged_file_of_statistics_is_replaced(folder: Path) -> None:
    text = TEXT.replace("  validation", "  prepare: {missing: drop}\n  validation", 1)
    made(folder, text, STREAM)
    (file,) = (folder / "keras" / "nnrun" / "statistics").iterdir()
    whole_file = file.read_bytes()
    file.write_bytes(whole_file[: len(whole_file) // 2])
    made(folder, text, STREAM)
    assert file.stat().st_size == len(whole_file)


def test_the_oldest_statistics_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics_cache, "_MOST_FILES", 2)
    text = TEXT.replace("  validation", "  prepare: {missing: drop}\n  validation", 1)
    for seed in range(3):
        made(folder, text, STREAM, f"seed={seed}")
    assert len([*(folder / "keras" / "nnrun" / "statistics").iterdir()]) == 2


@pytest.mark.parametrize(
    ("prepare", "change", "message"),
    [
        ("missing: mean", lambda row: ["", *row[1:]], 'The column "size" has no number in the training set.'),
        ("missing: drop", lambda row: ["", *row[1:]], "Every row of a data set has a missing cell, and is left out."),
        (
            "missing: indicator, log: true",
            lambda row: ["-1", *row[1:]],
            '"log" needs numbers above 0. Received: -1 in row',
        ),
    ],
)
def test_rows_that_cannot_be_prepared_are_refused(
    prepare: str, change: Callable[[list[str]], list[str]], message: str, folder: Path
) -> None:
    header, *lines = (folder / "rows.csv").read_text().splitlines()
    rows = [change(line.split(",")) if row < 240 else line.split(",") for row, line in enumerate(lines)]
    (folder / "rows.csv").write_text("\n".join([header, *map(",".join, rows)]))
    text = TEXT.replace("[size, age, place]", "[size]")
    text = text.replace("  validation", f"  prepare: {{{prepare}}}\n  validation", 1)
    with pytest.raises(ExperimentError) as caught:
        made(folder, text, STREAM, "data.split=last")
    assert caught.value.problems[0].message.startswith(message)
