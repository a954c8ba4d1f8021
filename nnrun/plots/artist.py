"""Pictures drawn by a process of its own, which loads matplotlib while the training loads TensorFlow."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import IO, Any, Self

from nnrun.plots.picture import Drawing, Drawn, draw, load_all

# Drawings are numbered in the order in which they were requested.
_Numbered = tuple[int, Drawing]


class Artist:
    """A process that draws; it ends with the block that holds it, and with the process that started it."""

    def __init__(self) -> None:
        # -P: what lies in the present folder is not imported.
        command = [sys.executable, "-P", "-c", f"from {__name__} import main; main()"]
        pipe = subprocess.PIPE
        # In a session of its own it gets no signals from the terminal; the run decides when to end.
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._requested: Sequence[Drawing] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._process:  # which closes what is left of its pipes
            self._process.kill()

    def begin(self, drawings: Sequence[Drawing]) -> None:
        """Starts to draw these files while the caller does other things; can be called once."""
        self._requested = drawings
        jobs, self._process.stdin = self._process.stdin, None
        assert jobs is not None
        with suppress(OSError), jobs:  # the pictures of a process that is gone will be missing
            jobs.write(b"".join(map(pickle.dumps, drawings)))

    @property
    def requested(self) -> int:
        """How many files were requested."""
        return len(self._requested)

    def drawn(self, meanwhile: Callable[[int], None] = lambda count: None) -> Iterator[Drawn]:
        """The requested files in their order, as soon as all of them are drawn.

        Args:
            meanwhile: is called again and again until then, with how many are drawn; an exception ends the wait.
        """
        arriving: SimpleQueue[tuple[int, Drawn] | None] = SimpleQueue()
        threading.Thread(target=self._receive, args=(arriving,), daemon=True).start()
        found: dict[int, Drawn] = {}
        while True:
            meanwhile(len(found))
            with suppress(Empty):
                if (arrived := arriving.get(timeout=0.1)) is None:
                    break
                found[arrived[0]] = arrived[1]
        for i, drawing in enumerate(self._requested):
            yield found.get(i, Drawn(drawing.file, None, "the process that draws ended too early"))

    def _receive(self, arriving: SimpleQueue[tuple[int, Drawn] | None]) -> None:
        """Passes on what the process has drawn; None at its end."""
        assert self._process.stdout is not None
        with suppress(ValueError):  # the block that holds this process has closed its pipes
            for numbered in _unpickled(self._process.stdout):
                arriving.put(numbered)
        arriving.put(None)


def _shares(drawings: Sequence[_Numbered], processes: int) -> list[list[_Numbered]]:
    """A part for each process; all take about the same time."""
    parts: list[list[_Numbered]] = [[] for _ in range(processes)]
    for numbered in sorted(drawings, key=lambda numbered: -numbered[1].effort):
        min(parts, key=lambda part: sum(drawing.effort for _, drawing in part)).append(numbered)
    return parts


def _draw_all(drawings: Sequence[_Numbered], write: Callable[[bytes], object]) -> None:
    for i, drawing in drawings:
        write(pickle.dumps((i, draw(drawing))))


def _drawn_in_fork(drawings: Sequence[_Numbered]) -> IO[bytes]:
    """What a second process draws in the meantime; a fork has matplotlib loaded already."""
    reading, writing = os.pipe()
    parent = os.getpid()
    if os.fork() == 0:
        _end_with(parent)
        os.close(reading)  # otherwise it would wait for itself to read, should its parent be gone
        try:
            with open(writing, "wb") as results:

                def write(data: bytes) -> None:
                    results.write(data)
                    results.flush()

                _draw_all(drawings, write)
        finally:
            os._exit(0)
    os.close(writing)
    return open(reading, "rb")


def _unpickled(stream: IO[bytes]) -> Iterator[Any]:
    """The objects that arrive whole."""
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            yield pickle.load(stream)


def _end_with(parent: int) -> None:
    """Ends this process soon after its parent, however that ends."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Runs in the process that draws: draws the jobs on standard input once matplotlib and its fonts are loaded."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where there are no sessions
    load_all()
    drawings = list(enumerate(_unpickled(sys.stdin.buffer)))
    mine, *others = _shares(drawings, 2 if hasattr(os, "fork") else 1)  # Windows has no fork
    forks = [_drawn_in_fork(share) for share in others]
    _end_with(parent)
    one_at_a_time = threading.Lock()

    def write(data: bytes) -> None:
        with one_at_a_time:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()

    def pass_on(results: IO[bytes]) -> None:
        for numbered in _unpickled(results):
            write(pickle.dumps(numbered))

    threads = [threading.Thread(target=pass_on, args=(results,)) for results in forks]
    for thread in threads:
        thread.start()
    _draw_all(mine, write)
    for thread in threads:
        thread.join()
    os._exit(0)  # the run need not wait until the interpreter has tidied up
