"""The table of predictions."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.runs.predictions_file import predictions_csv, read_predictions


def test_a_header_and_a_row_per_point() -> None:
    assert predictions_csv(["x", "class 0"], [[0.0, np.float32(0.1)], [1.0, 0.25]]) == "x,class 0\n0.0,0.1\n1.0,0.25\n"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(allow_nan=False), st.text(st.characters(exclude_categories=["C"])))))
def test_any_value_comes_back(rows: list[tuple[float, str]]) -> None:
    header, *read = csv.reader(io.StringIO(predictions_csv(["x, y", 'the "class"'], rows), newline=""))
    assert header == ["x, y", 'the "class"']
    assert [(float(x), text) for x, text in read] == rows


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="row 2 has 1 values for 2 columns"):
        predictions_csv(["x", "y"], [[1, 2], [3]])


def test_the_first_rows_and_the_number_of_all_are_read(tmp_path) -> None:
    (tmp_path / "predictions.csv").write_text(predictions_csv(["x", "y"], [[i, 2 * i] for i in range(5)]))
    assert read_predictions(tmp_path / "predictions.csv", 2) == (["x", "y"], [["0", "0"], ["1", "2"]], 5)
