"""New rows from arrays: per column or per input of the network."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import FLOWERS, written
from nnrun.errors import ExperimentError
from nnrun.predict.new_rows.array_rows import array_rows
from nnrun.predict.new_rows.new_rows import NewRows
from nnrun.predict.new_rows.read_rows import parse_rows, wanted_columns

FLOWER = written(
    f"data: {{generator: {{csv: {{path: {FLOWERS}, target: species}}}}}}\n"
    "layers: [{Dense: {units: 3, activation: softmax}}]\n"
    "optimizer: sgd\nloss: sparse_categorical_crossentropy\nepochs: 1\n",
    FLOWERS.parent,
)
IMAGE = written(
    "data: {generator: {digits: {samples: 9, shape: [8, 8, 1]}}}\n"
    "layers: [Flatten, {Dense: {units: 10, activation: softmax}}]\n"
    "optimizer: sgd\nloss: sparse_categorical_crossentropy\nepochs: 1\n"
)
GRAPH = written("""
data: {generator: {function: {samples: 9, a: "uniform(0, 1)", b: "uniform(0, 1)", c: "uniform(0, 1)", y: a + b + c}}}
layers:
  - Input: {name: left, columns: [c, a]}
  - Input: {name: right, columns: [b]}
  - Concatenate: {inputs: [left, right]}
  - Dense: {units: 1}
