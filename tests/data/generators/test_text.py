"""Texts as rows: a folder of text files per class, or a column of a table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnrun.data.files import csv_file, csv_reader
from nnrun.data.files.data_files import DataFiles
from nnrun.data.fitted_experiment import fitted_experiment
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text_encoding import TextEncoding
from nnrun.export.export import export_run
from nnrun.load import load_experiment
from nnrun.predict.new_rows.inline_rows import inline_rows
from nnrun.predict.new_rows.read_rows import parse_rows
from nnrun.predict.trained_run import open_run
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.data_record import data_json, data_record, read_data_record
from nnrun.runs.vocabulary_file import vocabulary_text

ROWS = [("A good, good film", "up", 1), ("Bad film!", "down", 1), ("so good", "up", 2), ("so bad, so", "down", 2)]
SHORT = "path: rows.csv, max_tokens: 8, length: 3"


class Written:
    """An experiment over texts that lie beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "it.yaml"
        lines = [f'"{text}",{label},{user}\n' for text, label, user in ROWS]
        (folder / "rows.csv").write_text("text,label,user\n" + "".join(lines))
        self.write()

    def write(self, arguments: str = f"{SHORT}, target: label", data: str = "") -> Path:
        self.file.write_text(
            f"seed: 3\ndata: {{generator: {{text: {{{arguments}}}}}{data}}}\n"
            "layers: [Embedding: {input_dim: 8, output_dim: 2}, GlobalAveragePooling1D, "
            "Dense: {units: 2, activation: softmax}]\n"
            "optimizer: {Adam: {learning_rate: 0.1}}\nloss: sparse_categorical_crossentropy\nepochs: 3\n"
        )
        return self.file

    def load(self, arguments: str = f"{SHORT}, target: label", data: str = "") -> Experiment:
        return load_experiment(self.write(arguments, data), files=DataFiles())

    def errors(self, arguments: str = f"{SHORT}, target: label", data: str = "") -> list[str]:
        with pytest.raises(ExperimentError, match=r"\S") as caught:
            generate(self.load(arguments, data), self.folder)
        return [problem.message for problem in caught.value.problems]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def folders(folder: Path) -> None:
    for number, (text, label, _) in enumerate(ROWS):
        path = folder / "texts" / label / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")


def test_the_widths_are_known_without_the_texts(written: Written) -> None:
    columns = written.load().columns
    encoding = TextEncoding(8, 3)
    assert columns.generated.inputs == (Column("text", text=encoding),)
    assert columns.inputs == (Column("text", 3, text=encoding),)
    assert (columns.inputs[0].extent, columns.samples, columns.classes) == ((0, 7), 4, 2)
    counted = written.load("path: rows.csv, max_tokens: 8, target: label, output: count").columns
    assert counted.inputs[0].width == 8


