"""A run on streamed data ends as one on data in memory, can be interrupted within an epoch, and needs little memory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from training_runs import Notes, assert_same_weights, run_of

from nnrun.data.files.stored_cells import CellFile
from nnrun.data.stream.stream_dataset import generate_streamed
from nnrun.errors import Interrupted
from nnrun.predict.new_rows.evaluation_rows import own_rows
from nnrun.run import resume_run
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.trained_files import read_trained
from nnrun.walkthrough.explain import WalkthroughRequest, explain

pytestmark = pytest.mark.keras

TEXT = """
data:
  generator: {npz: {path: rows.npz, target: y}}
  validation_split: 0.2
  test_split: 0.1
  scale: standard
layers:
  - Dense: {units: 8, activation: relu}
  - Dropout: {rate: 0.2}
  - Dense: {units: 3, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
metrics: [accuracy]
epochs: 4
batch_size: 16
engine: graph
"""
TEXTS = """
data:
  generator: {text: {path: rows.csv, target: label, max_tokens: 60, length: 8}}
  validation_split: 0.2
  test_split: 0.1
layers: [{Embedding: {input_dim: 60, output_dim: 4}}, GlobalAveragePooling1D, {Dense: {units: 1, activation: sigmoid}}]
optimizer: adam
loss: binary_crossentropy
epochs: 4
batch_size: 16
"""
STREAM = "data.stream=true"
CELLS_APPEND = CellFile.append


@pytest.fixture
def file(tmp_path: Path) -> str:
    """An experiment on 300 rows of an npz file."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (300, 1))
    x = (rng.normal(size=(300, 5)) + labels).astype(np.float32)
    np.savez(tmp_path / "rows.npz", x=x, y=labels)
    (tmp_path / "rows.yaml").write_text(TEXT)
    return str(tmp_path / "rows.yaml")


class Interrupting(Notes):
    """Interrupts a training within its third epoch, after some of its buffers."""

    def on_safe_point(self) -> None:
        if self.epochs == 2:
            self.points = getattr(self, "points", 0) + 1
            if self.points == 4:
                raise Interrupted("A signal came.")


def test_a_streamed_run_ends_as_one_in_memory(file: str, tmp_path: Path) -> None:
    streamed, in_memory = run_of(file, tmp_path, STREAM), run_of(file, tmp_path, bare=True)
    assert_same_weights(streamed, in_memory)
    assert streamed.record.final_metrics == pytest.approx(in_memory.record.final_metrics, abs=0)
    assert (streamed.folder / "predictions.csv").read_text() == (in_memory.folder / "predictions.csv").read_text()


def test_a_streamed_run_on_texts_ends_as_one_in_memory(tmp_path: Path) -> None:
    write_texts(tmp_path / "rows.csv", 120)
    (tmp_path / "rows.yaml").write_text(TEXTS)
    streamed, in_memory = (
        run_of(str(tmp_path / "rows.yaml"), tmp_path, setting, bare=True) for setting in (STREAM, "data.stream=false")
    )
    assert_same_weights(streamed, in_memory)
    for file in (layout.VOCABULARY, layout.PREDICTIONS):
        assert (streamed.folder / file).read_text() == (in_memory.folder / file).read_text()
    rows = own_rows(read_trained(streamed.folder), tmp_path / "keras", ())
    assert (rows.name, rows.part.rows) == ("sample of the test set", 12)


def test_a_run_that_is_interrupted_within_an_epoch_resumes_as_if_nothing_had_been(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(generate_streamed.__kwdefaults__, "buffer", 1_000)  # bytes: two batches
    whole = run_of(file, tmp_path / "whole", STREAM, bare=True)
    with pytest.raises(Interrupted):
        run_of(file, tmp_path / "cut", STREAM, watcher=Interrupting(), bare=True)
    (folder,) = (tmp_path / "cut" / "runs").iterdir()
    notes = Notes()
    resumed = resume_run(folder, RunOptions(tmp_path / "keras", plotted=False, reported=False), notes)
    assert notes.epochs == 2
    assert_same_weights(resumed, whole)


def test_evaluating_and_explaining_a_streamed_run_keep_the_cells_of_its_file_on_disk(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rows.csv").write_text("a,b,y\n" + "".join(f"{i},{i % 5},{i % 3}\n" for i in range(60)))
    Path(file).write_text(TEXT.replace("npz: {path: rows.npz", "csv: {path: rows.csv"))
    run, kept = run_of(file, tmp_path, STREAM, "epochs=1", bare=True), list[int]()

    def append(cells: CellFile, content: memoryview) -> int:
        kept.append(len(content))
        return CELLS_APPEND(cells, content)

    monkeypatch.setattr(CellFile, "append", append)
    own_rows(read_trained(run.folder), tmp_path / "keras", ())
    evaluated = len(kept)
    explain(WalkthroughRequest(run.folder, tmp_path / "keras"))
    assert 0 < evaluated < len(kept)


def write_large(path: Path, rows: int) -> None:
    """Writes an npz file of `rows` images of 3 KB and their labels, a part at a time."""
    part = np.random.default_rng(0).random((1_000, 784), np.float32)
    header = {"descr": "<f4", "fortran_order": False, "shape": (rows, 784)}
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("x.npy", "w", force_zip64=True) as stream:
            np.lib.format.write_array_header_1_0(stream, header)
            for _ in range(rows // 1_000):
                stream.write(part.data)
        with archive.open("y.npy", "w") as stream:
            np.lib.format.write_array(stream, np.arange(rows).reshape(-1, 1) % 3)


def write_texts(path: Path, rows: int) -> None:
    """Writes a CSV file of `rows` texts of about 1 KB and their labels, with many different words."""
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        file.write("text,label\n")
        for row in range(rows):
            numbers = rng.zipf(1.2, 110).clip(max=10**9)
            file.write(f"{' '.join(map('word{}'.format, numbers.tolist()))},{row % 2}\n")


# Not ru_maxrss, which begins with that of the process that has started this one.
PEAKS = """
import sys
from nnrun.cli.main import run

for name in ("small.yaml", "large.yaml"):
    assert run(["train", "-q", name, "--no-plots", "--no-report", "--set", "data.stream=true"]) == 0
    print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
MEASURES = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of the memory in /proc")


def peaks_of(folder: Path, text: str, suffix: str) -> list[int]:
    """The largest resident memory in KB so far after an epoch on few rows, streamed, and after one on many."""
    text = text.replace("epochs: 4", "epochs: 1").replace("batch_size: 16", "batch_size: 1000")
    for name in ("small", "large"):
        (folder / f"{name}.yaml").write_text(text.replace(f"rows.{suffix}", f"{name}.{suffix}"))
    environment = {**os.environ, "KERAS_HOME": str(folder / "keras")}
    command = [sys.executable, "-c", PEAKS]
    ended = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [int(line) for line in ended.stdout.splitlines() if line.isdecimal()]


@MEASURES
@pytest.mark.parametrize("rows", [128_000, pytest.param(1_300_000, marks=pytest.mark.slow)])
def test_a_large_file_needs_no_more_than_400_megabytes_beyond_a_small_one(tmp_path: Path, rows: int) -> None:
    write_large(tmp_path / "small.npz", 1_000)
    write_large(tmp_path / "large.npz", rows)
    small, large = peaks_of(tmp_path, TEXT, "npz")
    assert large < small + 400 * 2**10


@MEASURES
@pytest.mark.slow
def test_a_large_file_of_texts_needs_no_more_than_400_megabytes_beyond_a_small_one(tmp_path: Path) -> None:
    write_texts(tmp_path / "small.csv", 1_000)
    write_texts(tmp_path / "large.csv", 360_000)
    small, large = peaks_of(tmp_path, TEXTS, "csv")
    assert large < small + 400 * 2**10


PREPARED = """
data:
  generator: {parquet: {path: rows.parquet, target: y}}
  validation_split: 0.2
  test_split: 0.1
  prepare: {missing: indicator, scale: robust, max_words: 2, balance: oversample}
layers: [{Dense: {units: 1, activation: sigmoid}}]
optimizer: adam
loss: binary_crossentropy
epochs: 2
batch_size: 16
"""


def test_a_run_on_prepared_streamed_rows_is_evaluated_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=200), (rng.random(200) < 0.2).astype(int)
    rows = {"x": [None if i % 9 == 0 else float(n) for i, n in enumerate(x)], "word": [*"aabbc"] * 40, "y": y}
    pl.DataFrame(rows).write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "rows.yaml").write_text(PREPARED)
    run = run_of(str(tmp_path / "rows.yaml"), tmp_path, STREAM, bare=True)
    rows = own_rows(read_trained(run.folder), tmp_path / "keras", ())
    assert (rows.name, rows.part.rows) == ("sample of the test set", 20)
    header, *predictions = (run.folder / "predictions.csv").read_text().splitlines()
    assert header.startswith("row,x,word,y,predicted_y")
    assert len(predictions) == 20
