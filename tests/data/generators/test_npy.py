"""Columns in npy files of their own: which files they are, what is wrong with them, and where they may lie."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_data, load_experiment
from nnrun.runs.resolved_file import moved_text, resolved_text

X = np.arange(24, dtype=np.float64).reshape(8, 3)
Y = np.arange(8) % 2
GENERATOR = "npy: {inputs: x.npy, target: y.npy}"


class Folder:
    """An experiment and arrays beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.save(x=X, y=Y)

    def save(self, **arrays: object) -> None:
        for name, values in arrays.items():
            np.save(self.path / f"{name}.npy", values)

    def load(self, generator: str = GENERATOR, files: DataFiles | None = None, more: str = "") -> Experiment:
        file = self.path / "it.yaml"
        file.write_text(
            f"data: {{generator: {{{generator}}}{more}}}\n"
            "layers: [Dense: {units: 1}]\noptimizer: sgd\nloss: mse\nepochs: 1\n"
        )
        return load_experiment(file, files=files or DataFiles())

    def problems(self, generator: str = GENERATOR) -> list[str]:
        with pytest.raises(ExperimentError) as caught:
            self.load(generator)
        assert all(problem.place and problem.place.line == 1 for problem in caught.value.problems)
        return [problem.message for problem in caught.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "here")


def test_a_column_has_the_name_of_its_file_and_the_shape_of_its_rows(folder: Folder) -> None:
    columns = folder.load().columns.generated
    assert (columns.inputs, columns.targets[0].name) == ((Column("x", 3),), "y")
    assert (columns.samples, columns.classes) == (8, 2)
    assert [Path(file.path).name for file in columns.files] == ["x.npy", "y.npy"]
    made = generate(folder.load(), folder.path).training
    assert made.inputs["x"].tolist() == X.tolist()
    assert made.inputs["x"].dtype == np.float32
    assert made.targets["y"][:, 0].tolist() == Y.tolist()


def test_several_files_and_names_of_their_own(folder: Folder) -> None:
    (folder.path / "more").mkdir()
    folder.save(**{"more/x": X[:, :1], "w": np.arange(8.0)})
    generator = "npy: {inputs: {a: x.npy, b: more/x.npy}, target: [y.npy], sample_weight: w.npy}"
    made = generate(folder.load(generator), folder.path).training
    assert {name: values.shape for name, values in made.inputs.items()} == {"a": (8, 3), "b": (8, 1)}
    assert made.weights is not None
    assert made.weights.tolist() == [*range(8)]


def test_two_columns_of_one_name_are_refused(folder: Folder) -> None:
    (folder.path / "more").mkdir()
    folder.save(**{"more/x": X})
    (problem,) = folder.problems("npy: {inputs: [x.npy, more/x.npy], target: y.npy}")
    assert problem.startswith('Two files are the column "x": ')


def test_texts_are_categories(folder: Folder) -> None:
    folder.save(x=np.array(["b", "a"] * 4))
    assert folder.load().columns.generated.inputs == (Column("x", categories=("a", "b")),)


def test_a_column_splits_the_rows_without_being_an_input(folder: Folder) -> None:
    folder.save(day=np.arange(8)[::-1])
    generator, split = (
        "npy: {inputs: x.npy, target: y.npy, keys: day.npy}",
        ", validation_split: 2, split: {order: day}",
    )
    dataset = generate(folder.load(generator, more=split), folder.path)
    assert dataset.validation is not None
    assert dataset.validation.inputs["x"].tolist() == X[[1, 0]].tolist()
    assert list(dataset.training.inputs) == ["x"]


def test_streamed_rows_are_those_in_memory(folder: Folder) -> None:
    folder.save(x=np.random.default_rng(0).normal(size=(500, 3)).astype(np.float16), y=np.arange(500))
    whole = generate(folder.load(more=", scale: standard"), folder.path)
    streamed = generate(folder.load(more=", scale: standard, stream: true"), folder.path).streamed
    assert streamed is not None
    rows = [*streamed.training.in_order()]
    assert np.array_equal(np.concatenate([part.targets[0] for part in rows]), whole.training.targets["y"])
    assert np.allclose(np.concatenate([part.inputs[0] for part in rows]), whole.training.inputs["x"], atol=1e-6)


