"""Files that look odd and are good, and the same values from any way to write them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from experiments import source_of
from nnrun.data.files.cell_text import all_finite, are_finite, as_numbers, is_number
from nnrun.data.generators.registry import describe_columns
from nnrun.experiment.experiment import Component

ODD: list[tuple[str | bytes, dict[str, Any], list[list[float]]]] = [
    ("a,b\n1,2", {}, [[1, 2]]),
    ("a,b\r\n1,2\r\n", {}, [[1, 2]]),
    ("a,b\r1,2\r3,4", {}, [[1, 2], [3, 4]]),
    ("a,b\n1,2\r3,4\r\n5,6\n", {}, [[1, 2], [3, 4], [5, 6]]),
    ("\ufeffa,b\n1,2\n", {}, [[1, 2]]),
    ("\n\n a , b \n\n  1,2\t\n , \n,\n\r\n3,4\n\n\n", {}, [[1, 2], [3, 4]]),
    ('"a","b"\n"1","2"\n" 3 ", "4"\n', {}, [[1, 2], [3, 4]]),
    ('a,b,note\n1,2,"x\n\n,""y"""\n3,4,\n', {"inputs": "a", "target": "b"}, [[1, 2], [3, 4]]),
    ('a,b,5" pipe\n1,2,6" pipe\n3,4,7\n', {"inputs": "a", "target": "b"}, [[1, 2], [3, 4]]),
    ("a,b\n+1,-2\n.5,5.\n1e3,1E-3\n007,-0\n", {}, [[1, -2], [0.5, 5], [1000, 0.001], [7, -0.0]]),
    ("a;b\n1,5;-2\n,5;5,\n1e3;1E-3\n", {"delimiter": ";", "decimal": ","}, [[1.5, -2], [0.5, 5], [1000, 0.001]]),
    ("a\tb\n1\t2\n", {"delimiter": "\t"}, [[1, 2]]),
    ("a  b\n  1   2 \n3 4\n", {"delimiter": " "}, [[1, 2], [3, 4]]),
    ("a§b\n1§2\n", {"delimiter": "§"}, [[1, 2]]),
    ("1,2\n3,4\n", {"header": False}, [[1, 2], [3, 4]]),
    ("1,2\n3,4\n", {"columns": ["x", "y"]}, [[1, 2], [3, 4]]),
    ("#x\na,b\n  # y\n1,2\n#3,4\n5,6\n", {"comment": "#"}, [[1, 2], [5, 6]]),
    ('a,b\n"1",2\n#"3,4\n5,6\n', {"comment": "#"}, [[1, 2], [5, 6]]),
    ("a,b\n1,2\n".encode("utf-16"), {"encoding": "utf-16"}, [[1, 2]]),
    ("a,b\n1,2\n".encode("utf-32"), {"encoding": "utf-32"}, [[1, 2]]),
    ("é,b\n1,2\n".encode("cp1252"), {"encoding": "cp1252"}, [[1, 2]]),
    (gzip.compress(b"a,b\n1,2\n", mtime=0), {}, [[1, 2]]),
    (gzip.compress(b"a,b\n1,2\n", mtime=0) + gzip.compress(b"3,4\n", mtime=0), {}, [[1, 2], [3, 4]]),
    (zstandard.compress(b"a,b\n1,2\n"), {}, [[1, 2]]),
    (zstandard.compress(b"a,b\n1,2\n") + zstandard.compress(b"3,4\n"), {}, [[1, 2], [3, 4]]),
    ("'a'|b\n'1'|2\n", {"quote": "'", "delimiter": "|"}, [[1, 2]]),
    ('"a,b\n1,2\n', {"quote": ""}, [[1, 2]]),
    ("x\x01,b\n1,2\n", {}, [[1, 2]]),
    ("day,b\n1970-01-02,2\n1970-01-01 12:00,4\n", {"dates": {"day": "number"}}, [[1, 2], [0.5, 4]]),
    ("day,b\n03.01.1970,2\n1970/01/04,4\n", {"dates": {"day": "number"}}, [[2, 2], [3, 4]]),
    (",".join(map(str, range(3000))) + "\n" + ",".join(map(str, range(3000))) + "\n", {}, [list(range(3000))]),
]


