"""Commands of nnrun with and without a warm worker, as processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from experiments import small_mnist

# Of the lines that a run prints, those depend on how fast it is; the folder of a run is named after the time.
_PROGRESS = re.compile(r"^epoch \d+/\d+ .*\n", re.MULTILINE)
_FOLDER = re.compile(r"\d{8}-\d{6}-([a-z]+(?:-[a-z]+)*)(-\d+)?")


@dataclass(frozen=True)
class Ended:
    """How a command has ended: exit status, standard output and error."""

    status: int
    out: str
    err: str

    @property
    def timeless(self) -> tuple[int, str, str]:
        """It without what depends on the time."""
        return self.status, _FOLDER.sub(r"RUN-\1", self.out), _PROGRESS.sub("", _FOLDER.sub(r"RUN-\1", self.err))


@dataclass(frozen=True)
class Terminal:
    """A folder in which commands are run, and the folder in which a worker's socket lies.

    Args:
        folder: where commands run.
        sockets: what `XDG_RUNTIME_DIR` is.
    """

    folder: Path
    sockets: Path

    def start(self, *words: str, warm: str = "use", **environment: str) -> subprocess.Popen[str]:
        """Starts a command."""
        return self._start(["-m", "nnrun", *words], {"NNRUN_WARM": warm, **environment})

    def run(self, *words: str, warm: str = "use", given: str = "", **environment: str) -> Ended:
        """Runs a command to its end."""
        return _ended(self.start(*words, warm=warm, **environment), given)

    def run_python(self, *words: str) -> Ended:
        """Runs Python to its end."""
        return _ended(self._start(list(words), {"NNRUN_WARM": "use"}))

    def _start(self, words: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        given = {name: value for name, value in os.environ.items() if name not in ("CI", "NNRUN_WARM")}
        own = {"XDG_RUNTIME_DIR": str(self.sockets), "KERAS_HOME": str(self.folder / "keras")}
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.folder,
            env={**given, **own, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def cold(self, *words: str, given: str = "") -> Ended:
        """Runs a command without a worker."""
        return self.run(*words, warm="never", given=given)

    def is_idle(self) -> bool:
        """Whether a worker waits for a command."""
        return "ready:" in self.run("warm", "--status").out

    def commands(self) -> int | None:
        """How many commands the worker has run; None where there is none."""
        found = re.search(r"([\d,]+) commands?,", self.run("warm", "--status").out)
        return int(found[1].replace(",", "")) if found else None

    def worker(self) -> int | None:
        """The process of the worker; None where there is none."""
        found = re.match(r"Process (\d+),", self.run("warm", "--status").out)
        return int(found[1]) if found else None

    def newest_run(self) -> Path:
        """The folder of the run that began last."""
        return max((self.folder / "runs").iterdir(), key=lambda path: path.stat().st_ctime_ns)

    def record(self) -> dict[str, object]:
        """The record of that run; nothing as long as there is none."""
        file = self.newest_run() / "run.json"
        return json.loads(file.read_text()) if file.exists() else {}


def _ended(process: subprocess.Popen[str], given: str = "") -> Ended:
    out, err = process.communicate(given, timeout=120)
    return Ended(process.returncode, out, err)


@contextmanager
def terminal_in(folder: Path) -> Iterator[Terminal]:
    """A terminal whose workers end with the block."""
    sockets = folder / "sockets"
    sockets.mkdir(mode=0o700)
    (folder / "work").mkdir()
    small_mnist(folder / "work" / "keras")
    terminal = Terminal(folder / "work", sockets)
    try:
        yield terminal
    finally:
        terminal.run("warm", "--stop")