def test_what_is_no_array_is_refused_with_every_file(folder: Folder) -> None:
    (folder.path / "x.npy").write_bytes(b"\x00 no array")
    (folder.path / "y.npy").unlink()
    os.mkfifo(folder.path / "y.npy")
    assert folder.problems() == [
        f"{folder.path}/x.npy is not a file of arrays: it does not begin as NumPy's files do.",
        f"Cannot read {folder.path}/y.npy: it is not a regular file.",
    ]


def test_a_file_that_is_not_there_gets_the_nearest_name(folder: Folder) -> None:
    with pytest.raises(ExperimentError, match="There is no file") as caught:
        folder.load("npy: {inputs: xs.npy, target: y.npy}")
    assert caught.value.problems[0].hint == 'Did you mean "x.npy"?'


@pytest.mark.parametrize("cut", [1, 8, 150, 190])
def test_a_part_of_a_file_is_refused(folder: Folder, cut: int) -> None:
    whole = (folder.path / "y.npy").read_bytes()
    (folder.path / "y.npy").write_bytes(whole[:-cut])
    (problem,) = folder.problems()
    assert problem.startswith(f"{folder.path}/y.npy is not a file of arrays: it ")


def test_python_objects_are_refused_without_being_read(folder: Folder) -> None:
    content = io.BytesIO()
    np.save(content, np.array([{}, {}]), allow_pickle=True)
    (folder.path / "x.npy").write_bytes(content.getvalue())
    assert "holds Python objects, which are not read" in folder.problems()[0]


def test_files_of_other_numbers_of_rows_are_refused(folder: Folder) -> None:
    folder.save(y=Y[:5])
    assert folder.problems() == ["The arrays must have equally many rows: x has 8, y has 5."]


@pytest.mark.parametrize("is_link", [False, True])
def test_each_file_must_lie_in_the_folder_of_the_experiment(folder: Folder, tmp_path: Path, is_link: bool) -> None:
    np.save(tmp_path / "out.npy", Y)
    if is_link:
        (folder.path / "out.npy").symlink_to(tmp_path / "out.npy")
    with pytest.raises(ExperimentError, match="lies outside the folder of the experiment file") as caught:
        folder.load(f"npy: {{inputs: x.npy, target: {{label: {'' if is_link else '../'}out.npy}}}}")
    assert "--set data.generator.npy.target.label=" in str(caught.value.problems[0].hint)


def test_one_file_elsewhere_can_be_named_on_the_command_line(folder: Folder, tmp_path: Path) -> None:
    np.save(tmp_path / "out.npy", Y)
    folder.load()
    _, columns = load_data(folder.path / "it.yaml", [f"data.generator.npy.target={tmp_path / 'out.npy'}"], DataFiles())
    assert [column.name for column in columns.targets] == ["out"]


def test_any_file_that_changes_after_the_check_is_refused(folder: Folder) -> None:
    experiment = folder.load()
    folder.save(y=1 - Y)
    with pytest.raises(StorageError, match=r"y\.npy changed after the experiment was checked"):
        generate(experiment, folder.path, DataFiles())


def test_the_paths_are_absolute_in_the_settings_and_relative_in_a_run(folder: Folder, tmp_path: Path) -> None:
    experiment = folder.load("npy: {inputs: {a: x.npy}, target: [y.npy]}")
    given = experiment.resolved["data"]["generator"]["npy"]
    assert given == {"inputs": {"a": str(folder.path / "x.npy")}, "target": [str(folder.path / "y.npy")]}
    text = resolved_text(experiment, folder.path / "runs" / "one")
    assert "a: ../../x.npy" in text
    files = [file.path for file in experiment.columns.files]
    assert "a: ../here/x.npy" in moved_text(text, files, folder.path / "runs" / "one", tmp_path / "there")


def test_files_of_a_run_that_was_copied_elsewhere_are_found_where_they_were(folder: Folder, tmp_path: Path) -> None:
    run, copy = folder.path / "runs" / "one", tmp_path / "copy"
    for each in (run, copy):
        each.mkdir(parents=True)
    experiment = folder.load("npy: {inputs: {a: x.npy}, target: y.npy}")
    (copy / "resolved.yaml").write_text(resolved_text(experiment, copy))
    (copy / "experiment.yaml").write_bytes(experiment.source)
    known = DataFiles(known=[file.sha256 for file in experiment.columns.files])
    found = load_experiment(copy / "experiment.yaml", files=known)
    assert found.columns.generated.files == experiment.columns.generated.files
