"""The main function of a worker process: it trains chunk after chunk and sends what comes of each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from nnrun.errors import Bug, NnrunError

# The first message of a worker; then what its runner gives for each chunk, or the error that ends everything. Of the
# trials of a sweep that is a `TrialOutcome` for each, or a `TrialBlock` or `TrainAlone` for some that are rows of a
# table.
READY = "ready"
# The last message of a worker that has compiled so many programs: nothing frees what TensorFlow and XLA keep of them, a
# few megabytes of each, but the end of the process.
FULL = "full"
_MOST_PROGRAMS = 12


class WorkerRunner(Protocol):
    """What trains in a worker process; it is made there, after TensorFlow is loaded."""

    @property
    def programs(self) -> int:
        """How many programs were compiled."""

    @property
    def may_stop(self) -> bool:
        """Whether nothing is lost if the process ends now."""

    def train(self, chunk: Any) -> Iterator[Any]:
        """Trains a chunk; the messages that come of it."""


class WorkerContext(Protocol):
    """What everything that a worker process trains has in common, as plain values."""

    def make_runner(self) -> WorkerRunner:
        """What trains in this process."""


def worker_main(connection: Connection, context: WorkerContext) -> None:
    """Trains one chunk after another until there are no more, or until its memory is full.

    An error that ends everything is sent instead of a message. The process ends with its parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        from nnrun.model.runtime import import_quietly

        import_quietly()  # loaded already where the process was forked from the server
        runner = context.make_runner()
        connection.send(READY)
        while (chunk := connection.recv()) is not None:
            for message in runner.train(chunk):
                connection.send(message)
                if runner.programs >= _MOST_PROGRAMS and runner.may_stop:
                    connection.send(FULL)
                    os._exit(0)
    except (EOFError, BrokenPipeError):
        pass
    except NnrunError as error:
        connection.send(error)
    except Exception as error:
        connection.send(Bug(f"{type(error).__name__}: {error}"))
    connection.close()
    os._exit(0)  # without tearing TensorFlow down


def ending(status: int) -> str:
    """How a process ended, in words that follow "The process"; the status is negative where a signal ended it."""
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:  # started as a command, with a pipe as its input that ends when the parent does
        sys.stdin.buffer.read()
    else:
        wait([parent.sentinel])
    os._exit(1)


if __name__ == "__main__":
    to_parent = Connection(int(sys.argv[1]))
    worker_main(to_parent, to_parent.recv())
