"""New rows from CSV text, and the place of every cell that cannot be used."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.csv_place import cell_place
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column
from nnrun.predict.new_rows.csv_rows import csv_rows
from nnrun.predict.new_rows.new_rows import NewRows, WantedColumn

X, COLOR, PIXELS = Column("x"), Column("color", 3, categories=("1", "1.0", "red, or not")), Column("pixels", 2)
Y, KIND = (
    WantedColumn(Column("y"), "target"),
    WantedColumn(Column("kind", categories=("a", "b"), is_label=True), "target"),
)
DIGIT = WantedColumn(Column("digit", is_label=True), "target")

cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6).map(str.strip).filter(bool)
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


def rows_of(
    text: str | bytes, *columns: Column | WantedColumn, weight: str | None = None, delimiter: str = ","
) -> NewRows:
    wanted = [column if isinstance(column, WantedColumn) else WantedColumn(column) for column in columns]
    content = text.encode() if isinstance(text, str) else text
    return csv_rows(content, "new.csv", wanted, weight, CsvForm(delimiter))


def table(header: list[str], rows: list[list[str]], **form: str) -> str:
    text = io.StringIO()
    csv.writer(text, **form).writerows([header, *rows])
    return text.getvalue()


@given(st.lists(st.tuples(numbers, st.integers(0, 2)), min_size=1), st.permutations(["x", "color", "more"]))
def test_cells_are_found_by_name_and_read_to_the_last_bit(rows: list[tuple[float, int]], order: list[str]) -> None:
    known = [{"x": repr(x), "color": COLOR.categories[code], "more": "?"} for x, code in rows]
    found = rows_of(table(order, [[row[name] for name in order] for row in known]), X, COLOR)
    np.testing.assert_array_equal(found.part.inputs["x"], np.array([[x] for x, _ in rows], np.float32))
    np.testing.assert_array_equal(found.part.inputs["color"], np.eye(3, dtype=np.float32)[[code for _, code in rows]])
    assert found.ignored == ("more",)
    assert found.part.targets == {}


@given(st.lists(cells, min_size=2, max_size=5), st.data())
def test_the_place_of_a_cell_is_where_it_begins(row: list[str], data: st.DataObject) -> None:
    delimiter = data.draw(st.sampled_from([",", ";", "\t", "|"]))
    position = data.draw(st.integers(0, len(row) - 1))
    text = table(["a"] * len(row), [row], delimiter=delimiter, lineterminator="\n")
    place = cell_place("new.csv", text.splitlines()[1], CsvForm(delimiter), 2, position)
    rest = place.text[place.column - 1 :]
    quoted = '"' + row[position].replace('"', '""') + '"'
    assert rest.startswith((row[position], quoted))
    assert (place.source, place.line) == ("new.csv", 2)


def test_a_column_may_be_named_by_its_numbers_as_in_predictions_csv() -> None:
    text = 'pixels[1],x,pixels[0],color=1,color=1.0,"color=red, or not"\n2,5,1,0,1,0\n'
    found = rows_of(text, X, PIXELS, COLOR)
    np.testing.assert_array_equal(found.part.inputs["pixels"], [[1, 2]])
    np.testing.assert_array_equal(found.part.inputs["color"], [[0, 1, 0]])
    assert found.ignored == ()


def test_targets_are_read_where_they_are_wanted() -> None:
    found = rows_of("x,y,kind,digit,w\n1,2.5,b,7,0.5\n2,3,a,0,1\n", X, Y, KIND, DIGIT, weight="w")
    assert {name: values.dtype for name, values in found.part.targets.items()} == {
        "y": np.float32,
        "kind": np.int32,
        "digit": np.int32,
    }
    np.testing.assert_array_equal(found.part.targets["kind"], [[1], [0]])
    np.testing.assert_array_equal(found.part.targets["digit"], [[7], [0]])
    assert found.part.weights is not None
    np.testing.assert_array_equal(found.part.weights, np.float32([0.5, 1]))
    assert rows_of("x,y\n1,2\n", X, Y, weight="w").part.weights is None


@pytest.mark.parametrize(
    ("text", "trained"),
    [("x;color\n1;1\n", ";"), ("x\tcolor\n1\t1\n", ","), ("x  color\n1   1\n", ","), ("x;color\n1;1\n", ",")],
)
def test_the_delimiter_is_that_of_the_training_or_the_one_that_suits_the_file(text: str, trained: str) -> None:
    found = rows_of(text, X, COLOR, delimiter=trained)
    np.testing.assert_array_equal(found.part.inputs["color"], [[1, 0, 0]])


def test_one_column_is_enough() -> None:
    np.testing.assert_array_equal(rows_of(b"\xef\xbb\xbfx\r\n1.5\r\n\r\n2\r\n", X).part.inputs["x"], [[1.5], [2]])


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("y,colour\n1,1\n", ['new.csv:1:1: There is no column "x"', 'Did you mean "colour"?']),
        ("x,x,color\n1,2,1\n", ['new.csv:1:1: The column "x" is repeated']),
        ("x,color\n1,2\n", ['new.csv:2:3: The column "color" has no text "2".', "The texts are: 1, 1.0, red, or not."]),
        ("x,color\n1,01\n", ['new.csv:2:3: The column "color" has no text "01".']),
        ("x,color\n1,1\n\n  b , 1\n", ['new.csv:4:3: The column "x" takes a finite number. Received: "b"']),
        ("x,color\n,1\n", ['new.csv:2:1: The column "x"', "Fill the cell, or remove its row."]),
        ("x,color\nnan,1\n-inf,1\n", ["new.csv:2:1: ", 'new.csv:3:1: The column "x"', 'Received: "-inf"']),
        ("x,color\n1e39,1\n", ['new.csv:2:1: The column "x" takes a finite number. Received: "1e39"', "up to 3.4e38"]),
        ("color;x\n1;1,5\n", ['new.csv:2:3: The column "x"', "Write numbers with a decimal point"]),
        ("x,color\n1_000,1\n٣,1\n", ["new.csv:2:1: ", "new.csv:3:1: ", "Write numbers with the digits 0 to 9"]),
        ("x,color\n1\n", ["A row must have 2 cells", "Received: 1 in line 2 of new.csv"]),
        ("x,color\n", ["has a header and no rows"]),
        ("", ["new.csv is empty"]),
        ("1.5,2\n3,4\n", ["The first line of new.csv must name the columns"]),
        (b"x,color\n\xff,1\n", ["Line 2 of new.csv is not text in UTF-8"]),
        ('x,color=1,color=1.0,"color=red, or not"\n1,0.5,0.5,0\n', ["new.csv:2:3: ", "takes one of its texts, or a 1"]),
    ],
)
def test_what_cannot_be_used_is_named_with_line_and_column(text: str | bytes, messages: list[str]) -> None:
    with pytest.raises(ExperimentError) as caught:
        rows_of(text, X, COLOR, delimiter=";")
    for message in messages:
        assert message in str(caught.value)


def test_a_missing_number_is_filled_in_and_one_that_is_not_finite_is_none() -> None:
    filled = Column("x", missing="mean", fill=(2.5,))
    np.testing.assert_array_equal(rows_of("x\nNA\n1\n", filled).part.inputs["x"], [[2.5], [1]])
    for cell in ("inf", "-1e39"):
        with pytest.raises(ExperimentError, match=f'takes a finite number. Received: "{cell}"'):
            rows_of(f"x\n1\n{cell}\n", filled)


def test_a_column_of_many_numbers_says_how_it_is_named() -> None:
    with pytest.raises(ExperimentError, match=r"name them pixels\[0\] to pixels\[1\], or use an .npz file"):
        rows_of("pixels,b\n1,2\n", PIXELS)


@pytest.mark.parametrize("label", ["-1", "0.5", "10000"])
def test_labels_are_whole_numbers_from_0(label: str) -> None:
    with pytest.raises(ExperimentError, match=r'new.csv:2:3: The column "digit" takes class labels'):
        rows_of(f"x,digit\n1,{label}\n", X, DIGIT)


def test_only_the_first_hundred_of_many_problems_are_listed() -> None:
    with pytest.raises(ExperimentError) as caught:
        rows_of("x\n" + "b\n" * 5000, X)
    assert len(caught.value.problems) == 101
