"""Pictures drawn by a process of its own, which loads matplotlib while the training loads TensorFlow.

It is given a list of drawings for each run. Several runs of one command share a process, which loads matplotlib once.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import IO, Any, Self

from nnrun.plots.picture import Drawing, Drawn, draw, load_all


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

    # The process writes the number of the run, that of the drawing and its file; without a file, a run is drawn.
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


class _Helper:
    """A second process that draws; it has loaded matplotlib already, as this one has, which forks it."""

    def __init__(self) -> None:
        requests, self._requesting = _pipe()
        self._results, results = _pipe()
        parent = os.getpid()
        if os.fork() == 0:
            _end_with(parent)
            # Else it would wait for itself, and who started this process for both of them.
            self._requesting.close()
            self._results.close()
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 0)
            os.dup2(nowhere, 1)
            with suppress(OSError):
                for drawing in _unpickled(requests):
                    _send(draw(drawing), results)
            os._exit(0)
        requests.close()
        results.close()

    def draw(self, drawing: Drawing) -> Drawn:
        """Draws one file.

        Raises:
            OSError, EOFError, UnpicklingError: the process has ended.
        """
        _send(drawing, self._requesting)
        drawn: Drawn = pickle.load(self._results)
        return drawn


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return open(reading, "rb"), open(writing, "wb")


def _send(value: object, stream: IO[bytes]) -> None:
    stream.write(pickle.dumps(value))
    stream.flush()


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
        gc.freeze()  # what is loaded stays; looking through it again and again takes a tenth of the time of drawing
        helper = _Helper() if hasattr(os, "fork") else None  # Windows has no fork
    _end_with(parent)
    for run, drawings in enumerate(_unpickled(sys.stdin.buffer)):
        _draw_run(run, drawings, helper)
    os._exit(0)  # the run need not wait until the interpreter has tidied up


def _draw_run(run: int, drawings: Sequence[Drawing], helper: _Helper | None) -> None:
    """Draws the files of a run in both processes, the longest first, and writes each when it is drawn."""
    waiting = deque(sorted(enumerate(drawings), key=lambda numbered: -numbered[1].effort))
    one_at_a_time = threading.Lock()

    def draw_waiting(drawn_by: Callable[[Drawing], Drawn]) -> None:
        with suppress(IndexError):
            while True:
                number, drawing = waiting.popleft()
                try:
                    result = (run, number, drawn_by(drawing))
                except (OSError, EOFError, pickle.UnpicklingError):  # of the helper: it is gone
                    waiting.append((number, drawing))
                    return
                with one_at_a_time:
                    _send(result, sys.stdout.buffer)

    helping = threading.Thread(target=draw_waiting, args=(helper.draw,)) if helper else None
    if helping:
        helping.start()
    draw_waiting(draw)
    if helping:
        helping.join()
        draw_waiting(draw)  # what the helper has left
    _send((run, len(drawings), None), sys.stdout.buffer)
