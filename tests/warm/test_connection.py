"""Messages and open files between a command and a worker; whatever else arrives is no message."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnrun.warm.command_request import CommandRequest
from nnrun.warm.connection import Connection, connect

Pair = tuple[Connection, Connection]


@pytest.fixture
def pair() -> Iterator[Pair]:
    one, other = map(Connection, socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM))
    with one, other:
        yield one, other


@pytest.mark.parametrize(
    "message", [{}, {"a": [1, None, "ü\udcff"]}, {"long": "x" * 3_000_000}], ids=["", "odd", "long"]
)
def test_a_message_arrives_as_it_was_sent(message: dict[str, object], pair: Pair) -> None:
    sending = threading.Thread(target=pair[0].send, args=(message,))
    sending.start()
    assert pair[1].receive(60) == (message, [])
    sending.join()


def test_open_files_arrive_with_their_message(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("content")
    with (tmp_path / "a").open("rb") as stream:
        pair[0].send({"is": "it"}, [stream.fileno()])
    message, (descriptor,) = pair[1].receive(60)
    assert (message, os.read(descriptor, 100)) == ({"is": "it"}, b"content")
    os.close(descriptor)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"", EOFError),
        (b"\0\0", EOFError),
        (struct.pack("!I", 10) + b"{}", EOFError),
        (struct.pack("!I", 2) + b"[]", ValueError),
        (struct.pack("!I", 2) + b"\xff\xff", ValueError),
        (struct.pack("!I", 2**31), ValueError),
    ],
    ids=["nothing", "half a length", "half a message", "a list", "no text", "too long"],
)
def test_what_is_no_message_is_refused(sent: bytes, error: type[Exception], pair: Pair) -> None:
    pair[0].socket.sendall(sent)
    pair[0].socket.shutdown(socket.SHUT_WR)
    with pytest.raises(error):
        pair[1].receive(60)


def test_a_message_that_does_not_come_is_not_waited_for(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        pair[1].receive(0.01)


def test_where_nobody_listens_there_is_no_connection(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        connect(tmp_path / "no.sock")


def test_a_request_survives_the_way() -> None:
    request = CommandRequest.of_this_process(("train", "a.yaml"))
    assert CommandRequest.from_message(request.as_message()) == request
    assert request.umask == os.umask(request.umask)
    assert request.environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("part", ["arguments", "environment", "umask", "encodings"])
def test_half_a_request_is_none(part: str) -> None:
    message = CommandRequest.of_this_process(()).as_message()
    del message[part]
    with pytest.raises(LookupError):
        CommandRequest.from_message(message)
