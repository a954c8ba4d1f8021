"""The end of the connections at which a warm worker takes commands, one at a time."""

from __future__ import annotations

import os
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from nnrun.warm.command_request import CommandRequest
from nnrun.warm.connection import Connection
from nnrun.warm.hand_over import ANSWER_SECONDS, WorkerState

_FILES = 4  # standard streams and the present folder


@dataclass(frozen=True)
class TakenCommand:
    """A command that has come with its open files: standard input, output and error, and the present folder."""

    connection: Connection
    request: CommandRequest
    files: tuple[int, ...]


class WorkerServer:
    """Listens on a socket; answers at once, on a thread of its own, also while a command runs.

    Args:
        path: the socket, which nobody else has while `claim` of its lock holds.
        state: what the worker says of itself; its own `state` is filled in here.
    """

    def __init__(self, path: Path, state: Callable[[], WorkerState]) -> None:
        self.path = path
        self.state = state
        self.commands: queue.Queue[TakenCommand | None] = queue.Queue()
        self.stopping = False
        self._asked_to_stop: list[Connection] = []  # which end with this process
        self._taken = threading.Lock()  # held from the moment a command is promised to be run until it has ended
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def __enter__(self) -> Self:
        with suppress(FileNotFoundError):
            self.path.unlink()
        before = os.umask(0o177)
        try:
            self._listening.bind(os.fspath(self.path))
        finally:
            os.umask(before)
        self._inode = os.lstat(self.path).st_ino
        self._listening.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.refuse_commands()
        with suppress(OSError):
            if self.is_reachable():
                self.path.unlink()
        self._listening.close()

    def is_reachable(self) -> bool:
        """Whether the socket is still there for others to find."""
        with suppress(OSError):
            return os.lstat(self.path).st_ino == self._inode
        return False

    def refuse_commands(self) -> bool:
        """Takes no command any more; False where one was promised to be run and has not ended."""
        return self._taken.acquire(blocking=False)

    def ended(self, command: TakenCommand, status: int, *, last: bool = False) -> None:
        """Tells the client the exit status of its command, and takes the next one unless it was the last."""
        if not last:
            self._taken.release()  # first: the next command may come as soon as the client has its status
        with command.connection, suppress(OSError):
            command.connection.send({"status": status})

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(Connection(connected),), daemon=True).start()

    def _answer(self, connection: Connection) -> None:
        """Answers one client; a command of it goes to the queue, with the connection."""
        promised = False
        try:
            if not connection.is_of_this_user():
                raise PermissionError
            message, files = connection.receive(ANSWER_SECONDS)
            _close(files)
            asked = message.get("ask")
            promised = asked == "run" and not self.stopping and self._taken.acquire(blocking=False)
            ready = promised or (asked != "run" and not self._taken.locked())
            connection.send({**asdict(self.state()), "state": "ready" if ready else "busy"})
            if promised:
                self.commands.put(_received(connection))
                return
            if asked == "stop":
                self._asked_to_stop.append(connection)
                self.stopping = True
                self.commands.put(None)
                return
        except (OSError, EOFError, ValueError, LookupError, TypeError):
            if promised:
                self._taken.release()
        connection.__exit__()


def _received(connection: Connection) -> TakenCommand:
    message, files = connection.receive(ANSWER_SECONDS)
    try:
        if len(files) != _FILES:
            raise ValueError("a command comes with four files")
        return TakenCommand(connection, CommandRequest.from_message(message), tuple(files))
    except BaseException:
        _close(files)
        raise


def _close(files: list[int]) -> None:
    for descriptor in files:
        os.close(descriptor)


def claim(path: Path) -> int | None:
    """Locks the file beside a socket for as long as this process lives; None where another process has it."""
    import fcntl  # which Windows does not have

    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
