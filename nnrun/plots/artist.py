"""Pictures drawn by two processes of their own, which load matplotlib while the training loads TensorFlow."""

import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Any, Self

from nnrun.plots.picture import Drawing, Drawn, draw, load_all

_PROCESSES = 2

# Drawings are numbered in the order in which they were requested.
_Numbered = tuple[int, Drawing]


class Artist:
    """Processes that draw; they end with the block that holds them, and with the process that started them."""

    def __init__(self) -> None:
        # -P: what lies in the present folder is not imported.
        command = [sys.executable, "-P", "-c", f"from {__name__} import main; main()"]
        pipe = subprocess.PIPE
        self._processes = [
            subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) for _ in range(_PROCESSES)
        ]
        self._requested: Sequence[Drawing] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with ExitStack() as stack:
            for process in self._processes:
                stack.enter_context(process)  # which closes what is left of its pipes
                process.kill()

    def begin(self, drawings: Sequence[Drawing]) -> None:
        """Starts to draw these files while the caller does other things; can be called once."""
        self._requested = drawings
        for process, share in zip(self._processes, _shares(list(enumerate(drawings))), strict=True):
            jobs, process.stdin = process.stdin, None
            assert jobs is not None
            with suppress(OSError), jobs:  # the pictures of a process that is gone will be missing
                jobs.write(b"".join(map(pickle.dumps, share)))

    def drawn(self) -> Iterator[Drawn]:
        """The requested files in their order, as soon as all of them are drawn."""
        found: dict[int, Drawn] = {}
        for process in self._processes:
            found |= dict(_unpickled(process.communicate()[0]))
        for i, drawing in enumerate(self._requested):
            yield found.get(i, Drawn(drawing.file, None, "the process that draws ended too early"))


def _shares(drawings: Sequence[_Numbered]) -> list[list[_Numbered]]:
    """A part for each process; all take about the same time."""
    parts: list[list[_Numbered]] = [[] for _ in range(_PROCESSES)]
    for numbered in sorted(drawings, key=lambda numbered: -numbered[1].effort):
        min(parts, key=lambda part: sum(drawing.effort for _, drawing in part)).append(numbered)
    return parts


def _unpickled(data: bytes) -> Iterator[Any]:
    """The objects that arrived whole."""
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        try:
            yield pickle.load(stream)
        except (EOFError, pickle.UnpicklingError):
            return


def main() -> None:
    """Runs in each of the processes: draws the jobs on standard input once matplotlib and its fonts are loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the run decides when to end
    load_all()
    jobs = _unpickled(sys.stdin.buffer.read())
    sys.stdout.buffer.write(b"".join(pickle.dumps((i, draw(drawing))) for i, drawing in jobs))
    sys.stdout.flush()
    os._exit(0)  # the run need not wait until the interpreter has tidied up
