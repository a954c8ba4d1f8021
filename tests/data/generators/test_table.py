"""The `table` generator gives the rows that are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import FILLED, data_of, source_of, written
from nnrun.data.dataset import Part
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.experiment import Component

TAIL = "layers: [{Dense: {units: 1}}]\noptimizer: adam\nloss: mse\nepochs: 1\n"


def test_the_cells_become_columns() -> None:
    arguments = {"columns": ["a", "b", "c"], "rows": [[1, 2, 3], [4, 5, 6.5]], "inputs": ["b", "a"]}
    part = source_of(Component("generators", "table", arguments)).rows
    assert {name: values.tolist() for name, values in part.inputs.items()} == {"b": [[2], [5]], "a": [[1], [4]]}
    assert part.targets["c"].tolist() == [[3], [6.5]]
    assert list(part.inputs) == ["b", "a"]


def test_every_column_is_float32() -> None:
    part = source_of(Component("generators", "table", {"columns": ["x", "y"], "rows": [[0, 1]]})).rows
    assert [values.dtype for values in (part.inputs | part.targets).values()] == [np.float32, np.float32]


def part_of_table(allowed: AllowedCells | None = None, **arguments: Any) -> Part:
    return source_of(Component("generators", "table", arguments), allowed=allowed).rows


WORDS: dict[str, Any] = {
    "columns": ["city", "area", "kind"],
    "rows": [["Rome", 50, "flat"], ["Bern", 80.5, "house"], ["Rome", 120, "house"]],
}


def test_words_become_positions_in_sorted_order() -> None:
    part = part_of_table(**WORDS)
    assert part.inputs["city"].dtype == part.targets["kind"].dtype == np.int32
    assert part.inputs["city"][:, 0].tolist() == [1, 0, 1]
    assert part.inputs["area"][:, 0].tolist() == [50, 80.5, 120]
    assert part.targets["kind"][:, 0].tolist() == [0, 1, 1]


def test_the_columns_name_the_words_without_a_row() -> None:
    columns = describe_columns(Component("generators", "table", WORDS))
    assert [column.categories for column in columns.inputs] == [("Bern", "Rome"), ()]
    assert columns.targets[0].categories == ("flat", "house")
    assert (columns.targets[0].is_label, columns.classes) == (True, 2)


def test_a_missing_number_is_nan_and_a_missing_word_minus_1() -> None:
    arguments = {"columns": ["city", "area", "y"], "rows": [["Rome", None, 1], [None, 2, 3]]}
    part = part_of_table(FILLED, **arguments)
    assert part.inputs["city"][:, 0].tolist() == [0, -1]
    np.testing.assert_array_equal(part.inputs["area"][:, 0], [np.nan, 2])


def test_words_are_one_hot_encoded_and_missing_numbers_filled_as_those_of_a_file() -> None:
    experiment = written(f"""
data:
  generator:
    table: {{columns: [city, area, y], rows: [[Rome, 1, 1], [Bern, null, 2], [Rome, 3, 3]]}}
  prepare: {{missing: mean}}
{TAIL}""")
    inputs = data_of(experiment, Path("none")).training.inputs
    assert inputs["city"].tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0]]  # the last one is for missing words
    assert inputs["area"][:, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("rows", "message", "found", "hint"),
    [
        (
            '[[1, 2], ["a", 3], [2, 5]]',
            'column "x": the other cells are numbers, and this one is a text',
            '"a"',
            "quotes",
        ),
        (
            "[[a, 2], [b, 3], [2, 5]]",
            'column "x": the other cells are texts, and this one is a number',
            "2, 5",
            "quotes",
        ),
        ("[[1, 2], [null, 3]]", 'Row 2 has no value in the column "x"', "null", "{x: {missing: mean}}"),
        ("[[1, 2], [3, null]]", 'Row 2 has no value in the column "y"', "null", "{y: {missing: drop}}"),
        ("[[a, 2], [null, 3]]", 'Row 2 has no value in the column "x"', "null", "{x: {missing: indicator}}"),
        ("[[null, 2], [null, 3]]", 'The column "x" has no value in any row', "null", None),
        ("[[true, 2]]", "a cell is a finite number, a text or null. Received: true", "true", "quotes"),
        ('[[" ", 2]]', "a cell is a finite number, a text or null", '" "', None),
        ("[[[1], 2]]", "a cell is a finite number, a text or null", "[1]", None),
    ],
)
def test_a_wrong_cell_is_told_at_its_place(rows: str, message: str, found: str, hint: str | None) -> None:
    with pytest.raises(ExperimentError) as raised:
        written(f"data:\n  generator:\n    table:\n      columns: [x, y]\n      rows: {rows}\n{TAIL}")
    problem = raised.value.problems[0]
    assert message in problem.message
    assert problem.place is not None
    assert problem.place.text[problem.place.column - 1 :].startswith(found)
    assert hint is None or hint in (problem.hint or "")


def test_a_word_as_weight_is_refused() -> None:
    arguments = {**WORDS, "sample_weight": "city"}
    with pytest.raises(ExperimentError, match="sample weights are numbers"):
        describe_columns(Component("generators", "table", arguments))


def test_a_cell_may_be_missing_where_nothing_uses_it() -> None:
    part = part_of_table(columns=["x", "note", "y"], rows=[[1, None, 2], [3, "late", 4]], inputs=["x"])
    assert list(part.inputs) == ["x"]
