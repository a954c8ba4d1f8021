"""A command with many trainings goes on in a fresh process, which takes the place of the one that is full.

Nothing else frees what TensorFlow and XLA keep of compiled programs: ten megabytes of each, and some 170 memory maps,
of which Linux allows a process 65,530.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click

from nnrun.cli.handing_over import WholeCommandLine
from nnrun.cli.signals import present_command, raise_if_interrupted
from nnrun.runs.storage_errors import temporary_file_errors

# Names the open file with what the process before has left.
_VARIABLE = "_NNRUN_LEFT"


@dataclass(frozen=True)
class LeftToTrain:
    """What is left of a command. The names are those of its first process: `latest` may be another run by now.

    Args:
        files: the experiments and runs that are still to be trained.
        start: the run whose weights they start from, if any.
        baseline: what their expectations compare with, if anything.
        status: the worst exit status so far.
    """

    files: tuple[Path, ...]
    start: Path | None = None
    baseline: Path | None = None
    status: int = 0


def left_by_process_before() -> LeftToTrain | None:
    """What is left of this command, where this process has taken the place of one; known to the first call alone."""
    number = os.environ.pop(_VARIABLE, None)
    if number is None:
        return None
    with open(int(number), encoding="ascii") as stream:
        left = json.load(stream)
    start, baseline = (Path(text) if text is not None else None for text in left["runs"])
    return LeftToTrain(tuple(map(Path, left["files"])), start, baseline, left["status"])


def replaceable_command() -> WholeCommandLine | None:
    """The command of this process, if a fresh one can take its place: not in a warm worker, and not on Windows."""
    command = click.get_current_context().find_object(WholeCommandLine)
    return command if hasattr(os, "fork") else None  # Windows would start another process and end this one


def go_on_in_fresh_process(command: WholeCommandLine, left: LeftToTrain) -> NoReturn:
    """Replaces this process by one with the same command line, which trains what is left.

    Args:
        command: the command of this process.
        left: what is left of it.

    Raises:
        Interrupted: a signal came.
        StorageError: there is no room for a temporary file.
    """
    import tempfile

    runs = [str(path) if path is not None else None for path in (left.start, left.baseline)]
    text = json.dumps({"files": list(map(str, left.files)), "runs": runs, "status": left.status})
    with temporary_file_errors():
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open for the next process
        stream.write(text.encode("ascii"))
        stream.seek(0)
    os.set_inheritable(stream.fileno(), True)
    raise_if_interrupted()
    for output in (sys.stdout, sys.stderr):
        output.flush()
    present_command().finish(left.status)
    os.execve(sys.executable, sys.orig_argv, {**command.environment, _VARIABLE: str(stream.fileno())})
