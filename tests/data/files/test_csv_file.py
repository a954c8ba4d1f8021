"""Each column of a CSV file is read once."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest

from nnrun.data.files import csv_file
from nnrun.data.files.byte_source import open_source
from nnrun.data.files.csv_file import open_csv
from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("size,place,price\n1,woods,0.1\n2,garden,0.2\n")
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Every reading of a file."""
    mock = Mock(side_effect=open_source)
    monkeypatch.setattr(csv_file, "open_source", mock)
    return mock


def test_a_file_knows_its_names_and_its_digest(file: Path) -> None:
    opened = open_csv(DataFiles(), file)
    assert opened.names == ("size", "place", "price")
    assert opened.digests == (DataFiles().digest(file),)


def test_columns_that_were_read_are_not_read_again(file: Path, reads: Mock) -> None:
    files = DataFiles()
    first = open_csv(files, file).columns(["size", "place"])
    assert open_csv(files, file).columns(["place"])["place"] is first["place"]
    assert reads.call_count == 1
    assert list(open_csv(files, file).columns(["price", "size"])) == ["price", "size"]
    assert reads.call_count == 2


def test_a_row_of_another_length_is_refused_every_time(file: Path) -> None:
    file.write_text(file.read_text() + "3\n")
    files = DataFiles()
    for _ in range(2):
        with pytest.raises(ExperimentError, match="A row must have 3 cells"):
            open_csv(files, file).columns(["size"])
