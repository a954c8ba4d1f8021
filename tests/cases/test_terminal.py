"""No silent second: what the commands show in a real terminal, and in a file, while they work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from busy import TRIES, empty_seconds, machine_factor

from experiments import EXPERIMENTS

pty = pytest.importorskip("pty")  # which Windows does not have

pytestmark = pytest.mark.keras
slow = pytest.mark.slow

XOR = str(EXPERIMENTS / "xor.yaml")
SHORT = ("--set", "expect=[]", "--set", "epochs=3")
# What changes what a terminal shows, and keeps no bytecode: the second of two commands takes its modules compiled.
UNSET = ("CI", "NO_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")
# The command itself notes how busy it was: who reads what it shows may have to wait.
NOTING = """
import os, time
from nnrun.cli.entry import main
from nnrun.cli.stage_line import StageLine

def show(line, stage, show=StageLine.show):
    show(line, stage)
    if not os.path.exists(os.environ["NNRUN_TEST_BUSY"]):
        with open(os.environ["NNRUN_TEST_BUSY"], "w") as file:
            file.write(str(time.process_time()))

StageLine.show = show
main()
"""
_CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|[⠀-⣿] ")


@dataclass
class Session:
    """What a command has written to a terminal: the seconds since its start and the text of each piece.

    `busy` are the seconds of the processor that the command had taken when it had shown its first stage: 0.3 to 0.5,
    less than those of thirty empty Python processes.
    """

    pieces: list[tuple[float, str]]
    status: int
    busy: float

    @property
    def text(self) -> str:
        return _CODES.sub("", "".join(text for _, text in self.pieces))

    @property
    def longest_silence(self) -> float:
        moments = [0.0, *(moment for moment, _ in self.pieces)]
        return max(b - a for a, b in pairwise(moments))


def in_terminal(folder: Path, *arguments: str, **more: str) -> Session:
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    noted = folder / "busy"
    noted.unlink(missing_ok=True)
    began = time.monotonic()
    reading, writing = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", NOTING, *arguments],
        cwd=folder,
        env={**environment, "TERM": "xterm", "NNRUN_TEST_BUSY": str(noted), **more},
        stdin=writing,
        stdout=writing,
        stderr=writing,
    )
    os.close(writing)
    pieces = []
    try:
        while data := os.read(reading, 65536):
            pieces.append((time.monotonic() - began, data.decode(errors="replace")))
    except OSError:  # the end of a terminal, on Linux
        pass
    os.close(reading)
    return Session(pieces, process.wait(), float(noted.read_text()) if noted.exists() else 0.0)


TRAINING = ("reading ", "loading TensorFlow 2.", "building …", "compiling (xla) …", "predicting", "drawing ")

# The file is read before the first line can be seen.
EXPLAINING = ("loading TensorFlow 2.", "building …", "training up to step 9 …", "computing step 9 …")

RESUMING = (
    *("reading ", "without interruption: loading", "without interruption: compiling (graph) …"),
    *("up to epoch", "resumed from epoch"),
)

GRAPH = tuple(stage.replace("xla", "graph") for stage in TRAINING)


@pytest.mark.parametrize(
    ("arguments", "stages"),
    [
        (("train", XOR), TRAINING),
        pytest.param(("train", XOR, *SHORT), GRAPH, marks=slow),
        (("sweep", XOR, "--grid", "seed=0..4"), ("checking the trials", "loading TensorFlow 2.", "writing tables")),
        (("explain", XOR, "--step", "9"), EXPLAINING),
        (("check-resume", XOR, *SHORT), RESUMING),
        pytest.param(("doctor",), ("loading TensorFlow 2.",), marks=slow),
    ],
    ids=lambda value: value[0].strip(),
)
def test_a_terminal_sees_every_stage_and_is_never_silent(arguments, stages, tmp_path):
    """One of six tries will do for the times: on a crowded machine the command itself may have to wait."""
    assert any(is_lively(tmp_path, arguments, stages) for _ in range(2 * TRIES))


def is_lively(folder: Path, arguments: tuple[str, ...], stages: tuple[str, ...]) -> bool:
    factor, empty = machine_factor(), empty_seconds(os.environ)
    session = in_terminal(folder, *arguments)
    assert (session.status, session.busy > 0) == (0, True)
    positions = [session.text.find(stage) for stage in stages]
    assert -1 not in positions
    assert positions == sorted(positions)
    assert arguments[0] != "check-resume" or "drawing" not in session.text  # what it compares has no pictures
    return session.busy < 30 * empty and session.longest_silence < 1.5 * max(factor, machine_factor())


@pytest.mark.parametrize(
    "arguments",
    [("train", XOR, "--no-animation"), ("sweep", XOR, "--grid", "seed=0..1")],
    ids=lambda arguments: arguments[0],
)
def test_a_quiet_command_prints_its_folder_alone_however_strict_warnings_are(arguments, tmp_path):
    session = in_terminal(tmp_path, *arguments, "--quiet", PYTHONWARNINGS="error")  # libraries have some to tell
    assert session.status == 0, session.text
    assert re.fullmatch(r"runs/\S+\r\n", session.text)
