"""Pictures drawn by a process of their own, which loads matplotlib while the training loads TensorFlow."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, Any, Self

from nnrun.plots.picture import Drawing, Drawn, draw, load_all

# Drawings are numbered in the order in which they were asked for.
_Numbered = tuple[int, Drawing]


class Artist:
    """A process that draws; it ends with the block that holds it, and with the process that made it."""

    def __init__(self) -> None:
        # -P: what lies in the present folder is not imported.
        command = [sys.executable, "-P", "-c", f"from {__name__} import main; main()"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._asked: Sequence[Drawing] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._process:  # which closes what is left of its pipes
            self._process.kill()

    def begin(self, drawings: Sequence[Drawing]) -> None:
        """Lets it draw these files while the caller does other things; can be called once."""
        self._asked = drawings
        jobs, self._process.stdin = self._process.stdin, None
        assert jobs is not None
        with suppress(BrokenPipeError), jobs:  # a process that is gone is noticed when its pictures are missing
            jobs.write(b"".join(pickle.dumps(drawing) for drawing in drawings))

    def drawn(self) -> Iterator[Drawn]:
        """The files that were asked for, in their order, as soon as all of them are drawn."""
        answers = dict(_unpickled(self._process.communicate()[0]))
        for i, drawing in enumerate(self._asked):
            yield answers.get(i, Drawn(drawing.file, None, "the process that draws ended too early"))


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Draws what came in once no more does, half of it in a second process.

    matplotlib and its fonts are loaded by then. Answers are kept until all is drawn: nobody reads them before.
    """
    load_all()
    mine, others = _halves(list(enumerate(_unpickled(jobs.read()))))
    with _drawn_elsewhere(others) as rest:
        drawn = _draw_all(mine)
        answers.write(drawn + rest.read())


def _halves(drawings: Sequence[_Numbered]) -> tuple[list[_Numbered], list[_Numbered]]:
    """Two parts that take about as long as each other."""
    parts: tuple[list[_Numbered], list[_Numbered]] = ([], [])
    for numbered in sorted(drawings, key=lambda numbered: -numbered[1].effort):
        min(parts, key=lambda part: sum(drawing.effort for _, drawing in part)).append(numbered)
    return parts


def _drawn_elsewhere(drawings: Sequence[_Numbered]) -> IO[bytes]:
    """What a second process, which has all that this one has loaded, draws in the meantime."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)  # or it would wait for ever for itself to read, should its parent be gone
        try:
            with open(writing, "wb") as answers:
                answers.write(_draw_all(drawings))
        finally:
            os._exit(0)
    os.close(writing)
    return open(reading, "rb")


def _draw_all(drawings: Sequence[_Numbered]) -> bytes:
    return b"".join(pickle.dumps((i, draw(drawing))) for i, drawing in drawings)


def _unpickled(data: bytes) -> Iterator[Any]:
    """The objects that arrived whole."""
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        try:
            yield pickle.load(stream)
        except (EOFError, pickle.UnpicklingError):
            return


def main() -> None:
    """What the process that draws does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the run decides when to end
    serve(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.flush()
    os._exit(0)  # the run need not wait until the interpreter has tidied up
