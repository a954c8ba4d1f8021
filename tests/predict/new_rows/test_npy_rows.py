"""New rows from the one array of an npy file: the columns side by side, in their order."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from predict.new_rows.test_array_rows import FLOWER, GRAPH, IMAGE

from nnrun.errors import ExperimentError
from nnrun.predict.new_rows.new_rows import NewRows
from nnrun.predict.new_rows.read_rows import parse_rows


def saved(values: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(values), allow_pickle=True)
    return stream.getvalue()


def rows_of(values: Any, experiment: Any, *, targets: bool = False) -> NewRows:
    return parse_rows(saved(values), "x.npy", experiment, targets=targets)


def cells_of(rows: NewRows) -> dict[str, list[Any]]:
    columns = rows.part.inputs | rows.part.targets
    return {name: values.tolist() for name, values in columns.items()}


def test_the_array_of_the_only_column_may_have_its_shape_or_be_flat() -> None:
    images = np.random.default_rng(0).random((3, 8, 8, 1))
    for shape in ((3, 8, 8, 1), (3, 64)):
        found = rows_of(images.reshape(shape), IMAGE)
        np.testing.assert_array_equal(found.part.inputs["pixels"], images.astype(np.float32))


def test_columns_stand_side_by_side() -> None:
    assert cells_of(rows_of([[1, 2, 3], [4, 5, 6]], GRAPH)) == {"a": [[1], [4]], "b": [[2], [5]], "c": [[3], [6]]}


def test_a_text_column_has_as_many_numbers_as_the_network_takes() -> None:
    assert cells_of(rows_of([[1, 2, 0, 1, 0]], FLOWER)) == {"petal": [[1]], "sepal": [[2]], "place": [[0, 1, 0]]}


def test_the_targets_stand_behind_the_inputs_and_are_not_used_to_predict() -> None:
    found = rows_of([[1, 2, 3, 6]], GRAPH)
    assert found.ignored == ("y",)
    assert cells_of(rows_of([[1, 2, 3, 6]], GRAPH, targets=True)) == {"a": [[1]], "b": [[2]], "c": [[3]], "y": [[6]]}


@pytest.mark.parametrize(
    ("values", "targets", "message"),
    [
        ([[1, 2]], False, r"A row of x.npy must have 3 numbers (a, b, c). Received: an array of shape (1, 2)"),
        ([[1, 2, 3]], True, "and the targets behind them (y). Received: an array of shape (1, 3)"),
        (np.zeros((0, 3)), False, "it has no rows, its shape is (0, 3)"),
        (3.0, False, "it has no rows, its shape is ()"),
        (np.array([[{}, 1, 2]], object), False, "it has the type object"),
        ([[1j, 2, 3]], False, "it has the type complex"),
    ],
)
def test_another_array_is_refused(values: Any, targets: bool, message: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        rows_of(values, GRAPH, targets=targets)
    assert message in str(caught.value)


def test_a_damaged_file_is_refused() -> None:
    content = saved([[1.0, 2.0, 3.0]])
    for end in range(6, len(content)):
        with pytest.raises(ExperimentError, match=r"x\.npy is not an array that can be used"):
            parse_rows(content[:end], "x.npy", GRAPH)
    huge = content.replace(b"(1, 3), }      ", b"(9999999, 3), }")
    assert len(huge) == len(content)
    with pytest.raises(ExperimentError, match="it ends too early"):
        parse_rows(huge, "x.npy", GRAPH)
