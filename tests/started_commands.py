"""Commands of nnrun that run while a test goes on, and what their runs have recorded."""

import json
import os
import subprocess
import sys
from pathlib import Path


def start(
    *arguments: str, cwd: Path, program: tuple[str, ...] = ("-m", "nnrun"), **environment: str
) -> subprocess.Popen[str]:
    """Starts a command of nnrun, or a program that runs it, which no signal of the tests' own terminal reaches."""
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def record_in(runs: Path) -> dict[str, object]:
    """The record of the only run in a folder."""
    (folder,) = runs.iterdir()
    return json.loads((folder / "run.json").read_text())
