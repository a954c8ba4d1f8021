"""Streamed rows are prepared once for trials that train on the same rows, and anew for those that do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nnrun.data.dataset import Array, Dataset
from nnrun.data.files.data_files import DataFiles, cell_room
from nnrun.errors import StorageError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.sweep.execute.trial_data import TrialData

TEXT = """
data: {generator: {csv: {path: rows.csv}}, validation_split: 0.25, scale: standard, stream: true}
layers: [Dense: {units: 2, activation: softmax}]
optimizer: sgd
loss: sparse_categorical_crossentropy
epochs: 1
batch_size: 4
seeds: {weights: 0}
"""
Load = Callable[..., Experiment]


@pytest.fixture
def files(tmp_path: Path) -> DataFiles:
    return DataFiles(room=cell_room(tmp_path / "keras"))


@pytest.fixture
def load(tmp_path: Path, files: DataFiles) -> Load:
    (tmp_path / "rows.csv").write_text("a,b,y\n" + "".join(f"{i},{i % 3},{i % 2}\n" for i in range(40)))
    (tmp_path / "it.yaml").write_text(TEXT)

    def loaded(*settings: str) -> Experiment:
        return load_experiment(tmp_path / "it.yaml", settings, files=files)

    return loaded


def data_of(files: DataFiles, folder: Path) -> TrialData:
    return TrialData(folder / "keras", files)


def rows_of(dataset: Dataset) -> Array:
    assert dataset.streamed is not None
    return np.concatenate([rows.inputs[0] for rows in dataset.streamed.training.in_order()])


@pytest.mark.parametrize("setting", ["seeds.weights=1", "seeds.order=2", "epochs=3", "optimizer=adam"])
def test_what_changes_no_row_keeps_them(load: Load, files: DataFiles, tmp_path: Path, setting: str) -> None:
    data = data_of(files, tmp_path)
    assert data.of(load()) is data.of(load(setting))


@pytest.mark.parametrize(
    "setting",
    ["seeds.split=1", "data.scale=minmax", "data.validation_split=0.5", "batch_size=8", "class_weight=balanced"],
)
def test_what_changes_them_writes_them_anew(load: Load, files: DataFiles, tmp_path: Path, setting: str) -> None:
    data = data_of(files, tmp_path)
    first = data.of(load())
    other = data.of(load(setting))
    assert other is not first
    assert np.array_equal(rows_of(other), rows_of(data_of(files, tmp_path).of(load(setting))))


def test_rows_in_memory_are_made_for_each_trial(load: Load, files: DataFiles, tmp_path: Path) -> None:
    data, experiment = data_of(files, tmp_path), load("data.stream=false")
    assert data.of(experiment) is not data.of(experiment)


def test_a_file_that_changes_between_two_trials_is_refused(load: Load, files: DataFiles, tmp_path: Path) -> None:
    data, experiment = data_of(files, tmp_path), load()
    data.of(experiment)
    (tmp_path / "rows.csv").write_text("a,b,y\n1,2,0\n2,3,1\n")
    with pytest.raises(StorageError, match=r"rows\.csv changed"):
        data.of(experiment)
