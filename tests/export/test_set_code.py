"""The code of a generator's rows makes the same numbers as the generator, bit for bit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_sets import TRAINING, small_keras_home

from experiments import shipped, source_of
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import Place
from nnrun.experiment.experiment import Component, DataSettings, Experiment
from nnrun.export.column_code import NoDataCode
from nnrun.export.data_code import data_code
from nnrun.export.python_text import Variables

pytestmark = pytest.mark.keras  # the room starts TensorFlow

HERE = Place("x.yaml", 3, 5, "    generator:")
CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in ("iris", "wine", "breast_cancer", "diabetes", "linnerud", "digits")),
    ("diabetes", {"scaled": False}),
    ("moons", {"samples": 30}),
    ("circles", {"samples": 30, "factor": 0.3}),
    ("blobs", {"samples": 30, "features": 3}),
    ("spirals", {"samples": 31}),
    ("swiss_roll", {"samples": 30, "noise": 0.5, "hole": True}),
    ("s_curve", {"samples": 30, "noise": 0.1}),
    ("friedman1", {"samples": 30, "features": 6, "noise": 1}),
    ("friedman2", {"samples": 30}),
    ("friedman3", {"samples": 30, "noise": 0.1}),
    ("regression", {"samples": 30, "noise": 2.0}),
    ("regression", {"samples": 30, "targets": 3, "effective_rank": 2}),
    ("classification", {"samples": 30}),
    ("classification", {"samples": 30, "classes": 3, "weights": [1, 2, 3]}),
    ("xor", {"samples": 30}),
    ("gaussians", {"samples": 30, "classes": 3, "features": 4}),
    ("gaussians", {"samples": 30, "means": [[0, 0], [2, 2]], "covariances": [[[1, 0], [0, 1]], [[1, 0.8], [0.8, 1]]]}),
    ("checkerboard", {"samples": 30, "noise": 0.1}),
    ("checkerboard", {"samples": 30, "squares": 3}),
    ("parity", {"samples": 30, "signed": True}),
    (
        "table",
        {
            "columns": ["city", "area", "note", "w", "kind"],
            "rows": [["Rome", 1, None, 1, "flat"], ["Bern", 2.5, "a", 2, "house"], ["Rome", 3, "b", 1, "house"]],
            "inputs": ["area"],
            "sample_weight": "w",
        },
    ),
    ("sine", {"samples": 30, "trend": 0.1}),
    ("mackey_glass", {"samples": 40}),
    ("mackey_glass", {"samples": 40, "tau": 5.5, "beta": 0.3, "gamma": 0.2, "exponent": 8, "noise": 0.1}),
    ("addition", {"samples": 30}),
    ("addition", {"samples": 30, "digits": 2, "reverse": True, "encoding": "one_hot"}),
    ("copy", {"samples": 30}),
    ("copy", {"samples": 30, "length": 3, "symbols": 4, "delay": 0, "encoding": "one_hot"}),
    ("modular", {"modulus": 7}),
    ("modular", {"modulus": 7, "operation": "-", "encoding": "one_hot"}),
    ("modular", {"modulus": 7, "operation": "*", "share": 0.4}),
    ("modular", {"modulus": 7, "operation": "/"}),
    ("modular", {"modulus": 2, "operation": "/"}),
    ("ar", {"samples": 30, "coefficients": [0.5, -0.2], "mean": 3}),
    ("function", {"samples": 30, "x": "student(3, 0.5)", "y": "x", "noise": "student(4, 2)"}),
    ("function", {"samples": 30, "x": "uniform(-1, 1)", "y": "where(x < 0, 0, 2 * x)", "noise": "0.1 + abs(y)"}),
    (
        "function",
        {
            "samples": 60,
            "x": "uniform(-1, 1)",
            "y": "x",
            "z": "2 * x",
            "target": ["y", "z"],
            "noise": {"z": "uniform(-1, 1)", "y": "abs(z) + (x > 0)"},
        },
    ),
    ("function", {"samples": 60, "x": "uniform(-1, 1)", "up": "x > 0", "label_flips": 0.2}),
    ("function", {"samples": 60, "x": "uniform(-1, 1)", "y": "where(x < 0, 0, 1 + (x > 0.5))", "label_flips": 0.5}),
]


def experiment_with(name: str, arguments: dict[str, Any]) -> Experiment:
    generator = Component("generators", name, arguments, HERE)
    return replace(shipped("xor"), seed=5, data=DataSettings(generator), columns=describe_columns(generator))


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_the_code_makes_the_rows_of_the_generator(name: str, arguments: dict[str, Any], tmp_path: Path) -> None:
    experiment = experiment_with(name, arguments)
    code = data_code(experiment, Variables(["np", "seed", "rng", "flipped"]), tmp_path)
    names: dict[str, Any] = {"np": np, "seed": 5}
    exec("\n".join([*code.imports, *code.lines]), names)
    rows = source_of(experiment.data.generator, seed=[5, 0]).rows
    for wanted, label in ((rows.inputs, False), (rows.targets, experiment.columns.targets[0].is_label)):
        found = eval(code.array(list(wanted), label), names)
        own = np.concatenate([values.reshape(rows.rows, -1) for values in wanted.values()], axis=1)
        assert found.dtype == own.dtype
        np.testing.assert_array_equal(found.reshape(rows.rows, -1), own)


KERAS_SETS: list[tuple[str, dict[str, Any]]] = [
    ("mnist", {}),
    ("fashion_mnist", {"shape": [28, 28, 1], "scale": False}),
    ("cifar100", {"label_mode": "coarse", "scale": False}),
    ("imdb", {"samples": 12, "num_words": 20, "maxlen": 9}),
    ("reuters", {"samples": 12, "maxlen": 5, "padding": "post", "truncating": "post"}),
    ("boston_housing", {}),
    ("california_housing", {"version": "small"}),
]


@pytest.fixture(scope="module")
def keras_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with small_keras_home(tmp_path_factory.mktemp("keras")) as home:
        yield home


@pytest.mark.parametrize(("name", "arguments"), KERAS_SETS)
def test_the_code_of_a_set_of_keras_makes_its_rows_and_its_test_set(
    name: str, arguments: dict[str, Any], keras_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_file(fname: str, extract: bool = False, cache_subdir: str = "datasets", **_: Any) -> str:
        path = keras_home / "datasets" / Path(cache_subdir).name / (f"{fname}_archive" if extract else fname)
        path = path if path.exists() else keras_home / "datasets" / path.name
        if extract:
            shutil.unpack_archive(path, tmp_path, "gztar", filter="data")
        return str(tmp_path if extract else path)

    monkeypatch.setattr(import_module(f"keras.src.datasets.{name}"), "get_file", get_file)
    arguments = arguments if "housing" in name or "samples" in arguments else {**arguments, "samples": TRAINING}
    experiment = experiment_with(name, arguments)
    code = data_code(experiment, Variables([]), tmp_path)
    names: dict[str, Any] = {"np": np, "keras": import_module("keras"), "seed": 5}
    exec("\n".join(code.lines), names)
    source = source_of(experiment.data.generator, keras_home)
    assert code.test_array is not None
    for part, array in ((source.rows, code.array), (source.test, code.test_array)):
        assert part is not None
        for wanted, label in ((part.inputs, False), (part.targets, experiment.columns.targets[0].is_label)):
            found = eval(array(list(wanted), label), names)
            own = np.concatenate([values.reshape(part.rows, -1) for values in wanted.values()], axis=1)
            assert found.dtype == own.dtype
            np.testing.assert_array_equal(found.reshape(part.rows, -1), own)


def test_the_code_of_a_whole_set_takes_all_its_rows(tmp_path: Path) -> None:
    code = data_code(experiment_with("cifar10", {}), Variables([]), tmp_path)
    assert code.lines == ["(images, classes), (test_images, test_classes) = keras.datasets.cifar10.load_data()"]
    assert code.array(["class"], True) == 'classes.reshape(-1, 1).astype("int32")'


def test_a_generator_without_code_is_named_with_its_place(tmp_path: Path) -> None:
    experiment = replace(shipped("xor"), data=DataSettings(Component("generators", "parquet", {"path": "x"}, HERE)))
    with pytest.raises(NoDataCode, match="no code for the data generator parquet") as raised:
        data_code(experiment, Variables([]), tmp_path)
    assert raised.value.problems[0].place == HERE
