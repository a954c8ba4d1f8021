"""The table of predictions shows what fits, and says what it leaves out."""

import io

import pytest
from rich.console import Console

from nnrun.cli.prediction_table import prediction_table
from nnrun.predict.prediction_rows import PredictionTable

DIGITS = PredictionTable(
    ("row", "digit", "predicted_digit", *(f"p(digit={digit})" for digit in range(10))),
    tuple((row, 9, 9, *([0.01] * 9), 0.91) for row in range(1, 4)),
)
INPUTS = PredictionTable((*(f"input {i}" for i in range(20)), "answer"), (tuple(float(i) for i in range(21)),))


def printed(table, room):
    drawn, left_out = prediction_table(table, room)
    console = Console(file=io.StringIO(), width=room, color_system=None)
    console.print(drawn)
    return console.file.getvalue(), left_out


def test_probabilities_are_shown_all_or_not_at_all_and_the_class_always():
    assert printed(DIGITS, 160)[0].splitlines()[0].split() == [
        *("row", "digit", "predicted_digit"),
        *(f"p(digit={digit})" for digit in range(10)),
    ]
    text, left_out = printed(DIGITS, 60)
    assert text.splitlines()[0].split() == ["row", "digit", "predicted_digit"]
    assert left_out == "… and 10 columns more in predictions.csv"


def test_inputs_make_room_for_probabilities_that_are_asked_for():
    names = ("row", "petal", "sepal", "predicted_species", "p(species=setosa)", "p(species=virginica)")
    table = PredictionTable(names, ((1, 2.0, 3.0, "setosa", 0.75, 0.25),), inputs=2)
    shown = {
        room: [column.header.plain for column in prediction_table(table, room, probabilities=True)[0].columns]
        for room in (100, 70, 40)
    }
    assert shown == {100: [*names], 70: ["row", *names[3:]], 40: ["row", "petal", "sepal", "predicted_species"]}


@pytest.mark.parametrize("room", [20, 38, 60, 80, 120])
def test_no_cell_is_cut_and_the_answer_is_the_last_column(room):
    text, left_out = printed(INPUTS, room)
    assert "…" not in text
    assert text.splitlines()[0].endswith("answer")
    assert text.splitlines()[2].endswith("20")
    assert left_out.endswith("columns more in predictions.csv")


def test_numbers_are_written_as_people_write_them():
    table = PredictionTable(("row", "y", "predicted_y"), ((1, 99712.0, 6.0e-17), (2, 3671.25, 0.5), (3, 1e-7, 1e12)))
    text, _ = printed(table, 80)
    assert [line.split() for line in text.splitlines()[2:]] == [
        ["1", "99,712", "0"],
        ["2", "3671", "0.5"],
        ["3", "1e-7", "1e12"],
    ]


def test_what_is_left_out_is_said():
    assert printed(PredictionTable(("x",), ((1,),)), 80)[1] == ""
    long_and_wide = PredictionTable(INPUTS.header, INPUTS.rows * 50)
    assert printed(long_and_wide, 38)[1] == "… and 30 rows and 17 columns more in predictions.csv"


@pytest.mark.parametrize(
    ("room", "header"),
    [(80, "row input_0 input_1 input_2 y predicted_y error"), (40, "row input_0 y predicted_y error")],
)
def test_inputs_make_room_for_the_target_the_prediction_and_the_error(room, header):
    names = ("row", *(f"input_{i}" for i in range(3)), "y", "predicted_y", "error")
    text, _ = printed(PredictionTable(names, ((7, 1.0, 2.0, 3.0, 4.0, 4.5, 0.5),), inputs=3), room)
    assert text.splitlines()[0].split() == header.split()
