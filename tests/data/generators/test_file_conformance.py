"""Every generator that reads a file of rows keeps the same rules."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.data.generators.registry import all_generators
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_data, load_experiment
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions

Rows = dict[str, list[float] | list[str]]

ROWS: Rows = {
    "size": [1.5, -2.0, 3.0, 1e-3],
    "place": ["woods", "garden", "woods", "Ü"],
    "price": [0.1, 2.0, 7.0, 1e3],
}
OTHERS: Rows = {**ROWS, "price": [0.1, 2.0, 7.0, 5.0]}
DAMAGED = b"\x00\x01\x02 no file of rows \xff"


def write_csv(path: Path, rows: Rows) -> None:
    lines = [",".join(rows), *(",".join(map(repr_of, row)) for row in zip(*rows.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def repr_of(cell: float | str) -> str:
    return cell if isinstance(cell, str) else repr(cell)


def write_npz(path: Path, rows: Rows) -> None:
    np.savez(path, **{name: np.array(values) for name, values in rows.items()})


def write_parquet(path: Path, rows: Rows) -> None:
    pl.DataFrame(rows).write_parquet(path)


def write_jsonl(path: Path, rows: Rows) -> None:
    lines = [json.dumps(dict(zip(rows, row, strict=True))) for row in zip(*rows.values(), strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class FileFormat:
    """A generator of rows from a file, and what writes such a file."""

    name: str
    suffix: str
    write: Callable[[Path, Rows], None]
    is_text: bool = False  # which can end anywhere


FORMATS = [
    FileFormat("csv", "csv", write_csv, is_text=True),
    FileFormat("jsonl", "jsonl", write_jsonl, is_text=True),
    FileFormat("parquet", "parquet", write_parquet),
    FileFormat("npz", "npz", write_npz),
]
OF_THEIR_OWN = {"images", "text"}  # files of another kind, with the same rules in tests of their own
TABLES = [form for form in FORMATS if form.name != "npz"]
EVERY = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


@dataclass(frozen=True)
class Written:
    """An experiment file and the file of its rows beside it."""

    experiment: Path
    rows: Path
    form: FileFormat

    def load(self, files: DataFiles) -> Experiment:
        return load_experiment(self.experiment, files=files)

    def columns(self) -> Columns:
        return load_data(self.experiment, (), DataFiles())[1].generated


@pytest.fixture
def written(tmp_path: Path, form: FileFormat) -> Written:
    folder = tmp_path / "here"
    folder.mkdir()
    return write(folder, form, f"rows.{form.suffix}")


def write(folder: Path, form: FileFormat, path: str) -> Written:
    experiment = folder / "it.yaml"
    experiment.write_text(
        f"data: {{generator: {{{form.name}: {{path: {path}}}}}}}\n"
        "layers: [Dense: {units: 1}]\noptimizer: sgd\nloss: mse\nepochs: 1\n"
    )
    rows = folder / path
    form.write(rows, ROWS)
    return Written(experiment, rows, form)


def error_of(written: Written) -> str:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        written.load(DataFiles())
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert problem.place.line == 1
    return f"{problem.message} {problem.hint}"


def test_every_generator_of_rows_from_a_file_is_here() -> None:
    assert {form.name for form in FORMATS} == {
        name for name, each in all_generators().items() if each.files == ("path",) and name not in OF_THEIR_OWN
    }


@EVERY
def test_the_columns_that_are_known_are_those_that_are_made(written: Written) -> None:
    files = DataFiles()
    experiment = written.load(files)
    known = experiment.columns.generated
    assert [(column.name, column.width, column.categories) for column in known.inputs] == [
        ("size", 1, ()),
        ("place", 1, ("garden", "woods", "Ü")),
    ]
    assert [(column.name, column.extent) for column in known.targets] == [("price", (0.1, 1e3))]
    assert (known.samples, known.classes, known.own_test) == (4, None, False)
    made = generate(experiment, written.rows.parent, files).training
    assert made.inputs["size"].tolist() == [[1.5], [-2], [3], [np.float32(1e-3)]]
    assert made.inputs["place"].tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert made.targets["price"].tolist() == [[np.float32(0.1)], [2], [7], [np.float32(1e3)]]


@EVERY
def test_words_are_classes_where_they_are_the_target(written: Written) -> None:
    written.form.write(written.rows, {"size": ROWS["size"], "place": ROWS["place"]})
    (target,) = written.columns().targets
    assert (target.is_label, target.categories) == (True, ("garden", "woods", "Ü"))
    assert written.columns().classes == 3


@EVERY
def test_the_same_file_gives_the_same_bytes(written: Written) -> None:
    once, again = (generate(written.load(DataFiles()), written.rows.parent).training for _ in range(2))
    for name, values in (once.inputs | once.targets).items():
        assert values.tobytes() == (again.inputs | again.targets)[name].tobytes()
        assert values.dtype == np.float32


@EVERY
def test_the_digest_of_the_file_is_known(written: Written) -> None:
    (file,) = written.columns().files
    assert file == DataFiles().digest(written.rows)


@EVERY
def test_what_is_read_is_in_no_pickle(written: Written) -> None:
    written.form.write(written.rows, {name: values * 1000 for name, values in ROWS.items()})
    files = DataFiles()
    experiment = written.load(files)
    assert len(pickle.dumps((experiment, files))) < 10_000


@EVERY
def test_a_file_that_changes_after_the_check_is_refused(written: Written) -> None:
    files = DataFiles()
    experiment = written.load(files)
    written.form.write(written.rows, {name: values * 2 for name, values in OTHERS.items()})
    for read in (files, DataFiles()):
        with pytest.raises(StorageError, match="changed after the experiment was checked"):
            generate(experiment, written.rows.parent, read)


@EVERY
def test_a_file_outside_the_folder_is_refused(written: Written, form: FileFormat) -> None:
    folder = written.rows.parent / "below"
    folder.mkdir()
    outside = write(folder, form, f"../rows.{form.suffix}")
    assert "lies outside the folder of the experiment file" in error_of(outside)
    assert f"--set data.generator.{form.name}.path=" in error_of(outside)


@EVERY
def test_a_link_to_a_file_outside_the_folder_is_refused(written: Written, form: FileFormat) -> None:
    folder = written.rows.parent / "below"
    folder.mkdir()
    inside = write(folder, form, f"rows.{form.suffix}")
    inside.rows.unlink()
    inside.rows.symlink_to(written.rows)
    assert f"is a link to {written.rows}, which lies outside the folder" in error_of(inside)


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.name)
def test_a_pattern_of_files_outside_the_folder_is_refused(written: Written, form: FileFormat) -> None:
    folder = written.rows.parent / "below"
    folder.mkdir()
    outside = write(folder, form, f"rows.{form.suffix}")
    for pattern in (f"../row*.{form.suffix}", f"{written.rows.parent}/row*.{form.suffix}"):
        outside.experiment.write_text(written.experiment.read_text().replace(written.rows.name, f"'{pattern}'"))
        assert f"The data file {written.rows} lies outside the folder of the experiment file" in error_of(outside)


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.name)
def test_a_link_out_of_the_folder_among_the_files_of_a_pattern_is_refused(written: Written, form: FileFormat) -> None:
    folder = written.rows.parent / "below"
    folder.mkdir()
    inside = write(folder, form, f"rows-1.{form.suffix}")
    link = folder / f"rows-2.{form.suffix}"
    link.symlink_to(written.rows)
    inside.experiment.write_text(inside.experiment.read_text().replace("rows-1", "'rows-*").replace("}}}", "'}}}"))
    assert f"{link} is a link to {written.rows}, which lies outside the folder" in error_of(inside)


@EVERY
def test_a_file_that_is_not_there_gets_the_nearest_name(written: Written, form: FileFormat) -> None:
    written.rows.rename(written.rows.with_name(f"row.{form.suffix}"))
    assert error_of(written) == f'There is no file {written.rows}. Did you mean "row.{form.suffix}"?'


@EVERY
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_part_of_a_file_is_refused_by_name_or_is_a_part_of_the_rows(written: Written, share: float) -> None:
    written.form.write(written.rows, {name: values * 50 for name, values in ROWS.items()})
    whole = written.rows.read_bytes()
    written.rows.write_bytes(whole[: int(len(whole) * share)])
    reasons = []
    try:
        rows = written.load(DataFiles()).columns.samples
    except ExperimentError as error:
        rows, reasons = 0, [problem.message for problem in error.problems]
    assert rows is not None
    assert rows < 200 if written.form.is_text else rows == 0
    assert all(written.rows.name in reason for reason in reasons)


@EVERY
def test_other_bytes_are_refused_by_name(written: Written) -> None:
    written.rows.write_bytes(DAMAGED)
    assert written.rows.name in error_of(written)
    written.rows.write_bytes(b"")
    assert written.rows.name in error_of(written)


@EVERY
def test_a_pipe_a_folder_and_a_device_are_refused(written: Written) -> None:
    written.rows.unlink()
    os.mkfifo(written.rows)
    assert "it is not a regular file" in error_of(written)
    written.rows.unlink()
    written.rows.mkdir()
    assert "it is a folder" in error_of(written)
    written.rows.rmdir()
    written.rows.symlink_to("/dev/zero")
    assert "it is not a regular file" in error_of(written)


@EVERY
@pytest.mark.parametrize("rule", ["{order: size}", "{group: place}"])
def test_a_column_can_split_the_rows_without_being_an_input(written: Written, rule: str) -> None:
    column, other = ("size", "place") if "order" in rule else ("place", "size")
    text = written.experiment.read_text()
    text = text.replace("}}}", f", inputs: {other}, target: price}}}}, validation_split: 0.25, split: {rule}}}")
    written.experiment.write_text(text)
    files = DataFiles()
    experiment = written.load(files)
    (key,) = experiment.columns.generated.keys
    assert (key.name, len(key.categories)) == (column, 0 if column == "size" else 3)
    dataset = generate(experiment, written.rows.parent, files)
    assert dataset.validation is not None
    if column == "size":
        assert dataset.validation.targets["price"].tolist() == [[7]]  # of the largest size
    assert list(dataset.training.inputs) == [other]


@EVERY
def test_the_test_set_can_be_another_file(written: Written) -> None:
    more = written.rows.with_name(f"more.{written.form.suffix}")
    written.form.write(more, OTHERS)
    text = written.experiment.read_text()
    written.experiment.write_text(text.replace("}}}", f"}}}}, test: {{{written.form.name}: {{path: {more.name}}}}}}}"))
    files = DataFiles()
    experiment = written.load(files)
    assert [Path(file.path) for file in experiment.columns.files] == [written.rows, more]
    dataset = generate(experiment, written.rows.parent, files)
    assert dataset.test is not None
    assert dataset.test.targets["price"][:, 0].tolist() == np.float32(OTHERS["price"]).tolist()


@EVERY
def test_a_column_that_is_not_there_gets_the_nearest_name(written: Written) -> None:
    text = written.experiment.read_text()
    written.experiment.write_text(text.replace("}}}", ", inputs: sizes, target: price}}}"))
    assert error_of(written).endswith('"sizes". Did you mean "size"?')


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.name)
def test_a_pattern_names_several_files_as_one_table_in_the_order_of_their_names(written: Written) -> None:
    first, second = (written.rows.with_name(f"{name}.{written.form.suffix}") for name in ("rows-1", "rows-2"))
    written.form.write(second, ROWS)
    written.form.write(first, OTHERS)
    written.experiment.write_text(
        written.experiment.read_text().replace(written.rows.name, f"'rows-*.{first.suffix[1:]}'")
    )
    files = DataFiles()
    experiment = written.load(files)
    assert [Path(file.path) for file in experiment.columns.files] == [first, second]
    made = generate(experiment, written.rows.parent, files).training.targets["price"]
    assert made[:, 0].tolist() == np.float32([*OTHERS["price"], *ROWS["price"]]).tolist()
    written.form.write(second, {"size": ROWS["size"], "prize": ROWS["price"]})
    if written.form.name != "jsonl":
        assert second.name in error_of(written)


@pytest.mark.keras
@EVERY
def test_a_run_records_the_digest_of_its_file(written: Written) -> None:
    options = RunOptions(written.rows.parent, plotted=False, reported=False)
    folder = train_file(written.experiment, options, RunListener(), runs_dir=written.rows.parent / "runs").folder
    (file,) = json.loads((folder / "run.json").read_text())["data_files"]
    assert file["sha256"] == DataFiles().digest(written.rows).sha256
