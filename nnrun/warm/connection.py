"""A connection between a command and a warm worker: messages in JSON, and open files."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

_LENGTH = struct.Struct("!I")
_MOST_BYTES = 16 << 20  # the environment of a process has at most a few megabytes
_MOST_FILES = 8


class Connection:
    """A connected socket of the Unix family.

    Args:
        connected: the socket, which the connection closes.
    """

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # which wakes a thread that reads
        self.socket.close()

    def send(self, message: dict[str, Any], files: Sequence[int] = ()) -> None:
        """Sends a message, and descriptors of open files with it.

        Raises:
            OSError: the other side is gone.
        """
        content = json.dumps(message).encode()
        header = _LENGTH.pack(len(content))
        if files:
            socket.send_fds(self.socket, [header], files)
        else:
            self.socket.sendall(header)
        self.socket.sendall(content)

    def receive(self, seconds: float | None = None) -> tuple[dict[str, Any], list[int]]:
        """The next message and its open files.

        Args:
            seconds: how long to wait for it; None for any time.

        Raises:
            EOFError: the other side has ended the connection.
            OSError: the other side is gone, or nothing came in time.
            ValueError: it is no message.
        """
        self.socket.settimeout(seconds)
        header, files, _, _ = socket.recv_fds(self.socket, _LENGTH.size, _MOST_FILES)
        try:
            header += self._exactly(_LENGTH.size - len(header))
            (length,) = _LENGTH.unpack(header)
            if length > _MOST_BYTES:
                raise ValueError("the message is too long")
            message = json.loads(self._exactly(length))
            if not isinstance(message, dict):
                raise ValueError("the message is no mapping")
        except BaseException:
            for descriptor in files:
                os.close(descriptor)
            raise
        finally:
            self.socket.settimeout(None)
        return message, files

    def is_of_this_user(self) -> bool:
        """Whether the process at the other end is this user's, where the system tells."""
        if not hasattr(socket, "SO_PEERCRED"):
            return True  # the folder of the socket lets nobody else in
        _, user, _ = struct.unpack("3i", self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return bool(user == os.geteuid())

    def _exactly(self, count: int) -> bytes:
        parts = []
        while count:
            part = self.socket.recv(min(count, 1 << 20))
            if not part:
                raise EOFError("the connection has ended")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def connect(path: os.PathLike[str] | str, seconds: float = 0.5) -> Connection:
    """A connection to the worker that listens there.

    Raises:
        OSError: none listens, or it is another user's.
    """
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(seconds)
    try:
        connected.connect(os.fspath(path))
    except OSError:
        connected.close()
        raise
    found = Connection(connected)
    if not found.is_of_this_user():
        connected.close()
        raise PermissionError("the worker belongs to another user")
    return found