def values_of(path: Path, **arguments: Any) -> np.ndarray:
    """The inputs and the target side by side, (rows, columns)."""
    component = Component("generators", "csv", {"path": str(path), **arguments})
    rows, columns = source_of(component).rows, describe_columns(component)
    assert columns.samples == rows.rows
    return np.concatenate([*rows.inputs.values(), *rows.targets.values()], axis=1)


@pytest.mark.parametrize(("content", "arguments", "rows"), ODD, ids=range(len(ODD)))
def test_an_odd_file_has_its_values(
    tmp_path: Path, content: str | bytes, arguments: Any, rows: list[list[float]]
) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    np.testing.assert_array_equal(values_of(path, **arguments), np.array(rows, np.float32))


def test_files_of_a_pattern_are_one_table_in_sorted_order(tmp_path: Path) -> None:
    for i in (2, 1, 3):
        (tmp_path / f"part-{i}.csv").write_text(f"a,b\n{i},{i / 2}\n")
    np.testing.assert_array_equal(values_of(tmp_path / "part-*.csv"), [[1, 0.5], [2, 1], [3, 1.5]])
    files = describe_columns(Component("generators", "csv", {"path": str(tmp_path / "part-*.csv")})).files
    assert [Path(file.path).name for file in files] == ["part-1.csv", "part-2.csv", "part-3.csv"]


def test_parts_of_a_date_take_its_place_among_the_inputs(tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text("day,b\n2026-11-29 18:30,1\n")
    parts = Component("generators", "csv", {"path": str(path), "dates": {"day": "parts"}, "inputs": "day"})
    rows = source_of(parts).rows
    assert {name: values.item() for name, values in rows.inputs.items()} == {
        "day.year": 2026,
        "day.month": 11,
        "day.day": 29,
        "day.weekday": 7,
        "day.hour": 18.5,
    }


def test_cyclic_dates_lie_on_a_circle(tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text("day,b\n" + "".join(f"2025-{month:02}-01 {month}:00,1\n" for month in range(1, 13)))
    cyclic = Component("generators", "csv", {"path": str(path), "dates": {"day": "cyclic"}})
    inputs = source_of(cyclic).rows.inputs
    for part in ("yearday", "weekday", "hour"):
        radius = np.hypot(inputs[f"day.{part}_sin"], inputs[f"day.{part}_cos"])
        np.testing.assert_allclose(radius, 1, rtol=1e-6)


NUMBERS = st.from_regex(r"[-+]?([0-9]{1,25}\.?[0-9]{0,25}|\.[0-9]{1,25})([eE][-+]?[0-9]{1,3})?", fullmatch=True)


@given(st.lists(NUMBERS | st.floats(allow_nan=False).map(repr), min_size=1, max_size=50))
def test_every_number_is_that_of_python_to_the_last_bit(cells: list[str]) -> None:
    expected = np.array([float(cell) for cell in cells]).tobytes()
    assert as_numbers(pl.Series(cells)).to_numpy().tobytes() == expected
    parsed = pl.read_csv("\n".join(cells).encode(), has_header=False, schema={"0": pl.Float64}, quote_char=None)
    assert parsed["0"].to_numpy().tobytes() == expected


@given(st.lists(st.text("0123456789+-.eE_ xinfa٣½", max_size=8), min_size=1, max_size=50))
def test_no_text_is_a_number_that_python_does_not_take_for_one(cells: list[str]) -> None:
    cells = [cell.strip() for cell in cells]
    numbers = as_numbers(pl.Series(cells))
    assert are_finite(numbers).to_list() == [is_number(cell) for cell in cells]
    assert all_finite(numbers) == all(map(is_number, cells))