optimizer: sgd
loss: mse
epochs: 1
""")


def rows_of(arrays: dict[str, Any], experiment: Any, *, targets: bool = False) -> NewRows:
    found = {name: np.asarray(values) for name, values in arrays.items()}
    return array_rows(found, "new.npz", experiment, wanted_columns(experiment, targets=targets))


@pytest.mark.parametrize(
    "place", [["garden", "woods"], [b"garden", b"woods "], [["garden"], ["woods"]], [[1, 0, 0], [0, 0, 1]]]
)
def test_a_text_column_takes_texts_or_one_hot_vectors(place: Any) -> None:
    found = rows_of({"sepal": [[1], [2]], "petal": [3, True], "place": place, "id": [7, 8]}, FLOWER)
    np.testing.assert_array_equal(found.part.inputs["place"], np.float32([[1, 0, 0], [0, 0, 1]]))
    np.testing.assert_array_equal(found.part.inputs["petal"], np.float32([[3], [1]]))
    assert found.ignored == ("id",)


def test_an_array_per_input_has_its_columns_side_by_side() -> None:
    found = rows_of({"left": [[1, 2], [3, 4]], "right": [5.0, 6.0]}, GRAPH)
    assert {name: values[:, 0].tolist() for name, values in found.part.inputs.items()} == {
        "a": [2, 4],
        "b": [5, 6],
        "c": [1, 3],
    }
    assert found.ignored == ()


@pytest.mark.parametrize("shape", [(2, 8, 8, 1), (2, 64)])
def test_an_image_has_its_shape_or_all_its_pixels_in_a_row(shape: tuple[int, ...]) -> None:
    values = np.arange(128.0).reshape(shape)
    np.testing.assert_array_equal(rows_of({"pixels": values}, IMAGE).part.inputs["pixels"].ravel(), values.ravel())


def test_targets_are_labels_or_texts() -> None:
    arrays = {"petal": [1], "sepal": [1], "place": ["woods"], "species": ["virginica"]}
    np.testing.assert_array_equal(rows_of(arrays, FLOWER, targets=True).part.targets["species"], [[2]])
    labels = rows_of({"pixels": np.zeros((1, 64)), "digit": np.array([7], np.uint8)}, IMAGE, targets=True)
    assert labels.part.targets["digit"].dtype == np.int32


FINE: dict[str, Any] = {"petal": [1, 2], "sepal": [1, 2], "place": ["woods", "garden"]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"place": ["woods", "wods"]}, 'new.npz, row 2: The column "place" has no text "wods"'),
        ({"petal": [1, np.nan]}, 'new.npz, row 2: The column "petal" takes a finite number. Received: "nan"'),
        ({"petal": [1, 1e300]}, r'row 2: The column "petal" takes a finite number. Received: "1e\+300"'),
        ({"petal": [[1, 2], [3, 4]]}, r'"petal" of new.npz must have the shape \(rows, 1\). Received: \(2, 2\)'),
        ({"petal": ["1", "2"]}, '"petal" of new.npz has texts, and the column takes numbers'),
        ({"petal": [1j, 2]}, '"petal" of new.npz has the type complex128'),
        ({"petal": [1, 2, 3]}, 'equally many rows: "petal" has 3 rows and "sepal" has 2'),
        ({"petal": 1.0}, 'The array "petal" of new.npz has no rows'),
        ({"petal": [], "sepal": [], "place": []}, "has no rows"),
        ({"place": [[0.5, 0.5, 0], [1, 0, 0]]}, 'row 1: The column "place" takes one of its texts, or a 1'),
        ({"place": [[1, 0], [1, 0]]}, r'"place" of new.npz must have the shape \(rows, 3\)'),
    ],
)
def test_what_cannot_be_used_is_named_with_its_row(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        rows_of(FINE | changed, FLOWER)


def test_a_missing_array_is_named_with_the_nearest_name() -> None:
    with pytest.raises(ExperimentError, match=r'no array "petal".\n  Did you mean "petals"\?'):
        rows_of({"petals": [1], "sepal": [1], "place": ["woods"]}, FLOWER)
    with pytest.raises(ExperimentError, match=r"per column \(a, b, c\) or per input of the model \(left, right\)"):
        rows_of({"q": [1]}, GRAPH)
    with pytest.raises(ExperimentError, match=r'"left" of new.npz must have the shape \(rows, 2\). Received: \(1, 3\)'):
        rows_of({"left": [[1, 2, 3]], "right": [1]}, GRAPH)


def test_numbers_stand_for_the_texts_that_write_them(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("rank,y\n1,1\n2.0,2\n1,4\nx,3\n")
    column = written(
        "data: {generator: {csv: {path: table.csv, target: y}}}\nlayers: [{Dense: {units: 1}}]\n"
        "optimizer: sgd\nloss: mse\nepochs: 1\n",
        tmp_path,
    )
    np.testing.assert_array_equal(rows_of({"rank": [2, 1]}, column).part.inputs["rank"], [[0, 1, 0], [1, 0, 0]])


def npz(save: Any, **arrays: Any) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_file_may_be_compressed(save: Any) -> None:
    rows = parse_rows(npz(save, pixels=np.zeros((50, 64))), "new.npz", IMAGE)
    assert rows.part.rows == 50


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npz(np.savez, pixels=np.array([{}], object)), "Object arrays cannot be loaded"),
        (npz(np.savez, pixels=np.zeros((50, 64)))[:-30], "is not a file of arrays"),
        (b"PK\x03\x04 and so on", "is not a file of arrays"),
        (npz(np.savez_compressed, pixels=np.zeros((2**21, 65))), "at most 1,073,741,824 are read"),
    ],
)
def test_a_file_that_is_no_npz_of_plain_arrays_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        parse_rows(content, "new.npz", IMAGE)


@pytest.mark.parametrize("part", ["train", "test"])
def test_arrays_are_found_by_the_names_that_the_training_took_them_by(tmp_path: Path, part: str) -> None:
    arrays = {"x_train": np.ones((4, 2)), "y_train": np.zeros(4), "x_test": np.ones((1, 2)), "y_test": np.ones(1)}
    np.savez(tmp_path / "rows.npz", **arrays)
    text = "data: {generator: {npz: {path: rows.npz}}}\nlayers: [Dense: {units: 1}]\n"
    experiment = written(f"{text}optimizer: sgd\nloss: mse\nepochs: 1\n", tmp_path)
    stream = io.BytesIO()
    np.savez(stream, **{f"x_{part}": [[1, 2], [3, 4]], f"y_{part}": [5, 6]})
    found = parse_rows(stream.getvalue(), "new.npz", experiment, targets=True)
    assert (found.part.inputs["x"].tolist(), found.part.targets["y"].tolist()) == ([[1, 2], [3, 4]], [[5], [6]])
    assert found.ignored == ()
