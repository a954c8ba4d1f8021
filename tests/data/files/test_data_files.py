"""Each file is read once in a process, and a file that changes meanwhile is refused."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import pytest

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.columns import DataFile

TEXT = "size,place,price\n1,woods,0.1\n2,garden,0.2\n"
CHANGED = r"The data file .*rows\.csv changed after the experiment was checked\."


class Openings:
    """Opens files by reading their text, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, file: DataFile) -> str:
        self.count += 1
        return Path(file.path).read_text()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(TEXT)
    return path


@pytest.fixture
def openings() -> Openings:
    return Openings()


def rewrite(file: Path, text: str) -> None:
    """Writes another text, so much later that every file system notices: some count in steps of two seconds."""
    after = file.stat().st_mtime_ns + 10_000_000_000
    file.write_text(text)
    os.utime(file, ns=(after, after))


def test_a_file_is_opened_with_its_path_and_digest(file: Path) -> None:
    sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
    assert DataFiles().opened(file, "as it is", lambda opened: opened) == DataFile(str(file), sha256)
    assert DataFiles().digest(file).sha256 == sha256


def test_a_file_is_opened_once_with_the_same_options(file: Path, openings: Openings) -> None:
    files = DataFiles()
    first = files.opened(file, "a", openings)
    assert files.opened(file, "a", openings) is first
    assert openings.count == 1
    files.opened(file, "b", openings)
    assert openings.count == 2


def test_another_process_gets_paths_and_digests_and_reads_the_file_by_itself(file: Path, openings: Openings) -> None:
    rewrite(file, TEXT * 10_000)
    files = DataFiles()
    files.opened(file, "", openings)
    sent = pickle.dumps(files)
    assert len(sent) < 1000
    there = pickle.loads(sent)
    for _ in range(3):
        assert there.opened(file, "", openings) == TEXT * 10_000
    assert openings.count == 2


def test_another_process_refuses_a_file_that_has_changed(file: Path, openings: Openings) -> None:
    files = DataFiles()
    files.opened(file, "", openings)
    rewrite(file, TEXT.upper())
    with pytest.raises(StorageError, match=CHANGED):
        pickle.loads(pickle.dumps(files)).opened(file, "", openings)
    assert openings.count == 1


def test_a_file_that_changes_is_refused_by_all_who_use_it(file: Path, openings: Openings) -> None:
    files = DataFiles()
    files.opened(file, "", openings)
    rewrite(file, TEXT.replace("0.1", "0.3"))
    for options in ("", "other"):
        with pytest.raises(StorageError, match=CHANGED):
            files.opened(file, options, openings)


def test_a_file_that_changes_while_it_is_read_is_refused(file: Path) -> None:
    with pytest.raises(StorageError, match=CHANGED):
        DataFiles().opened(file, "", lambda opened: rewrite(file, TEXT.upper()))


def test_a_file_with_a_new_time_and_the_same_content_is_not_read_again(file: Path, openings: Openings) -> None:
    files = DataFiles()
    files.opened(file, "", openings)
    rewrite(file, TEXT)
    assert files.opened(file, "", openings) == TEXT
    assert openings.count == 1


def test_what_was_read_of_a_file_can_be_used_after_it_is_gone(file: Path, openings: Openings) -> None:
    files = DataFiles()
    files.opened(file, "", openings)
    file.unlink()
    assert files.opened(file, "", openings) == TEXT
    with pytest.raises(ExperimentError, match="There is no file"):
        pickle.loads(pickle.dumps(files)).opened(file, "", openings)


def test_a_file_that_is_not_the_one_that_was_checked_is_refused(file: Path, openings: Openings) -> None:
    files, expected = DataFiles(), DataFiles().digest(file)
    files.verify([expected])  # nothing was read
    files.opened(file, "", openings)
    files.verify([expected, DataFile("other.csv", "0")])
    with pytest.raises(StorageError, match=CHANGED):
        files.verify([DataFile(str(file), "0")])


def test_what_is_no_regular_file_is_refused_without_being_opened(file: Path, openings: Openings) -> None:
    pipe = file.with_name("pipe")
    os.mkfifo(pipe)
    for path, reason in ((pipe, "it is not a regular file"), (file.parent, "it is a folder")):
        with pytest.raises(ExperimentError, match=reason):
            DataFiles().opened(path, "", openings)
    assert openings.count == 0
