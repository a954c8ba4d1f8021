"""Streamed rows train as rows in memory do, to the last bit where the order is the same."""

import re
from pathlib import Path

import numpy as np
import pytest

from experiments import data_of, written
from nnrun.data.rows import Rows, network_rows
from nnrun.data.stream.row_file import RowFile
from nnrun.data.stream.streamed_rows import StreamedRows, buffer_rows
from nnrun.experiment.experiment import Experiment
from nnrun.model.build import build_model
from nnrun.model.evaluate import evaluate
from nnrun.training.rule import ComputedBy
from nnrun.training.streamed_program import StreamedEvaluation
from nnrun.training.train import Trained, Training, TrainingPlan

pytestmark = pytest.mark.keras

TEXT = """
data:
  generator: {blobs: {samples: 500, centers: 3, features: 12, spread: 2.0}}
  validation_split: 0.3
layers:
  - Dense: {units: 8, activation: relu}
  - BatchNormalization
  - Dropout: {rate: 0.4}
  - Dense: {units: 3, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
metrics: [accuracy]
epochs: 3
batch_size: 16
"""
# Little for XLA to compile: one layer, and a step of SGD.
DENSE = re.sub(r"(?s)  - Dense: {units: 8.*0.4}\n", "", TEXT).replace("adam", "sgd")
SMALL, LARGE = 2_000, 2**20  # bytes of a buffer: two batches of rows, and all rows


def streamed(rows: Rows, folder: Path, buffer: int) -> StreamedRows:
    """The rows on disk."""
    file = RowFile(folder, rows.count, rows)
    file.write(np.arange(rows.count), rows)
    return StreamedRows(file, buffer_rows(file.row_bytes, 16, buffer))


def trained(
    experiment: Experiment, folder: Path, buffer: int | None, engine: ComputedBy = "graph", shuffle: bool = True
) -> tuple[Trained, list[np.ndarray]]:
    """A training with rows in memory, or streamed through buffers of so many bytes; and its weights."""
    dataset = data_of(experiment, folder)
    training, validation = (network_rows(experiment, part) for part in (dataset.training, dataset.validation))
    model = build_model(experiment, training)
    sets = (training, validation)
    fed = sets if buffer is None else tuple(streamed(rows, folder, buffer) for rows in sets)
    run = Training(model, *fed, TrainingPlan(7, 3, 16, shuffle, engine))
    run.run()
    return run.finish(), [w.numpy() for w in model.weights]


def assert_same(one: tuple[Trained, list[np.ndarray]], other: tuple[Trained, list[np.ndarray]]) -> None:
    for name, values in one[0].history.items():
        assert name == "seconds" or values == other[0].history[name], name
    assert all(np.array_equal(a, b) for a, b in zip(one[1], other[1], strict=True))


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return written(TEXT)


def test_unshuffled_rows_train_as_in_memory(experiment: Experiment, tmp_path: Path) -> None:
    in_memory = trained(experiment, tmp_path, None, shuffle=False)
    assert_same(in_memory, trained(experiment, tmp_path, SMALL, shuffle=False))


def test_xla_trains_streamed_rows_but_for_rounding(tmp_path: Path) -> None:
    dense = written(DENSE)
    in_memory, found = (trained(dense, tmp_path, buffer, "xla", shuffle=False) for buffer in (None, SMALL))
    np.testing.assert_allclose(found[0].history["val_loss"], in_memory[0].history["val_loss"], rtol=1e-6)


def test_rows_of_one_buffer_train_as_in_memory(experiment: Experiment, tmp_path: Path) -> None:
    assert_same(trained(experiment, tmp_path, None), trained(experiment, tmp_path, LARGE))


def test_a_streamed_training_can_be_repeated(experiment: Experiment, tmp_path: Path) -> None:
    assert_same(trained(experiment, tmp_path, SMALL), trained(experiment, tmp_path, SMALL))


def test_streamed_rows_are_evaluated_as_in_memory(experiment: Experiment, tmp_path: Path) -> None:
    rows = network_rows(experiment, data_of(experiment, tmp_path).training)
    model = build_model(experiment, rows)
    assert StreamedEvaluation(model, 16, streamed(rows, tmp_path, SMALL)).run() == evaluate(model, rows, 16)
