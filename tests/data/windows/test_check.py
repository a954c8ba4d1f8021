"""What keeps windows from being cut is refused before a row is made, with its place and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from series_experiments import experiment_of

from nnrun.errors import ExperimentError, Problem


def told(folder: Path, window: dict[str, Any], **data: Any) -> Problem:
    """The only problem of an experiment on windows."""
    with pytest.raises(ExperimentError) as caught:
        experiment_of(window, folder, **data)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize("split", ["random", {"stratified": "value"}])
def test_a_split_that_shuffles_is_refused(tmp_path: Path, split: Any) -> None:
    problem = told(tmp_path, {"length": 5}, split=split, validation_split=0.2)
    assert problem.message.startswith("Windows need rows in order, and this split shuffles them")
    assert problem.hint == "Leave split out, which holds out the last rows, or write split: {order: COLUMN}"


def test_the_last_rows_are_held_out_by_default(tmp_path: Path) -> None:
    assert experiment_of({"length": 5}, tmp_path, test_split=0.2).data.split.kind == "last"


def test_a_part_that_is_too_short_is_refused_with_the_numbers(tmp_path: Path) -> None:
    problem = told(tmp_path, {"length": 24}, validation_split=0.2)
    assert problem.message == "The validation set has 20 rows, and a window takes 25 in a row (length 24, horizon 1)."
    assert problem.hint == "Use a shorter window, or more rows."
    assert experiment_of({"length": 19}, tmp_path, validation_split=0.2).columns.inputs[0].shape == (19, 2)


def test_unknown_columns_are_refused_with_those_that_are_meant(tmp_path: Path) -> None:
    problem = told(tmp_path, {"length": 3, "inputs": ["valeu"]})
    assert (problem.message, problem.hint) == ('There is no column "valeu".', 'Did you mean "value"?')
    assert told(tmp_path, {"length": 3, "group": "place"}).hint == "The columns are: value, t."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"prepare": {"missing": "drop"}}, 'missing: drop leaves rows out of the series, those without "t".'),
        ({"prepare": {"balance": "oversample"}}, "balance chooses among the rows, and windows need all of them"),
        ({"use": 0.5, "split": {"group": "t"}}, "use draws some of the training rows, and windows need all of them"),
    ],
)
def test_what_leaves_rows_out_is_refused(tmp_path: Path, data: dict[str, Any], message: str) -> None:
    problem = told(tmp_path, {"length": 3, "inputs": ["t", "value"]}, **data)
    assert problem.message.startswith(message)


def test_columns_of_several_dimensions_are_refused(tmp_path: Path) -> None:
    problem = told(
        tmp_path, {"length": 3, "inputs": ["pixels"]}, generator={"mnist": {"samples": 50, "shape": [28, 28, 1]}}
    )
    assert "rows of shape (28, 28, 1), and a window takes vectors" in problem.message
