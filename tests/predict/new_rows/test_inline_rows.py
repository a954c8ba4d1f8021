"""New rows written on the command line."""

from __future__ import annotations

import numpy as np
import pytest

from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column, Columns
from nnrun.predict.new_rows.inline_rows import inline_rows

ONE = Columns((Column("x"),))
MIXED = Columns((Column("rank", 3, categories=("1", "2.0", "x")), Column("x")))


@pytest.mark.parametrize("text", ["[[0.3], [1]]", "[0.3, 1]", "[[0.3],\n [1]]"])
def test_rows_of_one_number(text: str) -> None:
    np.testing.assert_array_equal(inline_rows(text, "--rows", ONE).part.inputs["x"], np.float32([[0.3], [1]]))


@pytest.mark.parametrize("row", ['["2.0", 5]', "[2, 5]", "[2.0, 5]", "[0, 1, 0, 5]"])
def test_a_text_column_takes_its_texts_also_where_they_look_like_numbers(row: str) -> None:
    rows = inline_rows(f"[{row}]", "--rows", MIXED)
    np.testing.assert_array_equal(rows.part.inputs["rank"], [[0, 1, 0]])
    np.testing.assert_array_equal(rows.part.inputs["x"], [[5]])


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("[[1, 2]]", ONE, r"--rows:1:2: A sample to predict has 1 number \(x\). Received: 2"),
        ("[[2]]", MIXED, "or a number or text for each column"),
        ("[['y', 2]]", MIXED, '--rows:1:3: The column "rank" has no text "y"'),
        ("[[x, y]]", MIXED, '--rows:1:6: The column "x" takes a number. Received: "y"'),
        ("[[1], [1e39]]", ONE, r'--rows:1:7: The column "x" takes a finite number. Received: "1e\+39"'),
        ("[[.inf]]", ONE, "--rows:1:3: Numbers must be finite"),
        ("[[true]]", ONE, "--rows:1:3: A cell is a number or a text. Received: true"),
        ("[[[1]]]", ONE, r"A cell is a number or a text. Received: \[1\]"),
        ("{x: 1}", ONE, "--rows:1:1: Rows are a list of lists"),
        ("[]", ONE, "Rows are a list of lists"),
        (
            "[x, 5]",
            MIXED,
            r'^--rows:1:1: Rows are a list of lists. Received: \["x", 5\]\n(.*\n)*  For one row write \[\[x, 5\]\]$',
        ),
        ("[x, 5, 6]", MIXED, "--rows:1:2: A sample to predict has"),
        ("", ONE, "--rows is empty"),
        ("[[1", ONE, "This is not YAML"),
        ("[[0.5, 0.5, 0, 1]]", MIXED, "takes one of its texts, or a 1"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place(text: str, columns: Columns, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        inline_rows(text, "--rows", columns)
