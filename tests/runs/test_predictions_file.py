"""The table of predictions."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.runs.predictions_file import predictions_csv, read_predictions


def test_a_header_and_a_row_per_point() -> None:
    assert predictions_csv(["x", "class 0"], [[0.0, np.float32(0.1)], [1.0, 0.25]]) == "x,class 0\n0.0,0.1\n1.0,0.25\n"


texts = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]) | st.sampled_from("'=+-@"))


@settings(max_examples=100, deadline=None)
@given(texts, st.lists(st.tuples(st.floats(allow_nan=False), texts)))
def test_any_value_comes_back(tmp_path_factory: Any, name: str, rows: list[tuple[float, str]]) -> None:
    path = tmp_path_factory.mktemp("predictions") / "predictions.csv"
    path.write_bytes(predictions_csv(["x, y", name], rows).encode())
    header, read, count = read_predictions(path, 100)
    assert header == ["x, y", name]
    assert [(float(x), text) for x, text in read] == rows[:100]
    assert count == len(rows)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+2", "'=1+2"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-a", "'-a"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("\r=1", "\N{REPLACEMENT CHARACTER}=1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("\x1b[2Jred", "\N{REPLACEMENT CHARACTER}[2Jred"),
        ("a\x9b1m", "a\N{REPLACEMENT CHARACTER}1m"),
        *((same, same) for same in ("+", "-", "-5", "+1.5e3", "-.5", "it's", "'quoted'", "a=b", "", " =1")),
    ],
)
def test_a_text_is_no_formula_and_steers_no_terminal(text: str, cell: str) -> None:
    for header, rows in ((["x", text], []), (["x", "y"], [[-1.5, text]])):
        *_, (first, read) = csv.reader(io.StringIO(predictions_csv(header, rows), newline=""))
        assert (first, read) == ("-1.5" if rows else "x", cell)


def test_numbers_stay_numbers() -> None:
    assert predictions_csv(["y"], [[-0.5], [np.float32(-2)], [-3], [float("-inf")]]) == "y\n-0.5\n-2.0\n-3\n-inf\n"


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="row 2 has 1 values for 2 columns"):
        predictions_csv(["x", "y"], [[1, 2], [3]])


def test_the_first_rows_and_the_number_of_all_are_read(tmp_path) -> None:
    (tmp_path / "predictions.csv").write_text(predictions_csv(["x", "y"], [[i, 2 * i] for i in range(5)]))
    assert read_predictions(tmp_path / "predictions.csv", 2) == (["x", "y"], [["0", "0"], ["1", "2"]], 5)
