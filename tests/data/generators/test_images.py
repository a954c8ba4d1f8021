"""Image files as rows: a folder per class, or a table of paths."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from image_files import class_folders, picture, save

from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.file_group import folder_group
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.dump import dump
from nnrun.load import load_experiment
from nnrun.predict.new_rows.read_rows import read_rows
from nnrun.predict.trained_run import open_run
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.record import read_record

TABLE = "file,patient,label\na/0.png,1,cat\nb/1.jpg,1,dog\na/0.png,2,cat\n"


class Written:
    """An experiment over images that lie beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "it.yaml"
        self.images = folder / "pets"

    def write(self, arguments: str = "path: pets, size: [4, 4]", data: str = "", layers: str = "Flatten, ") -> Path:
        loss = "optimizer: sgd\nloss: sparse_categorical_crossentropy\nmetrics: [accuracy]\nepochs: 2\n"
        last = "Dense: {units: 2, activation: softmax}"
        self.file.write_text(
            f"seed: 3\ndata: {{generator: {{images: {{{arguments}}}}}{data}}}\nlayers: [{layers}{last}]\n{loss}"
        )
        return self.file

    def load(self, arguments: str = "path: pets, size: [4, 4]", data: str = "") -> Experiment:
        return load_experiment(self.write(arguments, data), files=DataFiles())

    def errors(self, arguments: str = "path: pets, size: [4, 4]", data: str = "") -> list[str]:
        with pytest.raises(ExperimentError, match=r"\S") as caught:
            generate(self.load(arguments, data), self.folder)
        assert all(problem.place and problem.place.line == 2 for problem in caught.value.problems)
        return [problem.message for problem in caught.value.problems]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    class_folders(tmp_path / "pets")
    return Written(tmp_path)


@pytest.fixture
def table(tmp_path: Path) -> Written:
    save(tmp_path / "pets" / "a" / "0.png", picture(5, 6))
    save(tmp_path / "pets" / "b" / "1.jpg", picture(7, 6, 1))
    (tmp_path / "pets" / "labels.csv").write_text(TABLE)
    return Written(tmp_path)


def test_the_columns_are_known_from_the_listing(written: Written) -> None:
    columns = written.load().columns.generated
    assert columns.inputs == (Column("pixels", 48, (4, 4, 3)),)
    assert columns.targets == (Column("class", categories=("cat", "dog"), is_label=True),)
    assert (columns.samples, columns.classes, columns.inputs[0].extent) == (6, 2, (0, 1))


def test_the_rows_are_the_images_of_one_class_after_the_other(written: Written) -> None:
    made = generate(written.load("path: pets, size: [4, 4], scale: false"), written.folder).training
    assert made.inputs["pixels"].shape == (6, 4, 4, 3)
    assert made.inputs["pixels"].dtype == np.float32
    assert made.inputs["pixels"][:, 0, 0, 0].tolist() == [40, 41, 42, 190, 191, 192]
    assert made.targets["class"].tolist() == [[0], [0], [0], [1], [1], [1]]
    scaled = generate(written.load(), written.folder).training.inputs["pixels"]
    assert np.array_equal(scaled, made.inputs["pixels"] / np.float32(255))


def test_classes_names_folders_in_the_order_of_the_labels(written: Written) -> None:
    class_folders(written.images, ("ant", "cat", "dog"))
    columns = written.load("path: pets, size: [4, 4], classes: [dog, cat]").columns
    assert columns.targets[0].categories == ("dog", "cat")
    assert columns.samples == 6


