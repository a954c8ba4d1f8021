"""What was fitted to the training rows, as a table."""

from __future__ import annotations

import pytest

from nnrun.runs.data_record import ColumnRecord, DataRecord
from nnrun.runs.fitted_records import ScaleRecord, TextRecord, WordRecord
from nnrun.runs.preparation_table import preparation_rows

PLAIN = ColumnRecord(name="plain")


def cells(column: ColumnRecord) -> tuple[str, str]:
    (row,) = preparation_rows(DataRecord(inputs=(column, PLAIN), targets=(PLAIN,)))
    assert row[0] == column.name
    return row[1:]


@pytest.mark.parametrize(
    ("scaling", "offset", "factor", "found"),
    [
        ("standard", 29.5, 0.5, "mean 29.5, std 2"),
        ("robust", 29.5, 0.5, "median 29.5, IQR 2"),
        ("minmax", 10.0, 0.5, "min 10, max 12"),
        ("minmax", 10.0, 1.0, "min 10, divided by 1"),
        ("standard", 10.0, 1.0, "mean 10, divided by 1"),
        ("none", 10.0, 0.5, "subtracted 10, divided by 2"),
    ],
)
def test_a_scale_has_the_numbers_of_its_kind(scaling: str, offset: float, factor: float, found: str) -> None:
    scale = ScaleRecord((offset,), (factor,), scaling=scaling)  # type: ignore[arg-type]
    assert cells(ColumnRecord(name="age", scale=scale)) == (f"scale: {scaling}", found)


def test_the_steps_stand_in_their_order() -> None:
    scale = ScaleRecord((2.0,), (0.5,), (1.0,), (1000.0,), (True,), (29.25,), scaling="standard")
    assert cells(ColumnRecord(name="fare", missing="median", scale=scale)) == (
        "missing: median, clip, log, scale: standard",
        "fill 29.25; limits 1 … 1000; mean 2, std 2 of the logarithms",
    )


def test_an_indicator_is_no_number_of_its_own() -> None:
    scale = ScaleRecord((30.0, 0.0), (0.1, 1.0), fill=(30.0, 0.0), scaling="standard")
    column = ColumnRecord(name="age", width=2, missing="indicator", scale=scale)
    assert cells(column) == ("missing: indicator, scale: standard", "fill 30; mean 30, std 10")


def test_a_column_whose_numbers_were_all_there_has_no_fill() -> None:
    scale = ScaleRecord((30.0, 0.0), (0.1, 1.0), fill=(30.0, 0.0), scaling="standard")
    whole = ColumnRecord(name="age", width=2, missing="indicator", gaps=0, scale=scale)
    assert cells(whole) == ("scale: standard", "mean 30, std 10")
    plain = ColumnRecord(name="age", width=2, missing="indicator", gaps=0, scale=ScaleRecord((0, 0), (1, 1)))
    assert preparation_rows(DataRecord(inputs=(plain,), targets=(PLAIN,))) == []


def test_a_column_of_many_numbers_has_the_range_of_them() -> None:
    scale = ScaleRecord((1.0, 3.0), (0.5, 0.25), scaling="standard")
    assert cells(ColumnRecord(name="pixels", width=2, scale=scale)) == ("scale: standard", "mean 1 … 3, std 2 … 4")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (None, ("words: one-hot", "Bern, Oslo, Rome")),
        (WordRecord("onehot", 1, ("Oslo",), other=True, missing=True), ("words: one-hot", "Oslo, (other), (missing)")),
        (WordRecord("integer", 2, ("Oslo", "Rome"), other=True), ("words: integer", "Oslo, Rome, (other)")),
        (WordRecord("hash", 64), ("words: hash", "64 buckets")),
    ],
)
def test_texts_have_the_words_that_were_found(words: WordRecord | None, found: tuple[str, str]) -> None:
    width = words.encoding.width if words else 3
    assert cells(ColumnRecord(name="city", width=width, categories=("Bern", "Oslo", "Rome"), words=words)) == found


def test_free_texts_have_the_size_of_their_vocabulary() -> None:
    text = TextRecord(2000, 10, "int", "lower", 1, 1234)
    assert cells(ColumnRecord(name="review", width=10, text=text)) == ("text: int", "1,234 tokens")


def test_of_targets_only_what_was_done_to_them_is_named() -> None:
    labels = ColumnRecord(name="species", categories=("rose", "lily"), is_label=True)
    encoded = ColumnRecord(name="digit", is_label=True, classes=10)
    record = DataRecord(inputs=(PLAIN,), targets=(labels, encoded))
    assert preparation_rows(record) == [("digit", "one-hot", "10 classes")]


def test_of_many_words_the_first_ones_are_named() -> None:
    names = tuple(f"w{i:02}" for i in range(20))
    assert cells(ColumnRecord(name="city", width=20, categories=names))[1].endswith("w11 and 8 more")
