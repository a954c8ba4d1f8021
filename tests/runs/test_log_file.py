"""The log of a run: what was written before it had its folder, complete lines, and no run that ends by it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnrun.runs.log_file import LogFile


def opened(folder: Path, kept: str = "", separator: str = "--- resumed ---") -> tuple[LogFile, list[str]]:
    failures: list[str] = []
    log = LogFile(failures.append)
    log.write(kept)
    log.open(folder, separator)
    return log, failures


def test_what_was_written_before_comes_first(tmp_path: Path) -> None:
    log, _ = opened(tmp_path, "reading x.yaml …\n")
    log.write("building …\n")
    assert (tmp_path / "run.log").read_text(encoding="utf-8") == "reading x.yaml …\nbuilding …\n"


def test_only_complete_lines_are_in_the_file_until_it_is_closed(tmp_path: Path) -> None:
    log, _ = opened(tmp_path)
    log.write("one\ntw")
    assert (tmp_path / "run.log").read_text() == "one\n"
    log.write("o")
    log.close()
    assert (tmp_path / "run.log").read_text() == "one\ntwo\n"


def test_a_log_is_continued_after_a_separator(tmp_path: Path) -> None:
    for _ in range(2):
        log, _ = opened(tmp_path, "reading\n")
        log.close()
    assert (tmp_path / "run.log").read_text() == "reading\n--- resumed ---\nreading\n"


def test_a_log_that_never_had_a_folder_leaves_nothing(tmp_path: Path) -> None:
    log = LogFile(print)
    log.write("reading\n")
    log.close()
    assert list(tmp_path.iterdir()) == []


def put_link(path: Path) -> None:
    (path.parent / "mine").write_text("mine")
    path.symlink_to("mine")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize("put", [put_link, os.mkfifo, Path.mkdir])
def test_what_is_no_regular_file_is_left_alone_and_told_once(tmp_path: Path, put) -> None:
    put(tmp_path / "run.log")
    log, failures = opened(tmp_path, "reading\n")
    log.write("building\n")
    log.close()
    (failure,) = failures
    assert failure.startswith(f"Could not write {tmp_path / 'run.log'}: ")
    assert not (tmp_path / "mine").exists() or (tmp_path / "mine").read_text() == "mine"


def test_a_full_disk_is_told_once_and_raises_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, failures = opened(tmp_path, "reading\n")

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    log.write("one\n")
    log.write("two\n")
    log.close()
    assert failures == [f"Could not write {tmp_path / 'run.log'}: the disk is full."]
