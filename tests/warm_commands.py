"""Commands of nnrun with and without a warm worker, as processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from experiments import small_mnist
from nnrun.warm.hand_over import WorkerState, ask_worker

# Of the lines that a run prints, those depend on how fast it is; the folder of a run is named after the time.
# Epochs are printed so often as the speed allows; a worker need not load TensorFlow, nor compile a program again.
_PROGRESS = re.compile(r"^(?:epoch \d+/\d+|loading TensorFlow|compiling) .*\n", re.MULTILINE)
# How long a command may take, and how long something is waited for, on a busy machine.
_LONGEST, _PATIENCE = 600, 300
_FOLDER = re.compile(r"\d{8}-\d{6}-([a-z]+(?:-[a-z]+)*)(-\d+)?")


@dataclass(frozen=True)
class Ended:
    """How a command has ended: exit status, standard output and error."""

    status: int
    out: str
    err: str

    @property
    def timeless(self) -> tuple[int, str, str]:
        """It without what depends on the time, and without the stages that a worker leaves out."""
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
        return self._start([sys.executable, "-m", "nnrun", *words], {"NNRUN_WARM": warm, **environment})

    def run(self, *words: str, warm: str = "use", given: str = "", **environment: str) -> Ended:
        """Runs a command to its end."""
        return _ended(self.start(*words, warm=warm, **environment), given)

    def run_program(self, *words: str) -> Ended:
        """Runs another program to its end."""
        return _ended(self._start(list(words), {"NNRUN_WARM": "use"}))

    def run_in_shell(self, line: str, *words: str, warm: str = "use") -> Ended:
        """Runs a line of the shell to its end, in which a command of nnrun is "$@"."""
        command = ["sh", "-c", line, "sh", sys.executable, "-m", "nnrun", *words]
        return _ended(self._start(command, {"NNRUN_WARM": warm}))

    def _start(self, words: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        given = {name: value for name, value in os.environ.items() if name not in ("CI", "NNRUN_WARM")}
        own = {"XDG_RUNTIME_DIR": str(self.sockets), "KERAS_HOME": str(self.folder / "keras")}
        return subprocess.Popen(
            words,
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

    def start_worker(self, **settings: object) -> None:
        """Starts a worker with settings of `WorkerOptions`, which need not load TensorFlow, in place of any other."""
        self.run("warm", "--stop")
        program = (
            "from nnrun.cli.handing_over import worker_options; from nnrun.warm.worker_start import start_worker; "
        )
        program += f"start_worker(worker_options(None, None, create=True, **{settings!r}))"
        ended = self.run_program(sys.executable, "-c", program)
        assert ended.status == 0, ended.err

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Waits until a condition holds."""
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def wait_for_next_second(self) -> None:
        """Waits until a new run starts in another second than the newest: else its name is longer, which moves the end
        of a line.
        """
        started = datetime.fromisoformat(str(self.record()["started"]))
        self.wait_for(lambda: datetime.now(UTC) > started.replace(microsecond=0) + timedelta(seconds=1))

    def state(self) -> WorkerState | None:
        """What the worker says of itself, as `nnrun warm --status` asks it; None where there is none."""
        for path in sorted((self.sockets / "nnrun-warm").glob("*.sock")):
            with suppress(OSError, EOFError, ValueError):
                return ask_worker(path, "state")
        return None

    def is_idle(self) -> bool:
        """Whether a worker waits for a command, with TensorFlow loaded."""
        state = self.state()
        return state is not None and state.state == "ready" and state.device is not None

    def commands(self) -> int | None:
        """How many commands the worker has run; None where there is none."""
        state = self.state()
        return state.commands if state else None

    def worker(self) -> int | None:
        """The process of the worker; None where there is none."""
        state = self.state()
        return state.pid if state else None

    def newest_run(self) -> Path:
        """The folder of the run that began last."""
        return max(self.runs(), key=lambda path: path.stat().st_ctime_ns)

    def runs(self) -> list[Path]:
        """The folders of all runs."""
        return list((self.folder / "runs").glob("[!.]*/"))

    def record(self, run: Path | None = None) -> dict[str, object]:
        """The record of a run, by default of that one; nothing as long as there is none."""
        file = (run or self.newest_run()) / "run.json"
        return json.loads(file.read_text()) if file.exists() else {}


def _ended(process: subprocess.Popen[str], given: str = "") -> Ended:
    out, err = process.communicate(given, timeout=_LONGEST)
    return Ended(process.returncode, out, err)


def lives(process: int | str | None) -> bool:
    """Whether a process has not ended; one that has may wait for its parent to notice."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@contextmanager
def terminal_in(folder: Path) -> Iterator[Terminal]:
    """A terminal whose workers end with the block."""
    (folder / "work").mkdir()
    small_mnist(folder / "work" / "keras")
    with tempfile.TemporaryDirectory(prefix="nnrun-", dir="/tmp") as sockets:  # whose paths have to be short
        terminal = Terminal(folder / "work", Path(sockets))
        try:
            yield terminal
        finally:
            terminal.run("warm", "--stop")
