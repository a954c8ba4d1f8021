"""A validation or test set may have a generator or file of its own, with the columns of the training rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnrun.data.dataset import Dataset
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.runs.resolved_file import resolved_text

VALUES = "layers: [Dense: {units: 1}]\nloss: mse\noptimizer: sgd\nepochs: 1\n"
CLASSES = VALUES.replace("1}]", "3, activation: softmax}]").replace("mse", "sparse_categorical_crossentropy")
FLOWERS = "place,petal,kind\nwoods,1,b\nmeadow,2,a\nwoods,3,a\nmeadow,4,c\n"
OTHERS = "petal,kind,place\n5,c,woods\n6,b,woods\n"


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Experiment]:
    """Loads an experiment whose data settings are these, beside files of these texts."""

    def loaded(data: str, **texts: str) -> Experiment:
        for name, text in texts.items():
            (tmp_path / f"{name}.csv").write_text(text)
        path = tmp_path / "experiment.yaml"
        path.write_text(f"data: {{{data}}}\n{CLASSES if 'target: kind' in data else VALUES}")
        return load_experiment(path)

    return loaded


def made(experiment: Experiment) -> Dataset:
    return generate(experiment, Path("none"))


def refused(load: Callable[..., Experiment], data: str, **texts: str) -> list[str]:
    with pytest.raises(ExperimentError) as caught:
        load(data, **texts)
    return [problem.message for problem in caught.value.problems]


BOTH = "generator: {csv: {path: a.csv, target: kind}}, validation: {csv: {path: b.csv, target: kind}}"


def test_the_rows_of_another_file_have_the_order_and_the_codes_of_the_training_rows(load: Any) -> None:
    dataset = made(load(BOTH, a=FLOWERS, b=OTHERS))
    assert dataset.training.rows == 4
    assert dataset.validation is not None
    assert list(dataset.validation.inputs) == ["place", "petal"]
    assert dataset.validation.inputs["place"].tolist() == [[0, 1], [0, 1]]
    assert dataset.validation.targets["kind"].tolist() == [[2], [1]]


def test_other_columns_are_refused_with_what_differs(load: Any) -> None:
    numbers = OTHERS.replace("woods", "1")
    assert refused(load, BOTH, a=FLOWERS, b=OTHERS.replace("petal", "sepal")) == [
        "The input columns must be those of the training rows, place, petal. Received: sepal, place"
    ]
    assert refused(load, BOTH, a=FLOWERS, b=numbers) == [
        'The input column "place" must be that of the training rows: texts. Received: numbers'
    ]
    assert refused(load, BOTH, a=FLOWERS, b=OTHERS.replace("woods", "shore")) == [
        'The input column "place" must be that of the training rows: meadow, woods. Received: "shore"'
    ]


@pytest.mark.parametrize(
    ("rows", "hints"),
    [
        ("kind,petal,place\nb,1,woods\n", ["inputs: [place, petal]", "target: kind"]),
        ("place,petal,number,kind\nwoods,1,7,b\n", ["inputs: [place, petal]"]),
        ("place,kind\nwoods,b\n", []),
    ],
)
def test_the_arguments_that_make_the_columns_alike_are_named(load: Any, rows: str, hints: list[str]) -> None:
    plain = BOTH.replace("b.csv, target: kind", "b.csv%s")
    with pytest.raises(ExperimentError) as caught:
        load(plain % "", a=FLOWERS, b=rows)
    named = [problem.hint.partition("arguments: ")[2] for problem in caught.value.problems if problem.hint]
    assert named == hints
    if named:
        assert load(plain % "".join(f", {argument}" for argument in named), a=FLOWERS, b=rows)


def test_a_generator_of_the_validation_set_draws_rows_of_its_own(load: Any) -> None:
    dataset = made(load("generator: {moons: {samples: 20}}, validation: {moons: {samples: 20}}, test: moons"))
    assert dataset.validation is not None
    assert dataset.test is not None
    assert (dataset.training.rows, dataset.validation.rows, dataset.test.rows) == (20, 20, 500)
    assert not np.array_equal(dataset.training.inputs["x1"], dataset.validation.inputs["x1"])
    plain = made(load("generator: {moons: {samples: 20}}"))
    assert np.array_equal(plain.training.inputs["x1"], dataset.training.inputs["x1"])


def test_every_file_is_recorded_and_verified(load: Any, tmp_path: Path) -> None:
    experiment = load(BOTH, a=FLOWERS, b=OTHERS)
    assert [Path(file.path).name for file in experiment.columns.files] == ["a.csv", "b.csv"]
    (tmp_path / "b.csv").write_text(OTHERS + "7,a,woods\n")
    with pytest.raises(StorageError, match=r"b\.csv changed after the experiment was checked"):
        generate(experiment, tmp_path, DataFiles())


def test_the_paths_of_all_files_are_absolute_in_the_settings_and_relative_in_a_run(load: Any, tmp_path: Path) -> None:
    experiment = load(BOTH, a=FLOWERS, b=OTHERS)
    assert experiment.resolved["data"]["validation"]["csv"]["path"] == str(tmp_path / "b.csv")
    text = resolved_text(experiment, tmp_path / "runs" / "one")
    assert "path: ../../a.csv" in text
    assert "path: ../../b.csv" in text


def test_a_file_outside_the_folder_is_refused_with_its_setting(load: Any, tmp_path: Path) -> None:
    (tmp_path.parent / "outside.csv").write_text(OTHERS)
    data = BOTH.replace("b.csv", "../outside.csv").replace("target: kind", "target: petal")
    with pytest.raises(ExperimentError) as caught:
        load(data, a=FLOWERS)
    (problem,) = caught.value.problems
    assert "lies outside the folder of the experiment file" in problem.message
    assert "--set data.validation.csv.path=" in str(problem.hint)


def test_a_column_that_splits_the_rows_is_neither_input_nor_target(load: Any) -> None:
    text = "x,y,part\n1,0.5,train\n2,0.1,test\n3,0.3,val\n4,0.2,train\n"
    dataset = made(load("generator: {csv: {path: a.csv}}, split: {column: part}", a=text))
    assert [[*group] for group in (dataset.training.inputs, dataset.training.targets)] == [["x"], ["y"]]
    assert dataset.training.inputs["x"].tolist() == [[1], [4]]
    assert dataset.test is not None
    assert dataset.test.inputs["x"].tolist() == [[2]]


def test_a_column_that_splits_the_rows_may_be_an_input_too(load: Any) -> None:
    data = 'generator: {function: {samples: 9, t: "linspace(0, 1)", y: t ** 2, inputs: t, target: y}}'
    dataset = made(load(f"{data}, split: {{order: t}}, test_split: 3"))
    assert dataset.test is not None
    assert dataset.training.inputs["t"].max() < dataset.test.inputs["t"].min()


def test_classes_may_be_those_of_an_input(load: Any) -> None:
    rows = ", ".join(f"[{i}, {i % 2}, {i / 10}]" for i in range(20))
    table = f"generator: {{table: {{columns: [a, sex, y], rows: [{rows}]}}}}"
    dataset = made(load(f"{table}, split: {{stratified: sex}}, validation_split: 0.2"))
    assert list(dataset.training.inputs) == ["a", "sex"]
    assert dataset.validation is not None
    assert sorted(dataset.validation.inputs["sex"][:, 0].tolist()) == [0, 0, 1, 1]


@pytest.mark.parametrize("part", ["validation", "test"])
def test_the_labels_of_other_files_need_units(part: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,0\n2,1\n3,2\n")
    (tmp_path / "b.csv").write_text("x,y\n1,3\n")
    path = tmp_path / "experiment.yaml"
    path.write_text(f"data: {{generator: {{csv: {{path: a.csv}}}}, {part}: {{csv: {{path: b.csv}}}}}}\n{CLASSES}")
    with pytest.raises(ExperimentError, match=r"The labels go from 0 to 3, which are 4 classes; the output .* 3 units"):
        load_experiment(path)
    (tmp_path / "b.csv").write_text("x,y\n1,-1\n")
    with pytest.raises(ExperimentError, match="The labels go from -1 to 2"):
        load_experiment(path)
    (tmp_path / "b.csv").write_text("x,y\n1,2\n2,0\n")
    assert load_experiment(path).columns.classes == 3


def test_the_labels_of_a_test_set_in_the_same_file_need_units(tmp_path: Path) -> None:
    arrays = {"x_train": np.zeros((4, 2)), "y_train": np.array([0, 1, 2, 0]), "x_test": np.zeros((2, 2))}
    np.savez(tmp_path / "rows.npz", **arrays, y_test=np.array([0, 3]))
    path = tmp_path / "experiment.yaml"
    path.write_text(f"data: {{generator: {{npz: {{path: rows.npz}}}}}}\n{CLASSES}")
    with pytest.raises(ExperimentError, match="The labels go from 0 to 3, which are 4 classes"):
        load_experiment(path)
