"""Pictures drawn by a process of their own, which loads matplotlib while the training loads TensorFlow."""

from __future__ import annotations

import importlib
import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Self


@dataclass(frozen=True)
class Picture:
    """A picture to draw.

    Args:
        name: the file's name.
        function: what draws it, as module and function of this room, such as `curves.draw_history`.
        arguments: what the function takes.
    """

    name: str
    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Drawn:
    """A picture's PNG bytes, or why there are none."""

    name: str
    png: bytes | None
    failure: str | None = None


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

    def draw(self, pictures: Sequence[Picture]) -> Iterator[Drawn]:
        """Draws the pictures, in their order; can be called once."""
        jobs = b"".join(pickle.dumps(picture) for picture in pictures)
        answers = _unpickled(self._process.communicate(jobs)[0])
        for picture in pictures:
            yield next(answers, Drawn(picture.name, None, "the process that draws ended too early"))


def draw(picture: Picture) -> Drawn:
    """Draws one picture in this process."""
    module, function = picture.function.split(".")
    try:
        png = getattr(importlib.import_module(f"nnrun.plots.{module}"), function)(*picture.arguments)
    except Exception as error:
        return Drawn(picture.name, None, f"{type(error).__name__}: {error}")
    return Drawn(picture.name, png)


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Draws what comes in until nothing more does.

    It begins with a picture for nobody: matplotlib and its fonts are loaded by the time the first one comes.
    """
    draw(Picture("", "curves.draw_history", ({"loss": (1.0, 0.5), "val_loss": (1.0, 0.5)}, "")))
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
