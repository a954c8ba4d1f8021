"""Texts are streamed as they are read into memory: the same vocabulary, the same numbers in the same sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ranges_read import ranges_read

import nnrun
from nnrun.data.dataset import Dataset, Part
from nnrun.data.files.data_files import CellRoom, DataFiles
from nnrun.data.files.stored_texts import StoredTexts
from nnrun.data.generate import generate
from nnrun.data.preparation.token_counts import TokenCounts
from nnrun.data.rows import network_rows
from nnrun.data.stream import rule
from nnrun.data.stream.rule import data_bytes, stream_if_large
from nnrun.data.stream.stream_dataset import generate_streamed
from nnrun.data.stream.streamed_rows import StreamedRows
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment

TEXT = """
data:
  generator: {text: {path: rows.csv, target: label, max_tokens: 12, output: count}}
  validation_split: 0.2
  test_split: 0.1
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 1
batch_size: 16
"""
INT = "output: int, length: 5, ngrams: 2"
FOLDER = TEXT.replace("rows.csv, target: label", "texts").replace("units: 1", "units: 3, activation: softmax")
FOLDER = FOLDER.replace("mse", "sparse_categorical_crossentropy")
WORDS = ["The", "cat,", "a", "dog", "über", "日本", "sees", "it.", "Grüße", "x\u2028y", "so", "far"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with 150 texts in files of each kind, and as files of their own in a folder per class."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 30))) for _ in range(150)]
    rows = pl.DataFrame({"text": texts, "label": rng.integers(0, 3, 150)})
    rows.write_csv(tmp_path / "rows.csv")
    rows.write_parquet(tmp_path / "rows.parquet")
    rows.write_ndjson(tmp_path / "rows.jsonl")
    for number, (text, label) in enumerate(rows.iter_rows()):
        path = tmp_path / "texts" / str(label) / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def loaded(folder: Path, text: str, *overrides: str) -> tuple[Experiment, DataFiles]:
    (folder / "rows.yaml").write_text(text)
    files = DataFiles(room=CellRoom(folder / "cells", 2**30))
    return load_experiment(folder / "rows.yaml", overrides, files=files), files


def made(folder: Path, text: str, *overrides: str) -> tuple[Dataset, Experiment]:
    experiment, files = loaded(folder, text, *overrides)
    return generate(experiment, folder / "keras", files), experiment


def streamed(folder: Path, text: str) -> Dataset:
    return made(folder, text, "data.stream=true")[0]


def parts(dataset: Dataset) -> list[Part]:
    return [part for part in (dataset.training, dataset.validation, dataset.test) if part]


def whole(rows: StreamedRows | None) -> list[np.ndarray]:
    assert rows is not None
    return [np.concatenate(arrays) for arrays in zip(*(part.flat() for part in rows.in_order()), strict=True)]


def assert_as_in_memory(folder: Path, text: str) -> None:
    found, (expected, experiment) = streamed(folder, text), made(folder, text)
    assert found.streamed
    for rows, part in zip(
        (found.streamed.training, found.streamed.validation, found.streamed.test), parts(expected), strict=True
    ):
        for array, other in zip(whole(rows), network_rows(experiment, part).flat(), strict=True):
            np.testing.assert_array_equal(array, other, strict=True)
    for sample, part in zip(parts(found), parts(expected), strict=True):
        assert np.array_equal(sample.texts["text"], part.texts["text"])
        assert np.array_equal(sample.inputs["text"], part.inputs["text"])
    assert_same_vocabulary(found, expected)


def assert_same_vocabulary(found: Dataset, expected: Dataset) -> None:
    texts = [dataset.columns and dataset.columns.inputs[0].text for dataset in (found, expected)]
    assert texts[0]
    assert texts[1]
    assert texts[0].vocabulary
    assert (texts[0].vocabulary, texts[0].weights) == (texts[1].vocabulary, texts[1].weights)


@pytest.mark.parametrize("chunk", [2**24, 300])
@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("rows.csv", "rows.jsonl"),
        TEXT.replace("rows.csv", "rows.parquet"),
        TEXT.replace("output: count", INT),
        TEXT.replace("count", "tf_idf"),
        TEXT.replace("validation_split", "scale: robust\n  validation_split"),
        FOLDER,
        FOLDER.replace("validation_split", "prepare: {balance: oversample}\n  validation_split"),
    ],
)
def test_streamed_texts_have_the_sets_that_they_have_in_memory(
    text: str, chunk: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(generate_streamed.__kwdefaults__, "chunk", chunk)
    assert_as_in_memory(folder, text)


def test_more_different_tokens_than_memory_is_meant_to_hold_give_the_same_vocabulary(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TokenCounts.__init__.__kwdefaults__, "most", 5)
    assert_as_in_memory(folder, TEXT.replace("output: count", "output: tf_idf, ngrams: 3"))


def test_a_second_run_takes_the_vocabulary_from_the_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = streamed(folder, TEXT.replace("count", "tf_idf"))
    monkeypatch.delattr(TokenCounts, "take")
    second = streamed(folder, TEXT.replace("count", "tf_idf"))
    assert_same_vocabulary(second, first)
    for one, other in zip(parts(second), parts(first), strict=True):
        assert np.array_equal(one.texts["text"], other.texts["text"])
        assert np.array_equal(one.inputs["text"], other.inputs["text"])


def test_a_validation_set_of_its_own_is_streamed(folder: Path) -> None:
    (folder / "other.jsonl").write_text('{"text": "a zebra sees a cat", "label": 2}\n{"text": "so", "label": 1}\n')
    other = "{text: {path: other.jsonl, target: label, max_tokens: 12, output: count}}"
    assert_as_in_memory(folder, TEXT.replace("validation_split: 0.2", f"validation: {other}"))


def test_the_texts_are_on_disk_and_only_ranges_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = ranges_read(monkeypatch, StoredTexts)
    monkeypatch.setitem(generate_streamed.__kwdefaults__, "chunk", 1_000)
    streamed(folder, TEXT)
    assert sum(read) == 2 * 150
    assert max(read) < 75
    assert [path for path in (folder / "keras").rglob("*") if path.is_file() and path.suffix != ".npz"] == []


GENERATE = """
from pathlib import Path
from nnrun.data.files.data_files import CellRoom, DataFiles
from nnrun.data.generate import generate
from nnrun.load import load_experiment
files = DataFiles(room=CellRoom(Path("cells"), 2**30))
generate(load_experiment(Path("rows.yaml"), files=files), Path("keras"), files)
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak(folder: Path, rows: int) -> int:
    """The largest resident memory in bytes of a process that streams so many texts; the numbers of each are 20 KB."""
    lines = (f"{' '.join(f'w{row * step % 9_000}' for step in range(1, 21))},{row % 3}\n" for row in range(rows))
    (folder / "rows.csv").write_text("text,label\n" + "".join(lines))
    text = TEXT.replace("max_tokens: 12", "max_tokens: 5000").replace("validation", "stream: true\n  validation")
    (folder / "rows.yaml").write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(Path(nnrun.__file__).parents[1])}
    words = [sys.executable, "-c", GENERATE]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return 1024 * int(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc/self/status")
def test_more_texts_than_fill_the_buffers_need_little_more_memory(tmp_path: Path) -> None:
    # The numbers of 2,000 rows fill every buffer; those of the other 8,000 have 160 MB.
    assert peak(tmp_path, 10_000) < peak(tmp_path, 2_000) + 90 * 2**20


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_row_without_a_text_is_named(kind: str, folder: Path) -> None:
    texts = [None if row in (40, 90) else "a text" for row in range(100)]
    rows = pl.DataFrame({"text": texts, "label": [row % 3 for row in range(100)]})
    {"csv": rows.write_csv, "jsonl": rows.write_ndjson, "parquet": rows.write_parquet}[kind](folder / f"rows.{kind}")
    with pytest.raises(ExperimentError) as caught:
        streamed(folder, TEXT.replace("rows.csv", f"rows.{kind}"))
    (problem,) = caught.value.problems
    assert problem.message == f'Row 41 of rows.{kind} has no text in the column "text", 2 such rows in all.'
    assert problem.place
    assert problem.place.line == 3


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "texts" / "1" / "x.txt").write_bytes(b"caf\xe9")
    with pytest.raises(ExperimentError) as caught:
        streamed(folder, FOLDER)
    (problem,) = caught.value.problems
    assert problem.message == f"{folder / 'texts' / '1' / 'x.txt'} is not text in UTF-8."
    assert problem.place
    assert problem.place.line == 3


def test_texts_without_a_word_are_refused(folder: Path) -> None:
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps({'text': '!', 'label': i % 3})}\n" for i in range(20)))
    with pytest.raises(ExperimentError, match='column "text" has no word in the training set'):
        streamed(folder, TEXT.replace("rows.csv", "rows.jsonl"))


@pytest.mark.parametrize("text", [TEXT, FOLDER])
def test_texts_count_with_their_numbers_when_it_is_decided_what_is_large(folder: Path, text: str) -> None:
    experiment, _ = loaded(folder, text)
    written = [(folder / "rows.csv")] if text == TEXT else [*(folder / "texts").rglob("*.txt")]
    size = 150 * (12 + 1) * 4 + sum(path.stat().st_size for path in written)
    assert data_bytes(experiment) == size
    assert stream_if_large(experiment, 4 * size).data.stream is None
    assert stream_if_large(experiment, 4 * size - 1).data.stream is True


def test_texts_of_any_number_have_no_quartiles(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(rule, "_MOST_ORDERED", 0)
    experiment, _ = loaded(folder, TEXT.replace("validation_split", "scale: robust\n  validation_split"))
    assert stream_if_large(experiment, 1).data.stream is True
