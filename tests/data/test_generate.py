"""From data settings to a dataset."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import shipped
from nnrun.data.dataset import Dataset
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.data.generators.registry import describe_columns
from nnrun.data.preparation.columns import prepared_columns
from nnrun.errors import ExperimentError, Place, StorageError
from nnrun.experiment.experiment import Component, DataSettings

HERE = Place("x.yaml", 3, 5, "    generator:")


def component(name: str, **arguments: Any) -> Component:
    return Component("generators", name, arguments, HERE)


def made(generator: Component, home: Path, seed: int = 0, **settings: Any) -> Dataset:
    data = DataSettings(generator, **settings)
    columns = prepared_columns(describe_columns(generator))
    return generate(replace(shipped("xor"), seed=seed, data=data, columns=columns), home)


def test_the_rows_of_a_function_split_as_in_keras(tmp_path: Path) -> None:
    rounding = component("function", samples=10_000, x="uniform(0, 1)", y="x >= 0.5")
    dataset = made(rounding, tmp_path, validation_split=0.1)
    assert dataset.validation is not None
    assert (dataset.training.rows, dataset.validation.rows, dataset.test) == (9000, 1000, None)


def test_scales_are_fitted_on_the_training_rows(tmp_path: Path) -> None:
    line = component("function", samples=50, x="uniform(5, 9)", y="100 * x")
    plain = made(line, tmp_path, validation_split=0.2, test_split=0.2)
    scaled = made(line, tmp_path, validation_split=0.2, test_split=0.2, scale="minmax", scale_targets="standard")
    assert (scaled.training.inputs["x"].min(), scaled.training.inputs["x"].max()) == (0, 1)
    assert abs(float(scaled.training.targets["y"].mean())) < 1e-5
    assert plain.test is not None
    assert scaled.test is not None
    np.testing.assert_allclose(scaled.input_scaling["x"].apply(plain.test.inputs["x"]), scaled.test.inputs["x"])
    np.testing.assert_allclose(
        scaled.target_scaling["y"].invert(scaled.test.targets["y"]), plain.test.targets["y"], rtol=1e-5
    )


def test_scaled_targets_leave_labels_alone(tmp_path: Path) -> None:
    both = component("function", samples=20, x="uniform(0, 9)", up="x > 5", y="x", target=["up", "y"])
    dataset = made(both, tmp_path, scale_targets="minmax")
    assert list(dataset.target_scaling) == ["y"]
    assert dataset.training.targets["up"].dtype == np.int32


@pytest.mark.parametrize("one_hot", [False, True])
def test_labels_alone_are_not_scaled(one_hot: bool, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match='"scale_targets" has nothing to scale: every target is a class label'):
        made(component("moons"), tmp_path, scale_targets="standard", one_hot=one_hot)


def test_a_table_of_whole_numbers_becomes_one_hot(tmp_path: Path) -> None:
    gaps = component("table", columns=["x", "y"], rows=[[0, 0], [1, 3]])
    assert made(gaps, tmp_path).classes is None
    dataset = made(gaps, tmp_path, one_hot=True)
    assert (dataset.classes, dataset.training.targets["y"].tolist()) == (4, [[1, 0, 0, 0], [0, 0, 0, 1]])


def test_known_classes_stay_where_few_rows_are_taken(tmp_path: Path) -> None:
    dataset = made(component("digits", samples=3), tmp_path, one_hot=True)
    assert dataset.training.targets["digit"].shape == (3, 10)


def test_data_that_are_not_finite_name_the_row_and_the_column(tmp_path: Path) -> None:
    place = Place("x.yaml", 6, 10, "      y: 1 / x")
    arguments = {"samples": 3, "x": "linspace(-1, 1)", "z": "sqrt(x)", "y": "1 / x"}
    with pytest.raises(ExperimentError, match="finite 32-bit numbers") as caught:
        made(Component("generators", "function", arguments, HERE, {"y": place}), tmp_path)
    assert [(problem.message, problem.place) for problem in caught.value.problems] == [
        ('The data must be finite 32-bit numbers. Received: nan in row 1 of the column "z"', HERE),
        ('The data must be finite 32-bit numbers. Received: inf in row 2 of the column "y"', place),
    ]


def test_numbers_beyond_32_bits_are_not_finite(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match='Received: inf in row 1 of the column "y"') as caught:
        made(component("function", samples=1, x="uniform(1, 2)", y="exp(100 * x)"), tmp_path)
    assert caught.value.problems[0].hint == "Numbers above 3.4e38 are infinite in 32 bits."
    with pytest.raises(ExperimentError, match=r"a cell is a finite number, a text or null. Received: 1e\+300"):
        made(component("table", columns=["x", "y"], rows=[[1e300, 0]]), tmp_path)


def test_a_set_with_a_test_part_can_be_split_for_validation(keras_home: Path) -> None:
    dataset = made(component("mnist", samples=20), keras_home, validation_split=0.25)
    assert dataset.validation is not None
    assert dataset.test is not None
    assert (dataset.training.rows, dataset.validation.rows, dataset.test.rows) == (15, 5, 8)


def test_a_file_that_has_changed_since_it_was_checked_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x,y\n1,2\n3,4\n")
    files, generator = DataFiles(), component("csv", path=str(path))
    columns = describe_columns(generator, files)
    experiment = replace(shipped("xor"), data=DataSettings(generator), columns=columns)
    assert generate(experiment, tmp_path, files).training.targets["y"].tolist() == [[2], [4]]
    path.write_text("x,y\n1,2\n3,5\n5,6\n")
    for after in (files, DataFiles()):
        with pytest.raises(StorageError, match="changed after the experiment was checked"):
            generate(experiment, tmp_path, after)


def test_importing_the_room_needs_neither_scikit_learn_nor_keras() -> None:
    heavy = "{'sklearn', 'scipy', 'keras', 'tensorflow'}"
    code = f"import sys, nnrun.data.generate; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def weighed(weights: list[float], home: Path, **settings: Any) -> Dataset:
    rows = [[float(i), weight, 2.0 * i] for i, weight in enumerate(weights)]
    return made(component("table", columns=["x", "w", "y"], rows=rows, sample_weight="w"), home, **settings)


def test_the_weight_of_a_row_goes_where_the_row_goes(tmp_path: Path) -> None:
    dataset = weighed([0.5 * i for i in range(10)], tmp_path, validation_split=0.3, scale="standard")
    assert list(dataset.training.inputs) == ["x"]
    for part in (dataset.training, dataset.validation):
        assert part is not None
        assert part.weights is not None
        np.testing.assert_allclose(part.weights, part.targets["y"][:, 0] / 4)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, -2, 3], "A sample weight is a number from 0. Received: -2.0 in row 2"),
        ([1, 1e39], 'Row 2, column "w": a cell is a finite number, a text or null. Received: 1e+39'),
        ([0, 0], "Every sample weight is 0, so there is nothing to learn from."),
    ],
)
def test_weights_that_no_row_can_have_are_refused(weights: list[float], message: str, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError) as caught:
        weighed(weights, tmp_path)
    assert [problem.message for problem in caught.value.problems] == [message]
