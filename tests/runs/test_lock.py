"""A folder belongs to one process at a time, however that process ends."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from nnrun.errors import ResumeError, StorageError
from nnrun.runs import lock
from nnrun.runs.folder import claim_folder, release_folder
from nnrun.runs.lock import occupied, one_at_a_time

OWNER = """
import sys
from pathlib import Path
from nnrun.runs.lock import occupied
with occupied(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def started(program: str, folder: Path) -> subprocess.Popen[str]:
    """A process that keeps the folder until it is ended, or this one ends."""
    command = [sys.executable, "-c", program, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def owner(tmp_path: Path):
    """Another process that has the folder."""
    process = started(OWNER, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.communicate()


def test_the_folder_of_another_process_is_refused_until_that_process_is_killed(owner, tmp_path: Path) -> None:
    with pytest.raises(ResumeError, match=r"Another process is training in .*\n.*Wait for it"), occupied(tmp_path):
        pass
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    with occupied(tmp_path):
        assert (tmp_path / ".lock").exists()
    assert list(tmp_path.iterdir()) == []


BEGINNER = OWNER.replace("import occupied", "import one_at_a_time").replace(
    "occupied(Path(sys.argv[1]))", "one_at_a_time(Path(sys.argv[1]), 'abc', sys.exit)"
)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_same_training_waits_for_the_process_that_has_begun_it_however_that_ends(tmp_path: Path, number) -> None:
    waits: list[bool] = []
    with started(BEGINNER, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"

        def wait() -> None:
            waits.append(process.poll() is None)
            if len(waits) == 3:
                process.send_signal(number)

        with one_at_a_time(tmp_path, "abcd", wait):
            assert waits == []
        with one_at_a_time(tmp_path, "abc", wait):
            assert len(waits) >= 3
            assert all(waits[:3])
    assert list(tmp_path.iterdir()) == []


def test_whoever_is_interrupted_while_waiting_leaves_the_lock_to_its_owner(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with one_at_a_time(tmp_path / "new", "abc", interrupt):
        with pytest.raises(KeyboardInterrupt), one_at_a_time(tmp_path / "new", "abc", interrupt):
            pass
        assert len(list((tmp_path / "new").iterdir())) == 1
    assert list((tmp_path / "new").iterdir()) == []


def test_a_process_is_refused_its_own_folder_too(tmp_path: Path) -> None:
    with occupied(tmp_path), pytest.raises(ResumeError, match="Another process"), occupied(tmp_path):
        pass


def test_an_error_releases_the_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), occupied(tmp_path):
        raise KeyboardInterrupt
    with occupied(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_was_removed_before_it_was_locked_is_opened_anew(tmp_path: Path, monkeypatch) -> None:
    opened = []

    def remove_first(descriptor: int, *, blocking: bool) -> bool:
        opened.append(descriptor)
        if len(opened) == 1:
            (tmp_path / ".lock").unlink()
        return lock_descriptor(descriptor, blocking=blocking)

    lock_descriptor = filelock.lock_descriptor
    monkeypatch.setattr(filelock, "lock_descriptor", remove_first)
    with occupied(tmp_path):
        assert (tmp_path / ".lock").exists()
        assert len(opened) == 2


def test_a_file_system_without_locks_is_no_obstacle(tmp_path: Path, monkeypatch) -> None:
    def refuse(descriptor: int, *, blocking: bool) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock, "lock_descriptor", refuse)
    with occupied(tmp_path):
        pass


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match=r"Could not open .*gone: there is no such file"),
        occupied(tmp_path / "gone"),
    ):
        pass


def test_a_folder_that_cannot_be_written_is_not_locked(tmp_path: Path, monkeypatch) -> None:
    def refuse(path: Path, flags: int, mode: int = 0o777) -> int:
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(lock.os, "open", refuse)
    with occupied(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_locked_folder_in_which_nothing_was_trained_can_be_released(tmp_path: Path) -> None:
    from datetime import datetime

    folder = claim_folder(tmp_path, "xor", datetime(2026, 11, 23))
    with occupied(folder):
        (folder / "experiment.yaml").touch()
        assert release_folder(folder)
    assert list(tmp_path.iterdir()) == []
