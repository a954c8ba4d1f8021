"""An experiment file is read whole and written back only where nobody else has written it."""

import os

import pytest

from nnrun.errors import ExperimentError, StorageError
from nnrun.live.watched_file import FileConflict, WatchedFile


@pytest.fixture
def watched(experiment_file):
    return WatchedFile(experiment_file("epochs: 1\n"))


def test_a_file_has_changed_until_it_is_read_and_again_when_it_is_replaced(watched, tmp_path):
    assert watched.has_changed()
    assert watched.read().text == "epochs: 1\n"
    assert not watched.has_changed()
    other = tmp_path / "other"
    other.write_text("epochs: 2\n")
    os.replace(other, watched.path)
    assert watched.has_changed()
    assert watched.read().text == "epochs: 2\n"


def test_a_file_that_is_gone_is_an_error_once_and_read_again_when_it_is_back(watched):
    watched.read()
    watched.path.unlink()
    assert watched.has_changed()
    with pytest.raises(ExperimentError, match="No such file"):
        watched.read()
    assert not watched.has_changed()
    watched.path.write_text("epochs: 3\n")
    assert watched.has_changed()


def test_a_file_that_changes_while_it_is_read_is_read_again(watched, monkeypatch):
    read = []

    def replaced(path):
        data = path.read_bytes()
        if not read:
            path.write_text("epochs: 1000\n")
        read.append(data)
        return data

    monkeypatch.setattr("nnrun.live.watched_file.read_source", replaced)
    assert watched.read().text == "epochs: 1000\n"
    assert not watched.has_changed()


def test_what_was_read_can_be_written_back(watched):
    watched.path.chmod(0o640)
    written = watched.write("epochs: 5\n", watched.read().digest)
    assert watched.path.read_text() == "epochs: 5\n"
    assert watched.path.stat().st_mode & 0o777 == 0o640
    assert watched.read().digest == written.digest


def test_a_file_that_another_program_wrote_is_not_overwritten_unless_it_is_wanted(watched):
    digest = watched.read().digest
    watched.path.write_text("epochs: 7\n")
    with pytest.raises(FileConflict) as conflict:
        watched.write("epochs: 5\n", digest)
    assert conflict.value.present.text == "epochs: 7\n"
    assert watched.path.read_text() == "epochs: 7\n"
    watched.write("epochs: 5\n", conflict.value.present.digest)
    assert watched.path.read_text() == "epochs: 5\n"


def test_a_link_stays_a_link(watched, tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to(watched.path)
    one = WatchedFile(link)
    one.write("epochs: 5\n", one.read().digest)
    assert link.is_symlink()
    assert watched.path.read_text() == "epochs: 5\n"


def test_a_folder_that_is_gone_cannot_be_written_to(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    watched = WatchedFile(folder / "xor.yaml")
    watched.path.write_text("epochs: 1\n")
    digest = watched.read().digest
    watched.path.unlink()
    folder.rmdir()
    with pytest.raises(FileConflict):
        watched.write("epochs: 2\n", digest)
    with pytest.raises(StorageError, match="no such file or folder"):
        watched.write("epochs: 2\n", None)
