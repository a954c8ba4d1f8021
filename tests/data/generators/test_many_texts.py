"""A text column may have any number of texts where its width does not depend on them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.generators.test_file_conformance import FORMATS, FileFormat, Rows

from experiments import data_of
from nnrun.cli.main import run
from nnrun.data.files import column_builder, table_column
from nnrun.data.files.csv_file import open_csv
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.experiment import Component, Experiment
from nnrun.experiment.word_encoding import stable_hash
from nnrun.load import load_experiment

MANY = 5_000
ZIPS = [f"{code:05d}x" for code in (np.arange(2 * MANY) * 7919) % MANY]
ROWS: Rows = {"zip": ZIPS, "y": [float(i % 10) for i in range(2 * MANY)]}
HASH, FREQUENT = "{words: {hash: 16}}", "{max_words: 15}"
NETWORK = "layers: [Dense: {units: 1}]\noptimizer: sgd\nloss: mse\nepochs: 1\nbatch_size: 512\n"


def experiment_of(folder: Path, form: FileFormat, steps: str, more: str = "") -> Path:
    form.write(folder / f"rows.{form.suffix}", ROWS)
    data = f"generator: {{{form.name}: {{path: rows.{form.suffix}}}}}, prepare: {{columns: {{zip: {steps}}}}}{more}"
    path = folder / "it.yaml"
    path.write_text(f"data: {{{data}}}\n{NETWORK}")
    return path


def buckets(texts: list[str]) -> list[list[int]]:
    return [[int(stable_hash(text) % 16 == bucket) for bucket in range(16)] for text in texts]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_each_of_many_texts_has_its_bucket(form: FileFormat, tmp_path: Path) -> None:
    experiment = load_experiment(experiment_of(tmp_path, form, HASH))
    assert experiment.columns.inputs[0].width == 16
    zips = data_of(experiment, tmp_path).training.inputs["zip"]
    np.testing.assert_array_equal(zips, buckets([str(text) for text in ROWS["zip"]]))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_most_frequent_of_many_texts_have_numbers_of_their_own(form: FileFormat, tmp_path: Path) -> None:
    experiment = load_experiment(experiment_of(tmp_path, form, FREQUENT))
    zips = data_of(experiment, tmp_path).training.inputs["zip"]
    assert zips.sum(axis=0).tolist() == [2.0] * 15 + [2.0 * (MANY - 15)]


def test_texts_may_become_the_indices_of_an_embedding(tmp_path: Path) -> None:
    experiment = load_experiment(experiment_of(tmp_path, FORMATS[0], "{words: integer}"))
    zips = data_of(experiment, tmp_path).training.inputs["zip"]
    assert zips[:, 0].tolist() == [float(str(text)[:-1]) for text in ZIPS]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_otherwise_the_message_says_how_to_encode_them(form: FileFormat, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"different texts.* 100 ") as caught:
        load_experiment(experiment_of(tmp_path, form, "{missing: refuse}"))
    hint = re.search(r"data: (\{prepare: .*\})", str(caught.value))
    assert hint
    assert hint[1] == "{prepare: {columns: {zip: {words: hash}}}}"


def test_rows_in_the_experiment_file_may_have_many_texts() -> None:
    table = Component("generators", "table", {"columns": ["zip", "y"], "rows": [[text, 1] for text in ZIPS[:300]]})
    with pytest.raises(ExperimentError, match="has 300 different texts; at most 100 are possible"):
        describe_columns(table)
    allowed = AllowedCells({"prepare": {"words": "hash"}})
    assert len(describe_columns(table, allowed=allowed).inputs[0].categories) == 300


def test_rows_may_be_split_by_many_groups(tmp_path: Path) -> None:
    rows: Rows = {"patient": ZIPS, "size": ROWS["y"], "y": ROWS["y"]}
    FORMATS[0].write(tmp_path / "rows.csv", rows)
    (tmp_path / "it.yaml").write_text(
        "data: {generator: {csv: {path: rows.csv, inputs: size}}, split: {group: patient}, validation_split: 0.2}\n"
        + NETWORK
    )
    dataset = data_of(load_experiment(tmp_path / "it.yaml"), tmp_path)
    assert dataset.validation is not None
    assert dataset.validation.rows == 2 * MANY * 0.2


def test_there_is_a_limit_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_builder, "MAX_TEXTS", MANY - 1)
    with pytest.raises(ExperimentError, match=f"more than {table_column.MAX_TEXTS:,} different texts"):
        load_experiment(experiment_of(tmp_path, FORMATS[0], HASH))


def test_a_column_is_read_once_more_where_more_of_its_texts_are_wanted(tmp_path: Path) -> None:
    FORMATS[0].write(tmp_path / "rows.csv", ROWS)
    table = open_csv(DataFiles(), tmp_path / "rows.csv")
    assert table.columns(["zip"])["zip"].is_unkept
    assert len(table.columns(["zip"], many=["zip"])["zip"].categories) == MANY
    assert len(table.columns(["zip"])["zip"].categories) == MANY


def others(folder: Path, steps: str) -> Experiment:
    """An experiment whose test set has a text that the training rows do not have."""
    path = experiment_of(folder, FORMATS[0], steps, ", test: {csv: {path: new.csv}}")
    FORMATS[0].write(folder / "new.csv", {"zip": ["new", ZIPS[3], "new"], "y": [1.0, 2.0, 3.0]})
    return load_experiment(path)


@pytest.mark.parametrize(("steps", "expected"), [(HASH, buckets(["new", ZIPS[3], "new"])), (FREQUENT, None)])
def test_a_test_set_may_have_new_texts(steps: str, expected: Any, tmp_path: Path) -> None:
    test = data_of(others(tmp_path, steps), tmp_path).test
    assert test is not None
    zips = test.inputs["zip"].tolist()
    assert zips == (expected or [[0] * 15 + [1]] * 3)


def test_a_new_text_of_a_test_set_has_no_position_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r'must be that of the training rows: .* Received: "new"'):
        others(tmp_path, "{words: integer}")


@pytest.mark.keras
@pytest.mark.parametrize("steps", [HASH, FREQUENT])
def test_a_model_of_many_texts_predicts_for_one_that_it_has_never_seen(
    steps: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, folder = experiment_of(tmp_path, FORMATS[0], steps), ["--runs-dir", str(tmp_path / "runs")]
    assert run(["check", str(path)]) == 0
    assert run(["train", str(path), "-q", "--no-plots", *folder]) == 0
    capsys.readouterr()
    assert run(["predict", "latest", "--rows", f"[[never], ['{ZIPS[0]}']]", "--format", "csv", *folder]) == 0
    header, first, second = capsys.readouterr().out.splitlines()
    assert header == "row,zip,predicted_y"
    assert np.isfinite([float(line.split(",")[2]) for line in (first, second)]).all()
