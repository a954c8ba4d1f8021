"""A file that a set needs is downloaded once, whole, and only if it is the right one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from nnrun.data.generators.download import fetch_file
from nnrun.errors import ExperimentError, Place, StorageError

CONTENT = b"some data"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NOWHERE = "http://127.0.0.1:9/data.bin"


@pytest.fixture
def url(tmp_path: Path) -> str:
    origin = tmp_path / "origin.bin"
    origin.write_bytes(CONTENT)
    return origin.as_uri()


def test_a_missing_file_is_downloaded_into_a_new_folder(tmp_path: Path, url: str) -> None:
    path = fetch_file(tmp_path / "home" / "datasets" / "data.bin", url, SHA256)
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["data.bin"]


def test_a_file_that_is_there_is_not_downloaded(tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(b"own")
    assert fetch_file(path, NOWHERE, SHA256).read_bytes() == b"own"


def test_a_file_without_a_known_hash_is_taken(tmp_path: Path, url: str) -> None:
    assert fetch_file(tmp_path / "data.bin", url, None).read_bytes() == CONTENT


def test_another_file_than_expected_is_not_kept(tmp_path: Path, url: str) -> None:
    path = tmp_path / "data.bin"
    with pytest.raises(ExperimentError, match=f"is not the expected file of.*Received: {SHA256}"):
        fetch_file(path, url, "0" * 64)
    assert not path.exists()


def test_without_a_network_the_error_names_the_path_and_the_url(tmp_path: Path) -> None:
    path, place = tmp_path / "data.bin", Place("x.yaml", 2, 3, "  generator: mnist")
    with pytest.raises(ExperimentError, match="does not exist and cannot be downloaded") as caught:
        fetch_file(path, NOWHERE, SHA256, place)
    (problem,) = caught.value.problems
    assert (problem.place, problem.hint) == (place, f"Put the file from {NOWHERE} at {path}.")


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path, url: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written"):
        fetch_file(tmp_path / "file" / "data.bin", url, SHA256)
