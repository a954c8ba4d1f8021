"""What the operating system refused, in plain words."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from nnrun.errors import StorageError
from nnrun.runs.storage_errors import refuse_missing_folder, storage_error, storage_errors


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EACCES, "no permission"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_the_reason_stands_after_the_path(number: int, reason: str) -> None:
    error = storage_error("write", Path("runs/xor/run.json"), OSError(number, "Input/output error"))
    assert error.problems[0].message == f"Could not write runs/xor/run.json: {reason}."


def test_an_error_without_a_number_keeps_its_own_words() -> None:
    error = storage_error("write", Path("model.keras"), OSError("Unable to create dataset"))
    assert error.problems[0].message == "Could not write model.keras: Unable to create dataset."


def test_other_errors_pass() -> None:
    with pytest.raises(KeyError, match="units"), storage_errors("write", Path("run.json")):
        raise KeyError("units")


def test_the_cause_is_kept() -> None:
    with pytest.raises(StorageError, match="no permission") as caught, storage_errors("read", Path("run.json")):
        raise PermissionError(errno.EACCES, "Permission denied")
    assert isinstance(caught.value.__cause__, PermissionError)


def test_a_file_whose_folder_is_missing_is_refused_before_the_work(tmp_path: Path) -> None:
    refuse_missing_folder(tmp_path / "new.csv")
    refuse_missing_folder(Path("new.csv"))
    with pytest.raises(StorageError, match=r"Could not write .*gone/new\.csv: there is no such file or folder"):
        refuse_missing_folder(tmp_path / "gone" / "new.csv")
