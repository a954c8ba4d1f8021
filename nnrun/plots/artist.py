"""Pictures drawn by a process of their own, which loads matplotlib while the training loads TensorFlow."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Self

from nnrun.plots.picture import Drawing, Drawn, draw, load_all


class Artist:
    """A process that draws; it ends with the block that holds it, and with the process that made it."""

    def __init__(self) -> None:
        # -P: what lies in the present folder is not imported.
        command = [sys.executable, "-P", "-c", f"from {__name__} import main; main()"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def draw(self, drawings: Sequence[Drawing]) -> Iterator[Drawn]:
        """Draws files, in their order; can be called once."""
        jobs = b"".join(pickle.dumps(drawing) for drawing in drawings)
        answers = _unpickled(self._process.communicate(jobs)[0])
        for drawing in drawings:
            yield next(answers, Drawn(drawing.file, None, "the process that draws ended too early"))


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Draws what comes in until nothing more does; matplotlib and its fonts are loaded by the time the first comes."""
    load_all()
    while jobs.peek(1):  # type: ignore[attr-defined]
        answers.write(pickle.dumps(draw(pickle.load(jobs))))


def _unpickled(data: bytes) -> Iterator[Drawn]:
    """The answers that arrived whole."""
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