def test_a_check_loads_neither_numpy_nor_tensorflow(written: Written) -> None:
    code = (
        "import sys, pathlib; from nnrun.load import load_experiment; "
        f"load_experiment(pathlib.Path({str(written.write())!r})); "
        "print([name for name in ('numpy', 'tensorflow', 'polars') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_one_digest_stands_for_names_and_contents(written: Written) -> None:
    (first,) = written.load().columns.files
    assert first.path == str(written.images)
    (written.images / "cat" / "2.png").rename(written.images / "cat" / "3.png")
    (renamed,) = written.load().columns.files
    save(written.images / "cat" / "3.png", picture(4, 4))
    (changed,) = written.load().columns.files
    assert len({first.sha256, renamed.sha256, changed.sha256}) == 3


def test_the_images_are_in_no_pickle(written: Written) -> None:
    files = DataFiles()
    experiment = load_experiment(written.write("path: pets, size: [64, 64]"), files=files)
    generate(experiment, written.folder, files)
    assert len(pickle.dumps((experiment, files))) < 10_000


@pytest.mark.parametrize("change", ["content", "more", "fewer"])
def test_images_that_change_after_the_check_are_refused(written: Written, change: str) -> None:
    files = DataFiles()
    experiment = load_experiment(written.write(), files=files)
    path = written.images / "cat" / "1.png"
    if change == "fewer":
        path.unlink()
    else:
        save(path if change == "content" else path.with_name("9.png"), picture(50, 50))
    for read in (files, DataFiles()):
        with pytest.raises(StorageError, match="changed after the experiment was checked"):
            generate(experiment, written.folder, read)


def test_a_folder_elsewhere_is_refused_unless_the_command_names_it(written: Written, tmp_path: Path) -> None:
    below = Written(tmp_path / "below")
    below.folder.mkdir()
    (message,) = below.errors("path: ../pets, size: [4, 4]")
    assert "lies outside the folder of the experiment file" in message
    override = f"data.generator.images.path={written.images}"
    assert load_experiment(below.file, [override]).columns.samples == 6


def test_a_link_that_leads_out_of_the_folder_is_refused(written: Written) -> None:
    outside = save(written.folder / "secret.png", picture(4, 4))
    (written.images / "cat" / "link.png").symlink_to(outside)
    (message,) = written.errors()
    assert message == f"The data file {written.images}/cat/link.png leads out of the folder {written.images}."
    (written.images / "cat" / "link.png").unlink()
    (written.images / "elsewhere").symlink_to(written.folder)
    assert "is a link to a folder, which is not followed" in written.errors()[0]


def test_what_is_wrong_with_the_folders_is_told(written: Written) -> None:
    (written.images / "empty").mkdir()
    assert written.errors() == [f"The class folder {written.images}/empty is empty."]
    assert written.errors("path: pets, size: [4, 4], classes: [cat, cow]")[0].startswith('There is no folder "cow"')
    assert written.errors("path: pets/cat, size: [4, 4]")[0].endswith("Received: none")
    assert written.errors("path: pest, size: [4, 4]") == [f"There is no file {written.folder}/pest."]
    assert "channels" in written.errors("path: pets, size: [4, 4], channels: 2")[0]


def test_folders_of_parts_are_no_classes(tmp_path: Path) -> None:
    for part in ("train", "test"):
        class_folders(tmp_path / "pets" / part)
    written = Written(tmp_path)
    assert "are parts of the data, not classes" in written.errors()[0]
    test = ", test: {images: {path: pets/test, size: [4, 4]}}"
    assert written.load("path: pets/train, size: [4, 4]", test).columns.samples == 6


def test_a_broken_image_another_file_and_other_channels_are_named(written: Written) -> None:
    path = written.images / "dog" / "1.png"
    path.with_name("notes.txt").write_text("no image")
    assert written.errors() == [f"{path.with_name('notes.txt')} is no PNG, JPEG, GIF or BMP file."]
    path.with_name("notes.txt").rename(path.with_name(".notes.txt"))  # a hidden file does not count
    save(path, picture(4, 4, channels=1))
    assert written.errors() == [f"The image {path} has 1 channel, unlike the first one with 3."]
    assert written.load("path: pets, size: [4, 4], channels: 1").columns.inputs[0].image == (4, 4)
    path.write_bytes(path.read_bytes()[:40])
    (message,) = written.errors()
    assert message.startswith(f"The image {path} cannot be decoded")
    path.unlink()
    os.mkfifo(path)
    assert "it is not a regular file" in written.errors()[0]


def test_a_table_names_images_and_targets(table: Written) -> None:
    experiment = table.load("path: pets/labels.csv, size: [5, 6], channels: 3")
    assert experiment.columns.generated.targets[0] == Column("label", categories=("cat", "dog"), is_label=True)
    made = generate(experiment, table.folder).training
    pixels = made.inputs["pixels"]
    assert np.array_equal(pixels[0], picture(5, 6).astype(np.float32) / np.float32(255))
    assert np.array_equal(pixels[0], pixels[2])
    assert made.targets["label"].tolist() == [[0], [1], [0]]
    assert [Path(file.path).name for file in experiment.columns.files] == ["labels.csv", "labels.csv (file)"]


def test_a_table_is_written_as_the_arguments_say(table: Written) -> None:
    rows = (table.images / "labels.csv").read_text()
    expected = generate(table.load("path: pets/labels.csv, size: [5, 6], channels: 3"), table.folder).training
    (table.images / "odd.csv").write_bytes(rows.replace(",", "\t").encode("utf-16"))
    odd = table.load('path: pets/odd.csv, size: [5, 6], channels: 3, delimiter: "\\t", encoding: utf-16')
    found = generate(odd, table.folder).training
    assert np.array_equal(found.inputs["pixels"], expected.inputs["pixels"])
    assert [*found.targets] == [*expected.targets]


def test_a_column_of_the_table_splits_the_rows(table: Written) -> None:
    experiment = table.load("path: pets/labels.csv, size: [5, 6]", ", validation_split: 0.4, split: {group: patient}")
    dataset = generate(experiment, table.folder)
    assert dataset.validation is not None
    training, validation = ({*part.keys["patient"][:, 0]} for part in (dataset.training, dataset.validation))
    assert training.isdisjoint(validation)


def test_what_is_wrong_with_a_table_is_told(table: Written) -> None:
    path = table.images / "labels.csv"
    path.write_text(TABLE.replace("b/1.jpg", "b/2.jpg"))
    assert table.errors("path: pets/labels.csv, size: [4, 4]") == [
        f"There is no file {table.images}/b/2.jpg, which labels.csv names."
    ]
    path.write_text(TABLE.replace("b/1.jpg", "../it.yaml"))
    assert "leads out of the folder" in table.errors("path: pets/labels.csv, size: [4, 4]")[0]
    path.write_text(TABLE.replace("b/1.jpg", ""))
    assert table.errors("path: pets/labels.csv, size: [4, 4]") == [
        'Row 2 of labels.csv has no text in the column "file".'
    ]
    assert table.errors("path: pets/labels.csv, size: [4, 4], column: fil") == ['There is no column "fil".']


def test_the_resolved_experiment_is_an_experiment(written: Written) -> None:
    experiment = written.load()
    written.file.write_text(dump(experiment.resolved))
    again = load_experiment(written.file)
    assert again.columns == experiment.columns
    assert again.resolved == experiment.resolved


def test_images_can_be_streamed(written: Written) -> None:
    whole = generate(written.load(), written.folder).training.inputs["pixels"]
    streamed = generate(written.load(data=", stream: true"), written.folder)
    assert streamed.streamed is not None
    assert np.array_equal(np.sort(streamed.training.inputs["pixels"], axis=0), np.sort(whole, axis=0))


@pytest.mark.keras
def test_a_small_network_trains_on_augmented_images_and_predicts_without_augmentation(written: Written) -> None:
    augmented = "RandomFlip: {mode: horizontal}, RandomRotation: {factor: 0.2}, RandomContrast: {factor: 0.5}, "
    layers = f"{augmented}Conv2D: {{filters: 2, kernel_size: 3}}, GlobalAveragePooling2D, "
    options = RunOptions(written.folder, reported=False, plotted=False)
    run = train_file(written.write(layers=layers), options, RunListener(), runs_dir=written.folder / "runs")
    (file,) = read_record(run.folder).data_files
    assert file == DataFiles().digest(folder_group(written.images))
    predictor = open_run(run.folder).predictor
    first, second = (predictor.predict([np.full((2, 4, 4, 3), 0.5, np.float32)])[0] for _ in range(2))
    assert np.array_equal(first, second)
    path = written.images / "dog" / "1.png"
    one, all_dogs = (read_rows(each, predictor.experiment) for each in (path, path.parent))
    assert [name for (name,) in all_dogs.part.texts["pixels"]] == ["0.png", "1.png", "2.png"]
    assert np.array_equal(one.part.inputs["pixels"][0], all_dogs.part.inputs["pixels"][1])
    trained = generate(written.load(), written.folder).training
    assert np.array_equal(all_dogs.part.inputs["pixels"], trained.inputs["pixels"][3:])
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ExperimentError, match=r"1\.png cannot be decoded"):
        read_rows(path.parent, predictor.experiment)
    assert np.array_equal(first[0], first[1])
