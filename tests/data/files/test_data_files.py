"""Each column of a data file is read once, and a file that changes meanwhile is refused."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from unittest.mock import Mock

import pytest

from nnrun.data.files import data_files
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.read_file import read_file
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.columns import DataFile

TEXT = "size,place,price\n1,woods,0.1\n2,garden,0.2\n"
CHANGED = r"The data file .*rows\.csv changed after the experiment was checked\."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(TEXT)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Every reading of a file."""
    mock = Mock(side_effect=read_file)
    monkeypatch.setattr(data_files, "read_file", mock)
    return mock


def test_a_file_knows_its_names_and_its_digest(file: Path) -> None:
    opened = DataFiles().csv(file)
    assert opened.names == ("size", "place", "price")
    assert opened.digest == DataFile(str(file), hashlib.sha256(TEXT.encode()).hexdigest())


def test_columns_that_were_read_are_not_read_again(file: Path, reads: Mock) -> None:
    files = DataFiles()
    first = files.csv(file).columns(["size", "place"])
    assert files.csv(file).columns(["place"])["place"] is first["place"]
    assert reads.call_count == 1
    assert list(files.csv(file).columns(["price", "size"])) == ["price", "size"]
    assert reads.call_count == 2


def test_another_process_has_the_columns_that_were_read(file: Path, reads: Mock) -> None:
    files = DataFiles()
    files.csv(file).columns(["size"])
    file.unlink()
    there = pickle.loads(pickle.dumps(files))
    assert list(there.csv(file).columns(["size"])["size"].numbers) == [1, 2]
    assert reads.call_count == 1


def test_the_file_itself_is_not_sent_to_another_process(file: Path) -> None:
    files = DataFiles()
    files.csv(file)
    assert len(pickle.dumps(files)) < len(TEXT) + 600
    file.write_text(TEXT + "x" * 10_000 + ",,\n")
    other = DataFiles()
    other.csv(file)
    assert len(pickle.dumps(other)) < 1000
    assert pickle.loads(pickle.dumps(other)).csv(file).columns(["size"])["size"].categories == ("1", "2", "x" * 10_000)


def test_a_file_that_changes_between_two_readings_is_refused(file: Path) -> None:
    files = DataFiles()
    files.csv(file).columns(["size"])
    file.write_text(TEXT.replace("0.1", "0.3"))
    with pytest.raises(StorageError, match=CHANGED):
        files.csv(file).columns(["price"])


def test_a_file_that_is_not_the_one_that_was_checked_is_refused(file: Path) -> None:
    files, expected = DataFiles(), DataFiles().csv(file).digest
    files.verify([expected])  # nothing was read
    files.csv(file)
    files.verify([expected, DataFile("other.csv", "0")])
    with pytest.raises(StorageError, match=CHANGED):
        files.verify([DataFile(str(file), "0")])


def test_a_row_of_another_length_is_refused_every_time(file: Path) -> None:
    file.write_text(TEXT + "3\n")
    files = DataFiles()
    for _ in range(2):
        with pytest.raises(ExperimentError, match="A row must have 3 cells"):
            files.csv(file).columns(["size"])
