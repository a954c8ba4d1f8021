"""A CSV file is read in one pass into columns of numbers or words, and what is wrong with it is told with its line."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.files import csv_reader
from nnrun.data.files.byte_source import source_of_bytes
from nnrun.data.files.cell_text import is_number
from nnrun.data.files.csv_delimiter import guess_delimiter
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.csv_reader import CsvPart, CsvReader
from nnrun.data.files.table_column import Stray, TableColumn
from nnrun.data.files.table_problems import find_problem
from nnrun.errors import ExperimentError

NAMES = ("a", "b", "c")
# Cells as they may stand in a file: any text without what only quotes and their own doubling can hold, and with it.
CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.text('",\n\r; é"', max_size=6)
NUMBERS = st.floats(-3.4e38, 3.4e38)


def read(text: str | bytes, delimiter: str = ",") -> dict[str, TableColumn]:
    """The columns of a text."""
    reader = reader_of(text, CsvForm(delimiter))
    return reader.columns(reader.names, reader.names)


def reader_of(text: str | bytes, form: CsvForm | None = None) -> CsvReader:
    content = text if isinstance(text, bytes) else text.encode()
    part = CsvPart("rows.csv", lambda: source_of_bytes("rows.csv", content), len(content))
    return CsvReader([part], form or CsvForm())


def cells_of(column: TableColumn) -> list[float] | list[str]:
    """The cells, those that are missing as empty texts."""
    if column.numbers is not None:
        return ["" if math.isnan(number) else number for number in column.numbers]
    return [column.categories[code] if code >= 0 else "" for code in column.codes]


def as_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def test_a_column_is_numbers_where_every_cell_is_one_and_words_elsewhere() -> None:
    columns = read("a,b,c\n1,x,1\n2.5e-1,y,x\n-3,x,2\n")
    assert columns["a"].numbers is not None
    assert list(columns["a"].numbers) == [1, 0.25, -3]
    assert columns["b"].numbers is None
    assert (columns["b"].categories, list(columns["b"].codes)) == (("x", "y"), [0, 1, 0])
    assert cells_of(columns["c"]) == ["1", "x", "2"]
    assert [len(column) for column in columns.values()] == [3, 3, 3]


def test_words_are_sorted() -> None:
    words = ["pear", "Apple", "10", "9", "élan", "apple"]
    assert read("\n".join(["a,b", *(f"{word},1" for word in words)]))["a"].categories == tuple(sorted(words))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=300))
def test_numbers_come_back_to_the_last_bit(rows: list[tuple[float, float]]) -> None:
    columns = read(as_csv([["a", "b"], *([repr(x) for x in row] for row in rows)]))
    assert list(zip(cells_of(columns["a"]), cells_of(columns["b"]), strict=True)) == rows


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=40), st.sampled_from(",;\t|"))
def test_any_cells_come_back_without_the_spaces_around_them(rows: list[list[str]], delimiter: str) -> None:
    rows = [["word", *row] for row in rows]  # the first column keeps every row from being blank
    columns = read(as_csv([["first", *NAMES], *rows], delimiter), delimiter)
    for position, name in enumerate(NAMES, start=1):
        cells = [row[position].strip() for row in rows]
        are_numbers = all(is_number(cell) for cell in cells if cell)
        expected = [float(cell) if cell and are_numbers else cell for cell in cells]
        assert cells_of(columns[name]) == expected


@given(st.integers(1, 64), st.lists(st.sampled_from(["1", "2", "x", "y", "nan"]), min_size=1, max_size=60))
def test_the_size_of_the_pieces_makes_no_difference(size: int, cells: list[str]) -> None:
    text = as_csv([["a", "b"], *([cell, "1"] for cell in cells)])
    whole = read(text)["a"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "BLOCK", size)
        pieces = read(text)["a"]
    assert cells_of(pieces) == cells_of(whole)
    assert pieces.strays == whole.strays


@pytest.mark.parametrize("text", ["1", "-1.5", "+.5", "1e-3", "007", " 2 "])
def test_a_number_is_a_finite_decimal_one(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", " ", "1_0", "٣", "0x1F", "nan", "inf", "-Infinity", "1e999", "1,5", "1 2", "x"])
def test_anything_else_is_no_number(text: str) -> None:
    assert not is_number(text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_every_way(end: str) -> None:
    assert cells_of(read(end.join(["a,b", "1,2", "3,4", ""]))["b"]) == [2, 4]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert list(read(b"\xef\xbb\xbfa,b\n1,2\n")) == ["a", "b"]


def test_quotes_hold_delimiters_quotes_and_line_ends() -> None:
    columns = read('"a, b",c\n"x ""y""\nz",1\n')
    assert list(columns) == ["a, b", "c"]
    assert cells_of(columns["a, b"]) == ['x "y"\nz']


def test_spaces_around_cells_and_names_and_blank_lines_do_not_count() -> None:
    columns = read('a , b\n\n 1 , "x"\n , \n,\n2,x\t\n')
    assert (cells_of(columns["a"]), cells_of(columns["b"])) == ([1, 2], ["x", "x"])


def test_a_space_may_be_the_delimiter() -> None:
    assert cells_of(read('a b\n1 "x y"\n', " ")["b"]) == ["x y"]


def test_columns_without_a_name_and_unused_columns_are_not_read() -> None:
    reader = reader_of(b",a,b,\n0,1,,\n1,2,nan,\n")
    assert reader.names == ("a", "b")
    assert cells_of(reader.columns(["a"])["a"]) == [1, 2]


@pytest.mark.parametrize("header", ["0,1,2", "1,2,3", "a,1,2", "1_0,2_0,1", "city,1990,2000", "410.5,411.0,411.5"])
def test_a_header_may_count_its_columns(header: str) -> None:
    assert list(read(f"{header}\n4,5,6\n")) == header.split(",")


def error_of(text: str | bytes, delimiter: str = ",") -> tuple[str, str | None]:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        read(text, delimiter)
    (problem,) = caught.value.problems
    return problem.message, problem.hint


def test_a_header_of_other_numbers_is_none() -> None:
    message = "The first line of rows.csv must name the columns. Received: 1, 2, 3, 4, 5, 6, 7, 9, …"
    assert error_of("1,2,3,4,5,6,7,9,10\n")[0] == message


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("a", None),
        ("a;b", 'If the file has another delimiter, write it: delimiter: ";"'),
        ("a\tb", 'If the file has another delimiter, write it: delimiter: "\\t"'),
    ],
)
def test_a_header_of_one_name_is_told_with_the_delimiter_it_may_need(name: str, hint: str | None) -> None:
    assert error_of(f"{name}\n1\n") == (f"A CSV file has two columns or more. Received: {name}", hint)


@pytest.mark.parametrize("text", ["", "\n\n", " , \n"])
def test_an_empty_file_is_told(text: str) -> None:
    assert error_of(text)[0] == "The file rows.csv is empty."


def test_a_header_without_rows_is_told() -> None:
    assert error_of("a,b\n,\n\n")[0] == "The file rows.csv has a header and no rows."


def test_a_ragged_row_is_told_with_the_line_it_begins_in() -> None:
    assert error_of('a,b\n"1\n2",3\n\n4,5,6\n7\n') == (
        "A row must have 2 cells, as many as the header. Received: 3 in line 5 of rows.csv, 2 such lines in all",
        'A cell that holds "," needs quotes.',
    )


def test_a_byte_that_is_not_utf8_is_told_with_its_line_however_far_down() -> None:
    lines = b"a,b\n" + b"1,2\n" * 30_000
    message, hint = error_of(lines + b"1,caf\xe9\n" + lines)
    assert message == "Line 30002 of rows.csv is not text in UTF-8. Received: the byte 0xE9"
    assert hint is not None
    assert hint.startswith('Save the file as UTF-8; spreadsheets call it "CSV UTF-8".')


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', "unexpected end of data", "A quote is not closed."),
        ('a,b\n1,2\n3,"4\n' + "5,6\n" * 50_000, "field larger than field limit (131072)", "A quote is not closed."),
        ('a,b\n1,2\n3,"4"5\n', "',' expected after '\"'", "A quote stands at the beginning and the end of a cell;"),
    ],
)
def test_quotes_in_disorder_are_told_with_the_line_they_begin_in(text: str, reason: str, hint: str) -> None:
    message, told = error_of(text)
    assert message == f"The row that begins in line 3 of rows.csv is not CSV: {reason}."
    assert told is not None
    assert told.startswith(hint)


def problem_of(*cells: str, role: str = "input", most_categories: int = 3) -> tuple[str, str | None] | None:
    text = as_csv([["a", "b"], *([cell, "1"] for cell in cells)])
    problem = find_problem(read(text)["a"], role, most_categories, has_form=True)
    return (problem.message, problem.hint) if problem else None


@pytest.mark.parametrize("cells", [["1", "2"], ["x"], ["x", "y", "1", "x"], ["nan", "x"], ["?", "yes", "no"]])
def test_numbers_and_a_few_words_can_be_used(cells: list[str]) -> None:
    assert problem_of(*cells) is None


@pytest.mark.parametrize("cells", [["x", "", "y", " "], ["1", "", "2", "\t"], ["", "", "", "1"][1:]])
def test_an_empty_cell_is_missing_among_words_and_numbers(cells: list[str]) -> None:
    problem = problem_of(*cells)
    assert problem is not None
    line = cells.index("") + 2
    assert problem[0] == f'Line {line} has no value in the column "a", 2 such lines in all.'
    assert problem[1] is not None
    assert problem[1].startswith("Fill those cells, remove those lines, or leave the column out")


@pytest.mark.parametrize("cell", ["nan", "NaN", "NA", "n/a", "?", "-", "null", "None", "inf", "-Inf"])
def test_among_numbers_alone_the_usual_signs_for_a_missing_one_are_no_words(cell: str) -> None:
    problem = problem_of("1", "2", cell, role="target")
    assert problem == (
        f'Line 4 has no finite number in the column "a". Received: "{cell}"',
        "Fill those cells, or remove those lines.",
    )


@pytest.mark.parametrize("cell", ["1e999", "1e39", "-3.5e38"])
def test_a_number_beyond_those_of_32_bits_is_told_with_its_line(cell: str) -> None:
    problem = problem_of("1", "2", cell)
    assert problem is not None
    assert problem[0] == f'Line 4 has no finite number in the column "a". Received: "{cell}"'
    assert problem[1] == "Numbers of 32 bits go up to 3.4e38: write the column in a larger unit."


def test_too_many_words_are_told_with_their_number_and_the_first_of_them() -> None:
    assert problem_of("1", "w", "x", "y") == (
        'The column "a" has 4 different texts; inputs have at most 3 categories. The first, in line 3, is "w".',
        "Leave the column out by naming the others in inputs.",
    )
    assert problem_of("1,5", "2,5", "3,5", "4,5", role="target") == (
        'The column "a" has numbers with a comma. The first, in line 2, is "1,5".',
        'Write numbers with a decimal point, without separators of thousands. Or add to the arguments: decimal: ","',
    )


def test_a_word_among_more_numbers_than_can_be_told_apart_is_found() -> None:
    problem = problem_of(*map(str, range(5000)), "1O", *map(str, range(5000)))
    assert problem is not None
    assert problem[0] == (
        'The column "a" has numbers in 10,000 of 10,001 rows. Line 5002 has no number in it. Received: "1O"'
    )


def test_a_gap_among_more_numbers_than_can_be_told_apart_is_found() -> None:
    column = read(as_csv([["a", "b"], *([str(i) if i % 2500 else "", "1"] for i in range(10_000))]))["a"]
    assert column.gap == ("", Stray(2, 4))


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a;b;c,d\n1,2\n", ","),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b|c\n", "|"),
        ("a\n1\n", ","),
        ('"a,b,c";d\n1;2\n', ";"),
        ('a;b\n"one,\ntwo";2\n', ";"),
        ("a;b\n1;2\n" + '3;"' + "long\n" * 30, ";"),
        ('a,b\n1,"' + "x" * 200_000, ","),
        ("a;b\n1;2\n3\n", ";"),
        ("", ","),
    ],
)
def test_the_delimiter_is_the_one_that_gives_the_first_rows_equally_many_cells(text: str, delimiter: str) -> None:
    assert guess_delimiter(text.encode()) == delimiter


def test_a_number_that_stands_for_a_missing_value_does_so_however_far_down_and_however_written() -> None:
    rows = [f"{i}.25,{i}\n" for i in range(200_000)]  # more than polars reads at once
    for row, cell in ((5, "-999"), (7, "-999.0"), (199_990, "-999"), (199_995, "-9.99e2")):
        rows[row] = f"{cell},{row}\n"
    column = reader_of("".join(["a,b\n", *rows]), CsvForm(missing=frozenset({"-999"}))).columns(["a"])["a"]
    assert (column.strays[""].line, column.strays[""].count) == (7, 4)
    assert column.extent == (0.25, 199_999.25)


@pytest.mark.parametrize("sign", ["nan", "inf"])
def test_a_sign_that_reads_as_a_number_is_a_missing_value_however_far_down(sign: str) -> None:
    text = "a,b\n1,2\n" + "3,4\n" * 600_000 + f"{sign},5\n6,7\n"
    column = reader_of(text, CsvForm(missing=frozenset({sign}))).columns(["a"])["a"]
    assert column.numbers is not None
    assert column.strays[""].line == 600_003


def test_a_number_with_a_point_among_decimal_commas_is_told_however_far_down() -> None:
    text = "a;b\n1;2\n" + "3;4\n" * 600_000 + "1.234;5\n"
    column = reader_of(text, CsvForm(";", decimal=",")).columns(["a"])["a"]
    assert column.strays["1.234"].line == 600_003
