"""Pictures drawn by a process of its own, which loads matplotlib while the training loads TensorFlow.

It is given a list of drawings for each run. Several runs of one command share a process, which loads matplotlib once.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import IO, Any, Self

from nnrun.plots.picture import Drawing, Drawn, draw, load_all

# Drawings are numbered in the order in which they were requested.
_Numbered = tuple[int, Drawing]
# What the process writes: the number of the run, that of the drawing and its file; without a file, a run is drawn.
_Result = tuple[int, int, Drawn | None]


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
        self._run = -1
        self._awaited = False  # whether this run has requested files that are not drawn yet

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError), self._process:  # which closes its pipes, with what a process that is gone did not take
            self._process.kill()

    def begin(self, drawings: Sequence[Drawing]) -> None:
        """Starts to draw these files while the caller does other things; once for each run."""
        self._requested = drawings
        self._run += 1
        self._awaited = True
        assert self._process.stdin is not None
        with suppress(OSError):  # the pictures of a process that is gone will be missing
            self._process.stdin.write(pickle.dumps(list(drawings)))
            self._process.stdin.flush()

    @property
    def is_alive(self) -> bool:
        """Whether the process can draw."""
        return self._process.poll() is None

    @property
    def requested(self) -> int:
        """How many files were requested."""
        return len(self._requested)

    def drawn(self, meanwhile: Callable[[int], None] = lambda count: None) -> Iterator[Drawn]:
        """The requested files in their order, as soon as all of them are drawn; nothing where none were requested.

        Args:
            meanwhile: is called again and again until then, with how many are drawn; an exception ends the wait.
        """
        if not self._awaited:
            return
        arriving: SimpleQueue[tuple[int, Drawn] | None] = SimpleQueue()
        threading.Thread(target=self._receive, args=(arriving,), daemon=True).start()
        found: dict[int, Drawn] = {}
        while True:
            meanwhile(len(found))
            with suppress(Empty):
                if (arrived := arriving.get(timeout=0.1)) is None:
                    break
                found[arrived[0]] = arrived[1]
        self._awaited = False
        for i, drawing in enumerate(self._requested):
            yield found.get(i, Drawn(drawing.file, None, "the process that draws ended too early"))

    def _receive(self, arriving: SimpleQueue[tuple[int, Drawn] | None]) -> None:
        """Passes on what the process has drawn for this run; None when that is all, or the process has ended."""
        assert self._process.stdout is not None
        with suppress(ValueError):  # the block that holds this process has closed its pipes
            for run, number, drawn in _unpickled(self._process.stdout):
                if run == self._run and drawn is None:
                    break
                if run == self._run:  # and not of an earlier one that failed
                    arriving.put((number, drawn))
        arriving.put(None)


def artist_for(plotted: bool, shared: Artist | None) -> AbstractContextManager[Artist | None]:
    """Who draws the pictures of a run inside a block: the process of several runs, one of its own, or nobody.

    Args:
        plotted: whether the pictures are drawn.
        shared: the process of several runs, if there is one.
    """
    return nullcontext(shared) if shared or not plotted else Artist()


def _shares(drawings: Sequence[_Numbered], processes: int) -> list[list[_Numbered]]:
    """A part for each process; all take about the same time."""
    parts: list[list[_Numbered]] = [[] for _ in range(processes)]
    for numbered in sorted(drawings, key=lambda numbered: -numbered[1].effort):
        min(parts, key=lambda part: sum(drawing.effort for _, drawing in part)).append(numbered)
    return parts


def _draw_all(run: int, drawings: Sequence[_Numbered], write: Callable[[_Result], object]) -> None:
    for i, drawing in drawings:
        write((run, i, draw(drawing)))


def _drawn_in_fork(run: int, drawings: Sequence[_Numbered]) -> IO[bytes]:
    """What a second process draws in the meantime; a fork has matplotlib loaded already."""
    reading, writing = os.pipe()
    parent = os.getpid()
    if os.fork() == 0:
        _end_with(parent)
        os.close(reading)  # otherwise it would wait for itself to read, should its parent be gone
        try:
            with open(writing, "wb") as results:

                def write(result: _Result) -> None:
                    results.write(pickle.dumps(result))
                    results.flush()

                _draw_all(run, drawings, write)
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


@contextmanager
def _ending_with(parent: int) -> Iterator[None]:
    """As `_end_with`, inside a block, without a thread: the process is forked after it."""

    def look(number: int, frame: FrameType | None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    if not hasattr(signal, "setitimer"):  # on Windows
        yield
        return
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Runs in the process that draws: draws what is requested once matplotlib and its fonts are loaded."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where there are no sessions
    with _ending_with(parent):
        load_all()
    for run, drawings in enumerate(_unpickled(sys.stdin.buffer)):
        _draw_run(run, drawings, parent)
    os._exit(0)  # the run need not wait until the interpreter has tidied up


def _draw_run(run: int, drawings: Sequence[Drawing], parent: int) -> None:
    """Draws the files of a run and writes each when it is drawn."""
    mine, *others = _shares(list(enumerate(drawings)), 2 if hasattr(os, "fork") else 1)  # Windows has no fork
    forks = [_drawn_in_fork(run, share) for share in others]
    if run == 0:
        _end_with(parent)
    one_at_a_time = threading.Lock()

    def write(result: _Result) -> None:
        with one_at_a_time:
            sys.stdout.buffer.write(pickle.dumps(result))
            sys.stdout.flush()

    def pass_on(results: IO[bytes]) -> None:
        with results:
            for result in _unpickled(results):
                write(result)

    threads = [threading.Thread(target=pass_on, args=(results,)) for results in forks]
    for thread in threads:
        thread.start()
    _draw_all(run, mine, write)
    for thread in threads:
        thread.join()
    write((run, len(drawings), None))
