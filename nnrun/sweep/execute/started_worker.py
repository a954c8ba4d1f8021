"""A worker process as its parent sees it: started, sent messages, ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

from nnrun.sweep.execute.worker_main import WorkerContext, ending, worker_main


class StartedWorker:
    """A worker process and the connection to it; it ends with this process.

    Args:
        multiprocessing: the context that makes processes, of `start_server`.
        context: what everything that it trains has in common.
    """

    def __init__(self, multiprocessing: Any, context: WorkerContext) -> None:
        self.connection: Connection
        self.connection, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=worker_main, args=(theirs, context), daemon=True)
        with _nothing_but_nnrun():
            self.process.start()
        theirs.close()
        self.ready = False

    def send(self, chunk: Any) -> None:
        """Sends it what it should train; if it is dead already, that is noticed when its messages are received."""
        with suppress(OSError):
            self.connection.send(chunk)

    def stop(self) -> None:
        """Lets it end by itself."""
        self.send(None)
        self.connection.close()
        self.process.join()

    def kill(self) -> None:
        """Ends it at once."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def how_it_ended(self) -> str:
        """How a dead worker ended, in words that follow "The process"."""
        self.process.join()
        return ending(self.process.exitcode or 0)


@contextmanager
def _nothing_but_nnrun() -> Iterator[None]:
    """Keeps a worker from importing the program that starts it, or what lies in the present folder.

    It starts sooner, and a script that sweeps as it is imported is not run again by every worker.
    """
    main, path = sys.modules["__main__"], sys.path
    sys.modules["__main__"] = ModuleType("__main__")
    sys.path = list(filter(os.path.isabs, path))
    try:
        yield
    finally:
        sys.modules["__main__"], sys.path = main, path
