"""The folder and the socket of warm workers: the user's own, or none is used."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nnrun.cli.main import run
from nnrun.errors import StorageError
from nnrun.warm.socket_place import has_sockets, socket_folder, socket_of, sockets


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a short name, in which sockets can lie."""
    with tempfile.TemporaryDirectory(prefix="nnrun-", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def make_folder(mode: int = 0o700) -> Path:
    folder = socket_folder()
    folder.mkdir()
    folder.chmod(mode)
    return folder


def test_the_folder_is_made_for_the_user_alone() -> None:
    path = socket_of("k", create=True)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert sockets() == []
    assert not has_sockets()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        assert sockets() == [path]
        assert has_sockets()


def open_to_others() -> None:
    make_folder(0o755)


def a_file() -> None:
    socket_folder().write_text("")


def a_link() -> None:
    socket_folder().symlink_to("/tmp")


def a_socket_that_is_a_file() -> None:
    (make_folder() / "k.sock").write_text("")


def a_socket_that_is_a_link() -> None:
    (make_folder() / "k.sock").symlink_to("/run/other.sock")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (open_to_others, "is open to other users"),
        (a_file, "is not what nnrun has made"),
        (a_link, "is not what nnrun has made"),
        (a_socket_that_is_a_file, "is not what nnrun has made"),
        (a_socket_that_is_a_link, "is not what nnrun has made"),
    ],
)
def test_what_is_not_the_users_own_is_refused(make: Callable[[], None], reason: str) -> None:
    make()
    with pytest.raises(StorageError, match=reason):
        socket_of("k")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_belongs_to_another_user_is_refused() -> None:
    folder = make_folder()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "k.sock"))
    os.chown(folder / "k.sock", 65534, 65534)
    with pytest.raises(StorageError, match=r"k\.sock belongs to another user"):
        socket_of("k")
    os.chown(folder, 65534, 65534)
    with pytest.raises(StorageError, match="nnrun-warm belongs to another user"):
        socket_of("k")


def test_a_path_too_long_for_a_socket_is_refused(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime / ("x" * 90)))
    with pytest.raises(StorageError, match="too long"):
        socket_of("k")


def test_where_no_folder_can_be_a_worker_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("NNRUN_WARM", "use")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/dev/full")
    assert run(["warm"]) == 4
    assert re.match("Could not create /dev/full/nnrun-warm", capsys.readouterr().err)


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("NNRUN_WARM", "never")])
def test_where_none_is_wanted_none_is_started(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NNRUN_WARM", "use")
    monkeypatch.setenv(name, value)
    assert run(["warm"]) == 64
    assert "Warm workers are not used" in capsys.readouterr().err
    assert not socket_folder().exists()
