"""Files are streamed as they are read into memory: the same rows in the same sets."""

from pathlib import Path

import numpy as np
import pytest

from nnrun.data.files.data_files import CellRoom, DataFiles
from nnrun.data.generate import generate
from nnrun.data.rows import network_rows
from nnrun.data.stream.streamed_rows import StreamedRows
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment

TEXT = """
data:
  generator: {csv: {path: rows.csv, inputs: [size, place, age], target: kind}}
  validation_split: 0.2
  test_split: 0.1
  scale: standard
  one_hot: true
layers: [{Dense: {units: 3, activation: softmax}}]
optimizer: sgd
loss: categorical_crossentropy
epochs: 1
batch_size: 16
"""
ARRAYS = TEXT.replace("csv: {path: rows.csv, inputs: [size, place, age], target: kind}", "npz: {path: rows.npz}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with 200 rows as a CSV file and as an npz file."""
    rng = np.random.default_rng(0)
    size, age = rng.normal(3, 2, 200), rng.integers(1, 90, 200)
    place, kind = rng.choice(["woods", "garden"], 200), rng.choice(["c", "a", "b"], 200)
    lines = [f"{s:.4f},{p},{a},{k}" for s, p, a, k in zip(size, place, age, kind, strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(["size,place,age,kind", *lines]) + "\n")
    x = rng.normal(size=(200, 6))
    np.savez_compressed(tmp_path / "rows.npz", x=x, y=rng.integers(0, 3, 200))
    return tmp_path


def experiment(folder: Path, text: str, *overrides: str) -> tuple[Experiment, DataFiles]:
    (folder / "rows.yaml").write_text(text)
    files = DataFiles(room=CellRoom(folder / "cells", 2**30))
    return load_experiment(folder / "rows.yaml", overrides, files=files), files


def whole(rows: StreamedRows | None) -> list[np.ndarray]:
    assert rows is not None
    return [np.concatenate(arrays) for arrays in zip(*(part.flat() for part in rows.in_order()), strict=True)]


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("  scale: standard\n", ""), ARRAYS])
def test_a_streamed_file_has_the_sets_that_it_has_in_memory(folder: Path, text: str) -> None:
    streamed = generate(*_swapped(experiment(folder, text, "data.stream=true"), folder))
    expected_from, files = experiment(folder, text)
    expected = generate(expected_from, folder / "keras", files)
    sets = streamed.streamed
    assert sets is not None
    pairs = ((sets.training, expected.training), (sets.validation, expected.validation), (sets.test, expected.test))
    for rows, part in pairs:
        assert part is not None
        for found, array in zip(whole(rows), network_rows(expected_from, part).flat(), strict=True):
            np.testing.assert_allclose(found, array, rtol=1e-6, atol=1e-7)


def _swapped(read: tuple[Experiment, DataFiles], folder: Path) -> tuple[Experiment, Path, DataFiles]:
    return read[0], folder / "keras", read[1]


def test_the_cells_of_a_streamed_csv_file_are_not_in_memory(folder: Path) -> None:
    _, files = experiment(folder, TEXT, "data.stream=true")
    assert (folder / "cells").is_dir()
    assert list((folder / "cells").iterdir()) == []
    assert files.folder_of_cells(1) == folder / "cells"


def test_a_file_larger_than_the_memory_goes_to_disk_by_itself(folder: Path) -> None:
    (folder / "rows.yaml").write_text(TEXT)
    load_experiment(folder / "rows.yaml", files=DataFiles(room=CellRoom(folder / "cells", 100)))
    assert (folder / "cells").is_dir()


def test_a_csv_file_on_disk_can_still_be_used_in_memory(folder: Path) -> None:
    (folder / "rows.yaml").write_text(TEXT)
    small = DataFiles(room=CellRoom(folder / "cells", 100))
    on_disk = generate(load_experiment(folder / "rows.yaml", files=small), folder / "keras", small)
    in_memory = generate(load_experiment(folder / "rows.yaml"), folder / "keras")
    for name, values in in_memory.training.inputs.items():
        np.testing.assert_array_equal(on_disk.training.inputs[name], values)


def test_an_array_whose_rows_do_not_lie_one_behind_the_other_is_refused(folder: Path) -> None:
    np.savez(folder / "rows.npz", x=np.asfortranarray(np.ones((200, 6))), y=np.arange(200) % 3)
    with pytest.raises(ExperimentError, match='rows of its array "x" do not lie one behind the other'):
        generate(*_swapped(experiment(folder, ARRAYS, "data.stream=true"), folder))