def test_a_check_of_a_large_file_reads_its_first_rows(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LARGE", 0)
    monkeypatch.setattr(csv_reader, "BLOCK", 30)
    monkeypatch.setattr(csv_file, "FIRST_BYTES", 30)
    files = DataFiles(in_part=True)
    columns = load_experiment(written.write(data=", validation_split: 3"), files=files).columns
    assert columns.looked_at in (1, 2)
    assert (columns.samples, columns.classes, columns.files) == (None, None, ())


def test_the_vocabulary_is_that_of_the_training_rows_alone(written: Written) -> None:
    dataset = generate(written.load(data=", validation_split: 2, split: last"), written.folder)
    assert dataset.columns is not None
    assert dataset.columns.inputs[0].text is not None
    assert dataset.columns.inputs[0].text.vocabulary == ("good", "film", "bad", "a")
    assert dataset.validation is not None
    assert dataset.validation.inputs["text"].tolist() == [[1, 2, 0], [1, 4, 1]]
    assert dataset.validation.texts["text"][:, 0].tolist() == ["so good", "so bad, so"]


def test_a_folder_per_class_gives_the_same_rows(written: Written) -> None:
    folders(written.folder)
    dataset = generate(written.load("path: texts, max_tokens: 8, length: 3"), written.folder)
    assert dataset.training.texts["text"][:, 0].tolist() == [ROWS[i][0] for i in (1, 3, 0, 2)]
    assert dataset.training.targets["class"].tolist() == [[0], [0], [1], [1]]


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_other_files_of_rows_give_the_same_rows(written: Written, suffix: str) -> None:
    import polars as pl

    frame = pl.DataFrame(ROWS, schema=["text", "label", "user"], orient="row")
    path = written.folder / f"rows.{suffix}"
    frame.write_ndjson(path) if suffix == "jsonl" else frame.write_parquet(path)
    experiment = written.load(f"path: {path.name}, max_tokens: 8, length: 3, target: label")
    found = generate(experiment, written.folder).training
    expected = generate(written.load(), written.folder).training
    assert np.array_equal(found.inputs["text"], expected.inputs["text"])
    assert np.array_equal(found.targets["label"], expected.targets["label"])


@pytest.mark.parametrize("stream", ["", ", stream: true"])
def test_several_files_are_one_table(written: Written, stream: str) -> None:
    header, *lines = (written.folder / "rows.csv").read_text().splitlines(keepends=True)
    for number, part in enumerate((lines[:1], lines[1:]), start=1):
        (written.folder / f"part-{number}.csv").write_text(header + "".join(part))
    found = generate(written.load("path: part-*.csv, max_tokens: 8, length: 3, target: label", stream), written.folder)
    assert found.training.texts["text"][:, 0].tolist() == [text for text, *_ in ROWS]
    with (written.folder / "part-2.csv").open("a") as file:
        file.write(",up,1\n")
    assert written.errors("path: part-*.csv, max_tokens: 8, length: 3, target: label", stream) == [
        'Row 4 of part-2.csv has no text in the column "text".'
    ]


def test_a_csv_file_is_written_as_the_arguments_say(written: Written) -> None:
    lines = [
        "# reviews",
        "text;label;user",
        *(f"'{text} \u00fc';{label};{user}" for text, label, user in ROWS),
        "?;up;z",
    ]
    (written.folder / "odd.txt").write_bytes("\n".join(lines[:-1]).encode("latin-1"))
    form = 'delimiter: ";", quote: "\'", comment: "#", encoding: latin-1, missing: ["?"]'
    arguments = f"path: odd.txt, max_tokens: 8, length: 3, target: label, {form}"
    experiment = written.load(arguments)
    dataset = generate(experiment, written.folder)
    assert dataset.training.texts["text"][:, 0].tolist() == [f"{text} \u00fc" for text, *_ in ROWS]
    fitted = fitted_experiment(experiment, dataset)
    new = parse_rows("text;label\n'so; bad';up\n".encode("latin-1"), "new.csv", fitted)
    assert new.part.texts["text"].tolist() == [["so; bad"]]
    (written.folder / "odd.txt").write_bytes("\n".join(lines).encode("latin-1"))
    assert written.errors(arguments) == ['Row 5 of odd.txt has no text in the column "text".']


@pytest.mark.parametrize(("path", "what"), [("texts", "a folder"), ("rows.jsonl", "a .jsonl file")])
def test_what_is_no_csv_file_has_no_delimiter(written: Written, path: str, what: str) -> None:
    folders(written.folder)
    (written.folder / "rows.jsonl").write_text('{"text": "a", "label": "b"}\n')
    arguments = f"path: {path}, max_tokens: 8, length: 3, delimiter: ';', encoding: latin-1"
    assert written.errors(arguments) == [
        f"{name} is for a CSV file, and the path is {what}." for name in ("delimiter", "encoding")
    ]


def test_a_column_splits_the_rows(written: Written) -> None:
    dataset = generate(written.load(data=", validation_split: 0.5, split: {group: user}"), written.folder)
    assert dataset.validation is not None
    assert dataset.training.rows == dataset.validation.rows == 2


@pytest.mark.parametrize("arguments", ["path: texts", "path: rows.csv, target: label, output: count"])
def test_the_resolved_experiment_is_an_experiment(written: Written, arguments: str) -> None:
    folders(written.folder)
    experiment = written.load(f"{arguments}, max_tokens: 8")
    written.file.write_text(dump(experiment.resolved))
    assert load_experiment(written.file).columns == experiment.columns


def test_what_is_wrong_with_texts_is_told(written: Written) -> None:
    assert written.errors("path: rows.csv, target: label, output: count, length: 3") == [
        "length is for the output int. Received: output count"
    ]
    assert written.errors(data=", prepare: {columns: {text: {scale: standard}}}") == [
        'The column "text" has free texts, and "scale" is not for them.'
    ]
    (written.folder / "rows.csv").write_text("text,label\n!!,up\n?,down\n")
    assert "has no word in the training set" in written.errors()[0]
    (written.folder / "rows.csv").write_text("text,label\n,up\nb,down\n")
    assert written.errors() == ['Row 1 of rows.csv has no text in the column "text".']
    folders(written.folder)
    path = written.folder / "texts" / "up" / "0.txt"
    for content in (b"caf\xe9", "a film".encode("utf-16-le"), b"\x00\x01"):
        path.write_bytes(content)
        assert written.errors("path: texts") == [f"{path} is not text in UTF-8."]


def test_the_vocabulary_is_a_file_of_the_run(written: Written) -> None:
    experiment = written.load("path: rows.csv, max_tokens: 6, target: label, output: tf_idf")
    record = data_record(experiment, generate(experiment, written.folder))
    (written.folder / layout.DATA).write_text(data_json(record))
    (encoding,) = record.texts
    path = written.folder / layout.VOCABULARY
    path.write_text(vocabulary_text(encoding))
    assert path.read_text().splitlines()[0] == "so\t0.84729785"
    assert read_data_record(written.folder) == record
    assert "good" not in data_json(record)
    path.write_text("so\n")
    with pytest.raises(StorageError, match=r'the column "text" has 5 tokens, and vocabulary.txt 1'):
        read_data_record(written.folder)
    path.unlink()
    with pytest.raises(StorageError, match=r"vocabulary\.txt"):
        read_data_record(written.folder)


@pytest.mark.keras
def test_a_run_predicts_texts_and_its_export_takes_them(written: Written) -> None:
    import keras
    import tensorflow as tf

    options = RunOptions(written.folder, reported=False, plotted=False)
    folder = train_file(written.file, options, RunListener(), runs_dir=written.folder / "runs").folder
    assert (folder / layout.VOCABULARY).read_text().splitlines() == ["so", "good", "film", "bad", "a"]
    run = open_run(folder)
    inline = inline_rows('[["So GOOD!"], ["unheard of"]]', "--rows", run.experiment.columns).part
    assert inline.inputs["text"].tolist() == [[2, 3, 0], [1, 1, 0]]
    lines = "".join(f"{json.dumps({'text': text})}\n" for text in ("So GOOD!", "unheard of"))
    for content in ('other,text\n1,So GOOD!\n2,"unheard of"\n', lines):
        rows = parse_rows(content.encode(), "rows", run.experiment)
        assert np.array_equal(rows.part.inputs["text"], inline.inputs["text"])
    assert np.array_equal(run.predict(rows.part)[0], run.predict(inline)[0])
    with pytest.raises(ExperimentError, match="takes a text"):
        inline_rows("[[3]]", "--rows", run.experiment.columns)
    exported = export_run(folder, "keras", written.folder / "it.keras", keras_home=written.folder)
    assert exported.said[-1].endswith("what the run predicts: identical.")
    model = keras.models.load_model(exported.path)
    texts = tf.constant([["So GOOD!"], ["unheard of"]])
    assert np.array_equal(model(texts), run.predict(inline)[0])
