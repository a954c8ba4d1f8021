"""Streamed sets hold the rows that the sets in memory hold, prepared in the same way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments import data_of, source_of, written
from nnrun.data.dataset import Dataset, Part, Source
from nnrun.data.rows import Rows, network_rows, training_rows
from nnrun.data.splits.split import split_rows
from nnrun.data.stream.stream_dataset import StreamSources, generate_streamed
from nnrun.data.stream.streamed_rows import StreamedRows
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment

TEXT = """
data:
  generator: {blobs: {samples: 300, centers: 3, features: 5}}
  validation_split: 0.2
  test_split: 0.1
layers: [{Dense: {units: 3, activation: softmax}}]
optimizer: sgd
loss: sparse_categorical_crossentropy
epochs: 1
batch_size: 16
"""
ONE_HOT = TEXT.replace("sparse_", "").replace("  test_split", "  one_hot: true\n  scale: standard\n  test_split")
FOLDED = TEXT.replace("validation_split: 0.2", "folds: 4\n  fold: 3")
WEIGHTED = TEXT + "class_weight: balanced\n"
SCALED = """
data:
  generator: {function: {samples: 300, x: "normal(5, 3)", y: "x ** 2 + 1000", target: y}}
  validation_split: 0.2
  scale: minmax
  scale_targets: standard
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 1
batch_size: 16
"""


def streamed(experiment: Experiment, folder: Path, rows: Part | None = None, chunk: int = 2**20) -> Dataset:
    """The data of the experiment, streamed through buffers of a few batches."""
    settings = experiment.data
    source = Source(rows) if rows else source_of(settings.generator, seed=experiment.seed)

    def split(rows: Part) -> tuple[Part, Part | None, Part | None]:
        return split_rows(rows, experiment.columns.generated, settings, experiment.seeds.split)

    return generate_streamed(experiment, StreamSources(source.rows), split, folder, buffer=2_000, chunk=chunk)


def whole(rows: StreamedRows | None) -> list[np.ndarray]:
    """All rows of a set, array by array."""
    assert rows is not None
    return [np.concatenate(arrays) for arrays in zip(*(part.flat() for part in rows.in_order()), strict=True)]


def in_memory(experiment: Experiment, folder: Path) -> list[Rows]:
    dataset = data_of(experiment, folder)
    others = (dataset.validation, dataset.test)
    return [training_rows(experiment, dataset.training), *(network_rows(experiment, part) for part in others if part)]


@pytest.mark.parametrize("text", [TEXT, ONE_HOT, WEIGHTED, SCALED, FOLDED])
def test_the_sets_are_those_in_memory(text: str, tmp_path: Path) -> None:
    experiment = written(text)
    sets = streamed(experiment, tmp_path).streamed
    assert sets is not None
    pairs = zip((sets.training, sets.validation, sets.test), in_memory(experiment, tmp_path), strict=False)
    for rows, expected in pairs:
        for found, array in zip(whole(rows), expected.flat(), strict=True):
            assert found.dtype == array.dtype
            np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("text", [ONE_HOT, SCALED])
def test_rows_in_many_chunks_are_scaled_as_all_at_once(text: str, tmp_path: Path) -> None:
    experiment = written(text)
    sets = streamed(experiment, tmp_path, chunk=500).streamed
    assert sets is not None
    for found, array in zip(whole(sets.training), in_memory(experiment, tmp_path)[0].flat(), strict=True):
        np.testing.assert_allclose(found, array, rtol=1e-5, atol=1e-6)


def test_a_small_set_is_its_own_sample(tmp_path: Path) -> None:
    experiment = written(SCALED)
    dataset, expected = streamed(experiment, tmp_path), data_of(experiment, tmp_path)
    assert dataset.validation
    assert expected.validation
    for sample, part in ((dataset.training, expected.training), (dataset.validation, expected.validation)):
        np.testing.assert_array_equal(sample.inputs["x"], part.inputs["x"])
        np.testing.assert_array_equal(sample.targets["y"], part.targets["y"])
        np.testing.assert_array_equal(sample.numbers, part.numbers)
    assert dataset.validation.original
    assert expected.validation.original
    np.testing.assert_array_equal(dataset.validation.original.inputs["x"], expected.validation.original.inputs["x"])


def test_a_row_that_is_not_finite_is_named_by_its_number(tmp_path: Path) -> None:
    experiment = written(SCALED)
    rows = source_of(experiment.data.generator).rows
    x = rows.inputs["x"].copy()
    x[250] = np.inf
    with pytest.raises(ExperimentError, match='inf in row 251 of the column "x"'):
        streamed(experiment, tmp_path, replace(rows, inputs={"x": x}), chunk=500)


def test_nothing_is_left_on_disk(tmp_path: Path) -> None:
    streamed(written(TEXT), tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("settings", ["split: last", "use: 0.25", "split: last\n  use: 30"])
def test_a_split_without_a_column_and_a_share_of_the_rows_are_streamed(settings: str, tmp_path: Path) -> None:
    experiment = written(TEXT.replace("  test_split", f"  {settings}\n  test_split"))
    sets = streamed(experiment, tmp_path).streamed
    assert sets is not None
    for rows, expected in zip(
        (sets.training, sets.validation, sets.test), in_memory(experiment, tmp_path), strict=True
    ):
        for found, array in zip(whole(rows), expected.flat(), strict=True):
            assert np.array_equal(found, array)
