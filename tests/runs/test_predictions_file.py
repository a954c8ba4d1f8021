"""The table of predictions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.runs.predictions_file import write_predictions


def test_a_header_and_a_row_per_point(tmp_path: Path) -> None:
    write_predictions(tmp_path / "predictions.csv", ["x", "class 0"], [[0.0, np.float32(0.1)], [1.0, 0.25]])
    assert (tmp_path / "predictions.csv").read_text() == "x,class 0\n0.0,0.1\n1.0,0.25\n"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(allow_nan=False), st.text(st.characters(exclude_categories=["C"])))))
def test_any_value_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, str]]) -> None:
    path = tmp_path_factory.mktemp("predictions") / "predictions.csv"
    write_predictions(path, ["x, y", 'the "class"'], rows)
    with path.open(newline="", encoding="utf-8") as lines:
        header, *read = csv.reader(lines)
    assert header == ["x, y", 'the "class"']
    assert [(float(x), text) for x, text in read] == rows


def test_a_row_of_another_length_is_refused_and_no_file_is_left(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="row 2 has 1 values for 2 columns"):
        write_predictions(tmp_path / "predictions.csv", ["x", "y"], [[1, 2], [3]])
    assert list(tmp_path.iterdir()) == []
