"""Keys of JSON lines as columns, and what is wrong in a line with its number."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.files.byte_source import source_of_bytes
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.json_lines import read_json_lines
from nnrun.data.files.jsonl_file import JsonLinesFile, open_jsonl
from nnrun.errors import ExperimentError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def opened(path: Path, text: str | bytes) -> JsonLinesFile:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return open_jsonl(DataFiles(), path)


def values_of(path: Path, text: str | bytes, name: str = "x") -> list[list[float]]:
    values: list[list[float]] = opened(path, text).columns([name])[name].values().tolist()
    return values


def test_the_keys_of_all_lines_are_the_columns_in_the_order_in_which_they_occur(path: Path) -> None:
    assert opened(path, '{"b": 1}\n\n{"a": 2, "b": 3, "": 4}\n').names == ("b", "a")


@pytest.mark.parametrize(
    "text", ['{"x": 1}\n{"x": 2.5}', '\ufeff{"x":1}\r\n \r\n{"x":2.5}\r\n', '{"x": true}\n{"x": 2.5}\n']
)
def test_numbers_and_truth_values_are_numbers(path: Path, text: str) -> None:
    assert values_of(path, text) == [[1], [2.5]]


def test_texts_are_words_and_texts_of_digits_too(path: Path) -> None:
    column = opened(path, '{"x": "10"}\n{"x": " 9 "}\n{"x": "é"}\n').columns(["x"])["x"]
    assert column.categories == ("10", "9", "é")


def test_a_text_far_below_numbers_makes_words_of_them(path: Path) -> None:
    lines = [json.dumps({"x": i % 2, "pad": "-" * 1000}) for i in range(5000)]
    column = opened(path, "\n".join([*lines, *['{"x": "c2"}'] * 5000])).columns(["x"])["x"]
    assert (column.categories, len(column)) == (("0", "1", "c2"), 10_000)


@pytest.mark.parametrize("plain", [["1", "2.5", "7"], ["0"] * 4], ids=str)
@pytest.mark.parametrize("quoted", ["1", " 0.5 ", "1e3"])
@pytest.mark.parametrize("is_far", [False, True])
def test_a_number_in_quotes_among_plain_ones_is_refused(
    path: Path, plain: list[str], quoted: str, is_far: bool
) -> None:
    far = [f'{{"x": 1, "pad": "{"-" * 1000}"}}'] * 5000 if is_far else []  # in another block
    lines = [f'{{"x": {number}}}' for number in plain]
    text = "\n".join([*far, *lines, f'{{"x": "{quoted}"}}'])
    with pytest.raises(ExperimentError) as caught:
        values_of(path, text)
    (problem,) = caught.value.problems
    assert problem.message.startswith(f"Line {len(far) + len(lines) + 1} of rows.jsonl has a number as a text")
    assert problem.hint == "Write numbers without quotes. Those that name categories need a letter."


@pytest.mark.parametrize("others", ['"c3"', '"3", "c3"', "true", "null, true", '" "'])
def test_numbers_beside_words_are_words_still(path: Path, others: str) -> None:
    cells = ["1", "2", *others.split(", ")] if "c3" in others else ['"1"', '"2"', *others.split(", ")]
    column = opened(path, "\n".join(f'{{"x": {cell}}}' for cell in cells)).columns(["x"])["x"]
    assert {"1", "2"} < {*column.categories, "c3"}


@pytest.mark.parametrize("missing", ["{}", '{"x": null}', '{"y": 2}'])
def test_a_key_that_is_not_there_or_null_is_a_missing_cell(path: Path, missing: str) -> None:
    column = opened(path, f'{{"x": 1}}\n\n{missing}\n{{"x": 3}}').columns(["x"])["x"]
    assert np.isnan(column.values()[:, 0]).tolist() == [False, True, False]
    assert column.strays[""].where == "Line 3"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"[1]", "Line 2 of rows.jsonl is no object in JSON: Expected `object`, got `array`"),
        (b'{"x": 1,}', "Line 2 of rows.jsonl is no object in JSON: JSON is malformed: trailing comma"),
        (b'{"x":', "Line 2 of rows.jsonl is no object in JSON: Input data was truncated"),
        (b'{"x": NaN}', "Line 2 of rows.jsonl is no object in JSON"),
        (b'{"x": 1e999}', "Line 2 of rows.jsonl is no object in JSON: Number out of range"),
        (b'{"x": 1} {"x": 2}', "Line 2 of rows.jsonl is no object in JSON"),
        (b'{\n"x": 1}', "Line 2 of rows.jsonl is no object in JSON"),
        (b'{"x": "\xff"}', "Line 2 of rows.jsonl is not text in UTF-8"),
        (b'{"x": "\\ud800"}', "Line 2 of rows.jsonl is no object in JSON"),
        (b'{"x": ' + b"[" * 100_000, "Line 2 of rows.jsonl is no object in JSON"),
        ("{}".encode("utf-16"), "Line 2 of rows.jsonl is no"),
    ],
)
def test_a_line_that_is_no_object_is_refused_with_its_number(path: Path, line: bytes, message: str) -> None:
    with pytest.raises(ExperimentError, match="Line 2") as caught:
        opened(path, b'{"x": 1}\n' + line + b"\n")
    assert caught.value.problems[0].message.startswith(message)


@pytest.mark.parametrize("line", ['{"a": 1, "a": 2}', '{"a" : 1,"t": "x:\\"a\\"", "a": "é"}'])
def test_a_key_twice_in_an_object_is_refused_with_its_line(path: Path, line: str) -> None:
    text = f'{{"a": 1, "t": "12:30"}}\n\n{{"t": "a", "a": 2}}\n{line}\n'
    with pytest.raises(ExperimentError, match=r'Line 4 of rows.jsonl has the key "a" 2 times.'):
        opened(path, text)


def test_a_key_within_a_text_or_an_object_is_no_repetition(path: Path) -> None:
    text = '{"a": "\\"a\\": \\"a\\"", "b": 1}\n{"a": "b", "b": 2}\n{"b": 3, "c": {"b": 4}}\n'
    assert values_of(path, text, "b") == [[1], [2], [3]]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[1, 2]", 'Line 3 of rows.jsonl has a list in the column "x".'),
        ("{}", 'Line 3 of rows.jsonl has an object in the column "x".'),
        ("1" + "0" * 400, 'Line 3 of rows.jsonl has a number that is too large in the column "x".'),
    ],
)
def test_a_value_that_is_no_cell_is_refused_where_its_column_is_used(path: Path, value: str, message: str) -> None:
    file = opened(path, f'{{"y": 1, "x": 1}}\n\n{{"y": 2, "x": {value}}}\n')
    assert file.columns(["y"])["y"].values().tolist() == [[1], [2]]
    with pytest.raises(ExperimentError, match="Line 3") as caught:
        file.columns(["x"])
    assert caught.value.problems[0].message == message


@pytest.mark.parametrize("text", ["", "\n \n", "{}\n{}\n"])
def test_a_file_without_any_key_is_empty(path: Path, text: str) -> None:
    with pytest.raises(ExperimentError, match=r"The file rows\.jsonl is empty"):
        opened(path, text)


def test_a_compressed_file_is_read_as_the_file_itself(path: Path) -> None:
    assert values_of(path.with_name("rows.jsonl.gz"), gzip.compress(b'{"x": 1}\n{"x": 2}\n')) == [[1], [2]]


def test_a_key_that_another_file_does_not_have_is_missing_there(path: Path) -> None:
    path.with_name("rows-1.jsonl").write_text('{"x": 1}\n')
    path.with_name("rows-2.jsonl").write_text('{"x": 2}\n{"y": 3}\n')
    column = open_jsonl(DataFiles(), path.with_name("rows-*.jsonl")).columns(["x"])["x"]
    assert column.strays[""].where == "Line 2 of rows-2.jsonl"


CELLS = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.lists(st.dictionaries(st.text(), CELLS)))
def test_every_object_that_json_writes_is_read_with_its_line(rows: list[dict[str, object]]) -> None:
    content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    blocks = list(read_json_lines(source_of_bytes("rows.jsonl", content)))
    assert [row for block in blocks for row in block.rows] == rows
    assert [block.line_of(row) for block in blocks for row in range(len(block.rows))] == list(range(1, len(rows) + 1))


def test_dates_become_numbers_and_a_wrong_one_is_told_with_its_line(path: Path) -> None:
    path.write_text('{"day": "1970-01-03", "x": 1}\n{"day": null}\n')
    table = open_jsonl(DataFiles(), path, (("day", "parts"),))
    assert table.names == ("day.year", "day.month", "day.day", "day.weekday", "day.hour", "x")
    np.testing.assert_array_equal(table.columns(["day.day"])["day.day"].values(), [[3], [np.nan]])
    path.write_text('{"day": "1970-01-03"}\n\n{"day": 5}\n')
    with pytest.raises(ExperimentError, match=r'Line 3 of rows.jsonl has no date in the column "day". Received: "5"'):
        open_jsonl(DataFiles(), path, (("day", "number"),)).columns(["day"])
    (problem,) = open_jsonl(DataFiles(), path, (("dya", "number"),)).header_problems()
    assert problem.message == 'There is no column "dya", which dates names.'
