"""Atomic files: the old content or the new, whole, and nothing beside it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from nnrun.errors import ExperimentError, StorageError
from nnrun.runs.atomic import (
    is_temporary,
    replace_with,
    reserve,
    write_bytes,
    write_new_text,
    write_reserved,
    write_text,
)

_WRITE_FOREVER = """
import sys
from pathlib import Path
from nnrun.runs.atomic import write_bytes
print("ready", flush=True)
for number in range(10**9):
    write_bytes(Path(sys.argv[1]), bytes([number % 256]) * 3_000_000)
"""

_STOP_MIDWAY = """
import os, signal, sys
from pathlib import Path
from nnrun.runs.atomic import replace_with

def write(path):
    path.write_bytes(b"half of the n")
    os.kill(os.getpid(), signal.SIGKILL)

replace_with(Path(sys.argv[1]), write)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=False).returncode
    ):
        pytest.skip("no small file system can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_new_file_gets_the_content(tmp_path: Path) -> None:
    write_bytes(tmp_path / "run.json", b"{}")
    assert (tmp_path / "run.json").read_bytes() == b"{}"


def test_a_file_that_is_there_is_never_written_as_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    write_new_text(path, "é\r\n")
    assert path.read_bytes() == "é\r\n".encode()
    (tmp_path / "link.yaml").symlink_to(tmp_path / "nowhere")
    for taken in (path, tmp_path / "link.yaml", tmp_path):
        with pytest.raises(ExperimentError, match="already exists and was not overwritten"):
            write_new_text(taken, "other")
    assert path.read_bytes() == "é\r\n".encode()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link.yaml", "new.yaml"]


def test_a_new_file_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"Could not write .*new\.yaml: there is no such file or folder"):
        write_new_text(tmp_path / "missing" / "new.yaml", "")


def test_a_full_disk_leaves_no_part_of_a_new_file(small_disk: Path) -> None:
    with pytest.raises(StorageError, match="the disk is full"):
        write_new_text(small_disk / "new.yaml", "x" * 1_000_000)
    assert list(small_disk.iterdir()) == []


def test_an_old_file_is_replaced_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "note.txt", "a long first text")
    write_text(tmp_path / "note.txt", "größer\n")
    assert (tmp_path / "note.txt").read_bytes() == "größer\n".encode()


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    write_bytes(tmp_path / "run.json", b"{}")
    assert os.listdir(tmp_path) == ["run.json"]


def test_the_writer_gets_a_file_of_the_same_folder_and_suffixes(tmp_path: Path) -> None:
    seen: list[Path] = []
    for name in ("model.keras", "model.weights.h5", "checkpoint"):
        replace_with(tmp_path / name, seen.append)
    assert [path.parent for path in seen] == [tmp_path] * 3
    assert seen[0].name.endswith(".keras")
    assert seen[1].name.endswith(".weights.h5")
    assert all(is_temporary(path.name) for path in seen)


@pytest.mark.parametrize("name", ["run.json", "model.keras", ".hidden", "a.part", ".run.part.json", "checkpoint"])
def test_a_result_is_never_taken_for_a_temporary_file(name: str) -> None:
    assert not is_temporary(name)


def test_a_writer_that_fails_leaves_the_old_content_and_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"old")

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise RuntimeError("the model cannot be saved")

    with pytest.raises(RuntimeError, match="cannot be saved"):
        replace_with(path, write)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model.keras"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"Could not write .*gone/run\.json: there is no such file or folder"):
        write_bytes(tmp_path / "gone" / "run.json", b"{}")


def test_a_path_below_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"Could not write .*file/run\.json: a part of this path is a file"):
        write_bytes(tmp_path / "file" / "run.json", b"{}")


def test_a_folder_of_that_name_stays_and_no_temporary_file_either(tmp_path: Path) -> None:
    (tmp_path / "run.json").mkdir()
    with pytest.raises(StorageError, match="Could not write"):
        write_bytes(tmp_path / "run.json", b"{}")
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_full_disk_is_called_that_and_the_old_content_stays(small_disk: Path) -> None:
    path = small_disk / "weights.npz"
    write_bytes(path, b"old")
    with pytest.raises(StorageError, match="the disk is full") as caught:
        write_bytes(path, b"x" * 1_000_000)
    assert caught.value.exit_status == 4
    assert path.read_bytes() == b"old"
    assert os.listdir(small_disk) == ["weights.npz"]


def test_a_kill_in_the_middle_of_a_write_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    path.write_bytes(b"old")
    killed = subprocess.run([sys.executable, "-c", _STOP_MIDWAY, path], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    left = [name for name in os.listdir(tmp_path) if name != "checkpoint"]
    assert len(left) == 1
    assert is_temporary(left[0])


def test_a_kill_at_any_moment_leaves_one_whole_content(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    for delay in (0.0, 0.003, 0.011, 0.02, 0.037):
        process = subprocess.Popen([sys.executable, "-c", _WRITE_FOREVER, path], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired, match="timed out"):
            process.wait(delay)
        process.kill()
        process.wait()
        process.stdout.close()
        if path.exists():
            content = path.read_bytes()
            assert len(content) == 3_000_000
            assert len(set(content)) == 1


def test_a_reserve_holds_one_last_text_on_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "run.json"
    write_text(path, "running")
    reserve(path)
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(4096))
    with pytest.raises(StorageError, match="the disk is full"):
        write_text(path, "failed")
    write_reserved(path, "failed")
    assert path.read_text() == "failed"
    assert sorted(file.name for file in small_disk.iterdir()) == ["ballast", "run.json"]


def test_a_reserve_is_freed_when_it_is_not_needed(tmp_path: Path) -> None:
    reserve(tmp_path / "run.json")
    assert all(is_temporary(file.name) for file in tmp_path.iterdir())
    write_reserved(tmp_path / "run.json", "completed")
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]
