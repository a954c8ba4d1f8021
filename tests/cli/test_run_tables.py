"""Tables of runs in their formats."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.cli.run_tables import FORMATS, formatted, in_words, setting_in_words
from nnrun.errors import printable
from nnrun.runs.csv_cells import from_cell

COLUMNS = ("name", "loss", "tags", "met")
ROWS = [["a|b", 0.123456789, ["one", "two"], True], ["c", None, [], False]]


def test_a_table_is_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert formatted(COLUMNS, ROWS, "table").splitlines() == [
        "name  loss    tags      met",
        "a|b   0.1235  one, two  true",
        "c                       false",
    ]


def test_an_empty_text_in_a_list_can_be_seen() -> None:
    assert in_words(["", "NA"]) == '"", NA'


@pytest.mark.parametrize(("value", "words"), [("", '""'), ([], "[]"), ([1, 2], "1, 2"), (None, "")])
def test_an_empty_setting_can_be_told_from_one_that_is_not_there(value: Any, words: str) -> None:
    assert setting_in_words(value) == words


def test_markdown_escapes_its_lines() -> None:
    assert formatted(COLUMNS, ROWS, "md").splitlines()[2] == r"| a\|b | 0.1235 | one, two | true |"


def test_json_has_an_object_per_row() -> None:
    assert json.loads(formatted(COLUMNS, ROWS, "json"))[0] == dict(zip(COLUMNS, ROWS[0], strict=True))


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.floats(allow_nan=False)), max_size=5))
def test_csv_reads_back_as_it_was(rows: list[tuple[str, float]]) -> None:
    rows = [(text.replace("\r", ""), number) for text, number in rows]
    text = formatted(("text", "number"), rows, "csv")
    header, *read = csv.reader(io.StringIO(text, newline=""))
    assert header == ["text", "number"]
    assert [(from_cell(cell), float(number)) for cell, number in read] == [(printable(t), n) for t, n in rows]


def test_a_text_in_csv_is_no_formula() -> None:
    text = formatted(("=name", "tags"), [["=1+1", ["@a", "b"]], ["-0.5", ["+"]]], "csv")
    assert text == "'=name,tags\n'=1+1,'@a b\n-0.5,+\n"


@given(st.lists(st.tuples(st.text(), st.one_of(st.none(), st.booleans(), st.floats(), st.integers())), max_size=4))
def test_no_text_steers_the_terminal(rows: list[tuple[str, Any]]) -> None:
    for form in ("table", "md"):
        text = formatted(("a\x1b[31m", "b\u2028"), rows, form)
        assert text.replace("\n", "").isprintable()


def test_without_rows_only_the_formats_for_programs_print() -> None:
    assert {form: formatted(("a",), [], form) for form in FORMATS} == {
        "table": "", "json": "[]\n", "csv": "a\n", "md": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, ""), (True, "true"), (3, "3"), (0.1, "0.1"), (1e-7, "1e-7"), (99712.4, "99,712"), ([1, None], "1, "),
     ("adam", "adam"), ([], "")],
)  # fmt: skip
def test_a_value_is_written_as_people_write_it(value: Any, words: str) -> None:
    assert in_words(value) == words
