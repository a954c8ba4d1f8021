"""Two hundred kinds of trouble in a CSV file: each is told with its file, and no wrong number comes out of any."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Component

# What a file holds, the arguments beside its path, and a part of the message.
Trouble = tuple[str | bytes, dict[str, Any], str]

ROWS = "".join(f"{i},{i / 7}\n" for i in range(3, 60))
GOOD = f"a,b\n{ROWS}"
LATIN = "a,b\ncafé,1\n".encode("latin-1")


def ragged() -> Iterator[Trouble]:
    """Rows of too many and too few cells, at each end and in the middle."""
    for row, cells in (("7", 1), ("7,8,9", 3), ("7,8,", 3), (",,,", None), ("7,8,9,10,11", 5), ('"7,8"', 1)):
        for before in ("", ROWS, ROWS * 500):
            for after in ("", ROWS):
                if cells:
                    line = 2 + before.count("\n")
                    yield f"a,b\n{before}{row}\n{after}", {}, f"Received: {cells} in line {line} of bad.csv"
    yield 'a,b\n"1",2,3\n"2",3,4\n', {}, 'Every row has 3 cells: name as many columns, or remove a "," at its end.'
    yield "a,b,\n1,2\n2,3\n", {}, 'Remove the "," at the end of the header.'
    yield f"a,b\n{ROWS}1\n{ROWS}2\n3,4,5\n", {}, "3 such lines in all"
    yield f"a,b,c\n{ROWS}", {}, "A row must have 3 cells, as many as the header. Received: 2 in line 2"


def quotes() -> Iterator[Trouble]:
    """Quotes that are not closed, or stand where they say nothing."""
    for row in ('"7,8', '7,"8', '"7', '7,"8\n9,10', '7,"'):
        yield f"a,b\n1,2\n{row}\n", {}, "The row that begins in line 3 of bad.csv is not CSV"
        yield f"a,b\n1,2\n{row}\n{ROWS * 800}", {}, "The row that begins in line 3 of bad.csv is not CSV"
    for row in ('"7"x,8', '"7" ,8', '7,"8"9', '7,"8""9"0', '"a"b"c",8'):
        for after in ("", ROWS):
            yield f"a,b\n1,2\n{row}\n{after}", {}, "The row that begins in line 3 of bad.csv is not CSV"
    yield 'a,"b\n1,2\n', {}, "The row that begins in line 1 of bad.csv is not CSV"


def numbers() -> Iterator[Trouble]:
    """Cells among numbers that are none, or none that is finite."""
    for cell in ("1O", "1_0", "٣", "0x1F", "1.2.3", "1e", "--1", "+-1", "1 2", "$5", "5%", "12:30", "true", "1d5", "½"):
        for before in ("", ROWS * 500):
            line = 7 + before.count("\n")
            text = f"a,b\n{before}1.5,1\n2.5,2\n3.25,3\n4,4\n5,5\n{cell},6\n7.5,7\n"
            yield text, {}, f'Line {line} has no number in it. Received: "{cell}"'
    for cell in ("nan", "NaN", "inf", "-Infinity", "1e400", "-1e999", "NA", "?", "null", "None", "#N/A", "-"):
        yield f"a,b\n1.5,1\n{cell},2\n", {}, f'Line 3 has no finite number in the column "a". Received: "{cell}"'
    for cell in ("", " ", '""', '" "', "\t"):
        yield f"a,b\n1.5,1\n{cell},2\n", {}, 'Line 3 has no value in the column "a".'
        yield f"a,b\n{ROWS * 500}{cell},2\n", {}, f'Line {28502} has no value in the column "a".'
    for cell in ("1,5", "1,234.5", "1.234,5"):
        yield f'a,b\n"{cell}",1\n2.5,2\n', {}, 'The column "a" has numbers with a comma. The first, in line 2, is'
    yield (
        "a;b\n1.500;1\n2,5;2\n",
        {"delimiter": ";", "decimal": ","},
        "numbers with a point, and the file decimal commas",
    )
    yield "a,b\n?,1\n?,2\n", {"missing": ["?"]}, 'Line 2 has no value in the column "a", 2 such lines in all.'


def texts() -> Iterator[Trouble]:
    """Bytes that are no text, or text in another encoding."""
    for text in ("a,b\nx\0,1\n", f"a,b\n{ROWS}\0\n", "a\0,b\n1,2\n"):
        yield text, {}, "of bad.csv is not text: its byte"
    yield LATIN, {}, "Line 2 of bad.csv is not text in UTF-8. Received: the byte 0xE9"
    yield f"a,b\n{ROWS * 4000}".encode() + b"\xff,1\n", {}, "Line 228002 of bad.csv is not text in UTF-8."
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        yield GOOD.encode(encoding), {}, "UTF-16"
    yield GOOD.encode("utf-16-le"), {"encoding": "utf-16-be"}, "A CSV file has two columns or more."
    yield LATIN, {"encoding": "ascii"}, "Line 2 of bad.csv is not text in ascii. Received: the byte 0xE9"
    yield b"a,b\n\x81,1\n", {"encoding": "cp1252"}, "Line 2 of bad.csv is not text in cp1252. Received: the byte 0x81"
    for encoding in ("utf9", "", "base64", "a\0b"):
        yield GOOD, {"encoding": encoding}, "There is no encoding"


def headers() -> Iterator[Trouble]:
    """First lines that name no columns."""
    for text in ("", "\n", "\n\n\n", " \n", ",\n", ",,,\n", "\ufeff", "\ufeff\n"):
        yield text, {}, "The file bad.csv is empty."
    seems = "The first line of bad.csv must name the columns, as the second one seems to. Received:"
    yield "My rows\na,b\n1,2\n", {}, f"{seems} My rows"
    yield "My rows,,\na,b,c\n1,2,3\n", {}, f"{seems} My rows"
    yield "sep=;\na;b\n1;2\n", {"delimiter": ";"}, f"{seems} sep="
    yield "# mine\na,b\n1,2\n", {}, 'Remove the lines above the names, or add to the arguments: comment: "#"'
    for text in ("a,b", "a,b\n", "a,b\r\n", "a,b\n\n\n", "a,b\n,\n , \n", "\ufeffa,b\n"):
        yield text, {}, "The file bad.csv has a header and no rows."
    for text in ("1.5,2.25\n3,4\n", "-1,x\n2,y\n", "5,3,red\n4,2,blue\n"):
        yield text, {}, "The first line of bad.csv must name the columns. Received:"
    commas = {"delimiter": ";", "decimal": ","}
    yield "1,5;2,5\n3,5;4,5\n", commas, "The first line of bad.csv must name the columns. Received: 1,5, 2,5"
    yield "2024-01-01,wet\n2024-01-02,dry\n2024-01-03,hot\n", {}, '"2024-01-01" is a date, as all cells of its column.'
    yield "north,1\nsouth,2\nnorth,3\n", {}, "The first line of bad.csv must name the columns."
    yield "a,b\n1,2\na,b\n3,4\n", {}, "If the header is repeated, remove line 3."
    for text in ("a,a\n1,2\n", "a,b,a\n1,2,3\n", "a, a\n1,2\n", 'a,"a"\n1,2\n'):
        yield text, {}, 'The column "a" is repeated in the header of bad.csv.'
    for text, delimiter in (("a;b\n1;2\n", ";"), ("a\tb\n1\t2\n", "\\t"), ("a|b\n1|2\n", "|"), ("a b\n1 2\n", " ")):
        yield text, {}, f'If the file has another delimiter, write it: delimiter: "{delimiter}"'
    yield GOOD, {"delimiter": ";"}, 'write it: delimiter: ","'
    yield "a\n1\n", {}, "A CSV file has two columns or more. Received: a"
    yield ",b\n1,2\n", {}, "At least one input column and one target column are needed."
    yield ",".join(f"c{i}" for i in range(10_000)) + "\n" + ",".join("1" * 9_999) + "\n", {}, "Received: 9999 in line 2"
    yield "x" * 200_000 + ",b\n1,2\n", {}, "The row that begins in line 1 of bad.csv is not CSV: field larger than"


def arguments() -> Iterator[Trouble]:
    """Arguments that do not suit the file or one another."""
    for delimiter in ("", ",,", '"', "\n", "\\t", "tab"):
        yield GOOD, {"delimiter": delimiter}, "The delimiter is one character, and no quote."
    for quote in ('""', " ", "\t"):
        yield GOOD, {"quote": quote}, "The quote is one character, or none."
    yield GOOD, {"decimal": ","}, 'The delimiter and the decimal sign are both ",".'
    for names in (["a"], ["a", "b", "c"]):
        yield "1,2\n", {"columns": names}, f"has 2 cells, and columns names {len(names)}."
    yield "1,2\n", {"columns": ["a", "a"]}, 'The column "a" is repeated in the header of bad.csv.'
    yield GOOD, {"columns": ["a", "b"], "header": True}, "The columns of a file with a header are not named again."
    yield GOOD, {"columns": ["a", "c"]}, '"a" is also a cell of its column, in line 1.'
    for name in ("inputs", "target", "sample_weight"):
        yield GOOD, {name: "c"}, 'There is no column "c".'
    yield GOOD, {"dates": {"c": "number"}}, 'There is no column "c", which dates names.'
    for cell in ("yesterday", "2024-13-01", "2024-02-30", "01/02/2024", "20240101", "2024-01-01T00:00:00 CET", "12:30"):
        text = f"a,b\n2024-01-01,1\n{cell},2\n"
        yield text, {"dates": {"a": "number"}}, f'Line 3 of bad.csv has no date in the column "a". Received: "{cell}"'
    yield "a,b\n,1\n2024-01-01,2\n", {"dates": {"a": "parts"}}, 'Line 2 has no value in the column "a.year".'
    yield "# only\n# comments\n", {"comment": "#"}, "The file bad.csv is empty."
    yield "a,b\n#1,2\n", {"comment": "#"}, "has a header and no rows"
    yield "".join(["a,b\n", *(f"w{i},1\n" for i in range(101))]), {}, "inputs have at most 100 categories"
    yield "".join(["b,a\n", *(f"1,w{i}\n" for i in range(1001))]), {}, "targets have at most 1,000 categories"
    yield "a,b,w\n1,2,x\n3,4,y\n", {"sample_weight": "w"}, 'The column "w" contains text'


TROUBLES = [*ragged(), *quotes(), *numbers(), *texts(), *headers(), *arguments()]


def message_of(path: Path, **arguments: Any) -> str:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        describe_columns(Component("generators", "csv", {"path": str(path), **arguments}))
    assert caught.value.exit_status == 2
    return str(caught.value)


@pytest.mark.parametrize(("content", "arguments", "message"), TROUBLES, ids=range(len(TROUBLES)))
def test_what_is_wrong_in_a_file_is_told(tmp_path: Path, content: str | bytes, arguments: Any, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    told = message_of(path, **arguments)
    assert message in told
    assert len(told) < 2_000


PACKED = gzip.compress(GOOD.encode(), mtime=0)  # the time of day would be in the names of the tests
NOISE = random.Random(0).randbytes(99)  # which no compression makes shorter
ARCHIVES = [
    ("bad.csv.gz", GOOD.encode(), "bad.csv.gz is not a gzip file, which its name says."),
    ("bad.csv.zst", GOOD.encode(), "bad.csv.zst is not a zstandard file, which its name says."),
    ("bad.csv.gz", b"", "bad.csv.gz is not a gzip file"),
    *((f"{size}.csv.gz", PACKED[:-size], "is broken") for size in (1, 4, 9, 100, len(PACKED) - 5)),
    ("flipped.csv.gz", PACKED[:-6] + b"\0\0" + PACKED[-4:], "is broken"),
    ("more.csv.gz", PACKED + b"more", "is broken"),
    ("cut.csv.zst", zstandard.compress(GOOD.encode() * 50)[:-5], "is broken: it ends too early."),
    ("flipped.csv.zst", zstandard.compress(NOISE + GOOD.encode())[:-9] + b"xxxxxxxxx", "is broken"),
    ("bad.csv", b"PK\x03\x04rest", "bad.csv is a zip archive, not a file of rows."),
    ("bad.xlsx", b"PK\x03\x04rest", "bad.xlsx is a workbook of a spreadsheet, not a file of rows."),
    ("bad.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "bad.xls is a workbook of Excel, not a file of rows."),
    ("bad.json", b'[{"a": 1}]', "bad.json is a list in JSON, not a file of rows."),
    ("bad.json", b'[\n  {"a": 1}\n]', "bad.json is a list in JSON, not a file of rows."),
    ("bad.csv", bz2.compress(GOOD.encode()), "bad.csv is a bzip2 file, not a file of rows."),
    ("bad.csv", lzma.compress(GOOD.encode()), "bad.csv is an xz file, not a file of rows."),
    ("bad.csv", b"<!DOCTYPE html>\n<html>", "bad.csv is a web page, not a file of rows."),
    ("bad.csv", b"version https://git-lfs.github.com/spec/v1\noid", "bad.csv is a pointer of Git LFS"),
    ("bad.csv", b"PAR1\0\0", "bad.csv is a Parquet file, not a file of rows."),
]


@pytest.mark.parametrize(("name", "content", "message"), ARCHIVES)
def test_a_broken_archive_is_told(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert message in message_of(tmp_path / name)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("content", [b"a,b\n" + b"\n" * 2**22, b"a,b\n" + b"0" * 2**22, b"\n" * 2**22])
def test_a_file_that_becomes_far_larger_than_a_table_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Any, content: bytes
) -> None:
    monkeypatch.setattr("nnrun.data.files.byte_source._MOST_AT_ALL", 2**20)
    path = tmp_path / "bomb.csv"
    path.write_bytes(pack(content))
    assert "The compressed file bomb.csv becomes more than" in message_of(path)


def test_a_line_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnrun.data.files.csv_blocks.MOST_IN_A_LINE", 2**20)
    path = tmp_path / "long.csv"
    path.write_bytes(b"a,b\n" + b"1," * 2**22)
    assert "Line 2 of long.csv has more than 1 MB without an end." in message_of(path)


def test_what_is_no_regular_file_is_refused_without_opening_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    (tmp_path / "kernel.csv").symlink_to("/proc/self/environ")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    for name in ("pipe", "folder", "device", "kernel", "loop"):
        assert f"Cannot read {tmp_path / name}.csv: " in message_of(tmp_path / f"{name}.csv")
    (tmp_path / "rows.csv").write_text(GOOD)
    assert 'Did you mean "rows.csv"?' in message_of(tmp_path / "row.csv")


def test_files_of_a_pattern_must_have_the_same_columns(tmp_path: Path) -> None:
    (tmp_path / "part-1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "part-2.csv").write_text("a,c\n1,2\n")
    assert "part-2.csv must have the columns of part-1.csv: a, b." in message_of(tmp_path / "part-*.csv")
    (tmp_path / "part-2.csv").write_text("a,b\n1.5,2\n2.5,\n")
    assert 'Line 3 of part-2.csv has no value in the column "b".' in message_of(tmp_path / "part-*.csv")
    (tmp_path / "part-2.csv").write_text("a,b\n1.5,2,3\n")
    assert "Received: 3 in line 2 of part-2.csv" in message_of(tmp_path / "part-*.csv")
    assert "No file matches" in message_of(tmp_path / "share-*.csv")


def test_there_are_two_hundred_kinds_of_trouble() -> None:
    assert len(TROUBLES) + len(ARCHIVES) >= 200
