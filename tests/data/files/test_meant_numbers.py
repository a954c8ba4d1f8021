"""Cells that people mean as numbers are no categories, however they are written; names of categories stay such."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from nnrun.data.files.numerals import is_numeral, unit_of
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component
from nnrun.experiment.split_section import SplitRule

SIGNS = "has numbers with signs around or within them. The first, in line"
NUMBERS = {
    "points between thousands": ["1.234.567", "2.345.678", "1.234.567"],
    "apostrophes": ["1'200", "2'300", "1'200"],
    "typographic apostrophes": ["1’200", "950", "2’300"],
    "unbreakable blanks": ["1\u00a0200", "2\u00a0300", "1\u00a0200"],
    "narrow blanks": ["1\u202f200", "2\u202f300.50", "1\u202f200"],
    "underscores": ["1_200", "2_300", "1_200"],
    "a minus that is no hyphen": ["−1.5", "−2.5", "−1.5"],
    "a dash for minus": ["–1.5", "2.5", "–3", "–4"],
    "wide digits": ["１２", "３４", "１２"],
    "Arabic digits": ["١٢", "٣٤", "١٢"],
    "exponents of Fortran": ["1.5d3", "2.5D-3", "1.5d3"],
    "powers of ten": ["1.5×10^3", "2.5×10³", "1.5×10^3"],
    "powers with a star": ["1.5*10^3", "2*10^-3", "1.5*10^3"],
    "negatives in parentheses": ["5.50", "(6.50)", "(2.25)", "7"],
    "a minus behind": ["5.50", "6.50-", "2.25-", "7"],
    "percent beside shares": ["5%", "10%", "0.15", "0.2"],
    "below a limit": ["1.5", "<0.1", "<0.2", "4.5"],
    "about": ["~5", "~6", "~7"],
    "an age and above": ["64", "65+", "23", "70+", "80+"],
    "a currency before": ["EUR 5.50", "EUR 6.50", "EUR 7"],
    "another sign of money": ["₹5", "₹6", "₹7"],
    "thousands and millions": ["5k", "6k", "1.2M", "7k"],
    "units without a blank": ["5kg", "6kg", "7kg"],
    "times": ["12:30", "12:45", "13:00"],
}
SIGNS_FOR_MISSING = ["k.A.", "unknown", ".", "—", "..", "*", "<NA>", "NaT", "#DIV/0!", "(null)", "\\N", "tbd"]
NAMES = {
    "codes with a letter": ["000x", "003x", "006x", "009x"],
    "codes like exponents": ["3D2", "1D2", "3D2"],
    "a few sizes that repeat": ["10 ml", "20 ml", "10 ml"],
    "a few shares that repeat": ["5%", "10%", "5%"],
    "ranges": ["18-25", "26-35", "18-25"],
    "versions": ["1.2.3", "1.2.4", "1.2.3"],
    "numbers and several texts": ["1", "2", "x", "y"],
    "counts up to a last one": ["2", "3", "2", "3", "5more", "5more"],
    "words": ["true", "false", "true"],
    "numbered rooms": [f"Room {i}" for i in range(12)],
}


def columns_of(folder: Path, cells: list[str], **arguments: Any) -> Columns:
    path = folder / "rows.csv"
    path.write_text("\n".join(["a;y", *(f"{cell};{i}" for i, cell in enumerate(cells)), ""]), encoding="utf-8")
    return describe_columns(Component("generators", "csv", {"path": str(path), "delimiter": ";", **arguments}))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("target", ["a", "y"])
def test_numbers_in_a_form_of_their_own_are_refused(name: str, target: str, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError) as caught:
        columns_of(tmp_path, NUMBERS[name], target=target)
    assert f'The column "a" {SIGNS}' in str(caught.value)


@pytest.mark.parametrize("sign", SIGNS_FOR_MISSING)
def test_a_text_that_stands_for_a_missing_number_is_refused_however_often(sign: str, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r'The column "a" has numbers in 3 of 6 rows. Line 3 has no number in it'):
        columns_of(tmp_path, ["1.5", sign, "2.5", sign, "4.5", sign])
    columns = columns_of(tmp_path, ["u", sign, "v", sign, "w", sign])
    assert columns.inputs[0].categories == tuple(sorted(["u", "v", "w", sign]))


def test_the_remedies_for_a_sign_that_stands_for_a_missing_number_suit_the_file(tmp_path: Path) -> None:
    rows = [{"a": a, "y": y} for y, a in enumerate([1.5, "k.A.", 2.5, "k.A."])]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(ExperimentError, match=r"missing: mean}}}}, and write null.$"):
        describe_columns(Component("generators", "jsonl", {"path": str(tmp_path / "rows.jsonl")}))
    cells = ["1.5", "k.A.", "2.5", "k.A."]
    with pytest.raises(ExperimentError, match=r'missing: mean}}}}, and add to the arguments: missing: \["k.A."\]$'):
        columns_of(tmp_path, cells)
    with pytest.raises(ExperimentError, match='Line 3 has no value in the column "a"'):
        columns_of(tmp_path, cells, missing=["k.A."])


def test_a_row_of_units_below_the_names_is_refused_however_few_rows_there_are(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r'The column "a" has numbers in 2 of 3 rows. Line 2 has no number in it'):
        columns_of(tmp_path, ["m", "1.5", "2.5"])


def test_a_decimal_comma_is_no_remedy_for_separators_of_thousands(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"without separators of thousands\.$"):
        columns_of(tmp_path, ["1,824.99", "1,766.64"])


def test_a_name_may_be_a_cell_of_its_column_beside_a_column_of_numbers_with_a_name(tmp_path: Path) -> None:
    assert columns_of(tmp_path, ["a", "b", "a"]).inputs[0].categories == ("a", "b")
    path = tmp_path / "repeated.csv"
    path.write_text("a,y\nb,1\na,y\n")
    with pytest.raises(ExperimentError, match='"a" is also a cell of its column, in line 3'):
        describe_columns(Component("generators", "csv", {"path": str(path)}))


@pytest.mark.parametrize("cells", [["true", "false", "1", "0"], ["1", "0", "0", "1", "no"], ["Y", "N", "1"]])
def test_truth_in_words_and_in_numbers_is_refused(cells: list[str], tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match='The column "a" has words and numbers for true and false'):
        columns_of(tmp_path, cells)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_categories_stay_such(name: str, tmp_path: Path) -> None:
    assert columns_of(tmp_path, NAMES[name]).inputs[0].categories == tuple(sorted(set(NAMES[name])))


@pytest.mark.parametrize(
    "cells", [["12:30", "12:45", "13:00"], ["1'200", "2'300"], ["7", "8", "9", "control", "control"]]
)
def test_a_column_that_only_groups_the_rows_may_have_any_texts(cells: list[str], tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["a,x,y", *(f"{cell},{i},{i}" for i, cell in enumerate(cells)), ""]))
    generator = Component("generators", "csv", {"path": str(path), "inputs": "x", "target": "y"})
    columns = describe_columns(generator, split=SplitRule("group", "a"))
    assert columns.keys[0].categories == tuple(sorted(set(cells)))


def test_numbers_as_texts_are_refused_in_files_that_tell_them_apart(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["1.5", "2.5", "3"], "y": [1, 2, 3]})
    frame.write_parquet(tmp_path / "rows.parquet")
    frame.write_ndjson(tmp_path / "rows.jsonl")
    np.savez(tmp_path / "rows.npz", a=frame["a"].to_numpy().astype(str), y=frame["y"])
    for kind in ("parquet", "jsonl", "npz"):
        with pytest.raises(ExperimentError, match=r'The column "a" has numbers as texts. Received: "1.5"'):
            describe_columns(Component("generators", kind, {"path": str(tmp_path / f"rows.{kind}")}))


def test_codes_of_digits_stay_texts_in_files_that_tell_them_apart(tmp_path: Path) -> None:
    pl.DataFrame({"zip": ["01234", "02345"], "y": [1, 2]}).write_parquet(tmp_path / "rows.parquet")
    columns = describe_columns(Component("generators", "parquet", {"path": str(tmp_path / "rows.parquet")}))
    assert columns.inputs[0].categories == ("01234", "02345")


def test_a_column_may_have_the_name_of_one_of_its_texts_where_names_are_kept_apart(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["a", "b"], "y": [1, 2]})
    frame.write_parquet(tmp_path / "rows.parquet")
    frame.write_ndjson(tmp_path / "rows.jsonl")
    for kind in ("parquet", "jsonl"):
        columns = describe_columns(Component("generators", kind, {"path": str(tmp_path / f"rows.{kind}")}))
        assert columns.inputs[0].categories == ("a", "b")


@pytest.mark.parametrize("cells", [["1'200", "2'300", "3'400"], ["1.5", "x", "2.5", "3", "4"], ["1.5", "nan", "2.5"]])
def test_arrays_of_texts_are_looked_at_as_files_are(cells: list[str], tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", a=np.array(cells), y=np.arange(len(cells)))
    with pytest.raises(ExperimentError, match=f"Row {1 + ('1.5' in cells)}|in row 1"):
        describe_columns(Component("generators", "npz", {"path": str(tmp_path / "rows.npz")}))


def test_texts_inline_are_looked_at_as_files_are(tmp_path: Path) -> None:
    rows = [["1'200", 1], ["2'300", 2]]
    with pytest.raises(ExperimentError, match='The first, in row 1, is "1\'200"'):
        describe_columns(Component("generators", "table", {"columns": ["a", "y"], "rows": rows}))


def test_a_number_that_is_not_finite_is_told_with_its_row(tmp_path: Path) -> None:
    for number, shown in ((float("inf"), "inf"), (1e39, r"1e\+39")):
        pl.DataFrame({"a": [1.0, number, 3.0], "y": [1, 2, 3]}).write_parquet(tmp_path / "rows.parquet")
        with pytest.raises(ExperimentError, match=f'Row 2 has no finite number in the column "a". Received: "{shown}"'):
            describe_columns(Component("generators", "parquet", {"path": str(tmp_path / "rows.parquet")}))
    (tmp_path / "rows.jsonl").write_text('{"a": 1, "y": 1}\n{"a": 1e39, "y": 2}\n')
    with pytest.raises(ExperimentError, match='Line 2 has no finite number in the column "a"'):
        describe_columns(Component("generators", "jsonl", {"path": str(tmp_path / "rows.jsonl")}))


@pytest.mark.parametrize(("text", "unit"), [("5 %", ("", "%")), ("$5", ("$", "")), ("3 kg", ("", "kg")), ("x", None)])
def test_the_unit_of_a_quantity_is_what_stands_around_its_digits(text: str, unit: tuple[str, str] | None) -> None:
    assert unit_of(text) == unit
    assert not is_numeral(text)
