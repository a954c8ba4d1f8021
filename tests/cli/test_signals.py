"""SIGINT, SIGTERM and SIGHUP at any moment: the exit status, in time, nothing left behind, and what can be resumed.

As a script it sends so many signals at random and prints what came of them:
    PYTHONPATH=.:tests python tests/cli/test_signals.py 300
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from busy import TRIES, machine_factor
from started_commands import record_in, start

from experiments import EXPERIMENTS

pytestmark = pytest.mark.keras

XOR = str(EXPERIMENTS / "xor.yaml")
MOONS = str(EXPERIMENTS / "moons.yaml")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOST_SECONDS = 10
# One command after the other, in one process.
SEVERAL = "import json, sys; from nnrun.cli.main import run; sys.exit(max(map(run, json.loads(sys.argv[1]))))"
BARE = ("--no-plots", "--no-report")
LONGER = ("--set", "epochs=1000", "--set", "expect=[]", "--runs-dir", "runs")
GRID = ("--grid", "seed=0..2", "--grid", "layers.0.units=[4, 5, 6]", "--set", "epochs=300", "--set", "expect=[]")
# Each command, and about how many seconds it takes.
COMMANDS = {
    "train": (("train", MOONS, *LONGER), 5),
    "resume": (("resume", "runs/interrupted"), 5),
    "sweep": (("sweep", XOR, *GRID, "--runs-dir", "runs"), 6),
    "sweep --jobs 2": (("sweep", XOR, *GRID, "--runs-dir", "runs", "--jobs", "2"), 7),
    "check-resume": (("check-resume", MOONS, "--set", "epochs=600"), 7),
    "plot": (("plot", "runs/completed"), 4),
    "report": (("report", "runs/sweep"), 2),
    "explain": (("explain", XOR), 5),
    "check": (("check", XOR), 0.5),
}
# What is there when a command is at work, a table with more than its header; and what of `Workshop` a command is about.
AT_WORK = {"train": "runs/*/metrics.csv", "sweep --jobs 2": "runs/*/trials/0*", "check": "tmp"}
SUBJECTS = {"resume": "interrupted", "plot": "completed", "report": "sweep"}


@dataclass
class Case:
    """A command that gets signals.

    Args:
        command: one of `COMMANDS`.
        delay: seconds before the first, from its start or from when `at_work` is there.
        signals: which signals, and how long after the one before each is sent.
        group: whether all processes get them, as those of a terminal do.
        at_work: what is there when the command is at work; nothing if that does not matter.
    """

    command: str
    delay: float
    signals: list[tuple[int, float]]
    group: bool
    at_work: str = ""
    problems: list[str] = field(default_factory=list)
    status: int | None = None


class Workshop:
    """Runs the commands, with signals, in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup would have ignored
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell would have ignored in the background

    @cached_property
    def completed(self) -> Path:
        """A run that never stopped."""
        if not (self.folder / "completed").exists():
            self.train(self.folder / "completed").communicate()
        return next((self.folder / "completed").iterdir())

    @cached_property
    def interrupted(self) -> Path:
        """The same run, interrupted."""
        for number in range(TRIES):  # where this process has to wait, the run may be over
            runs = self.folder / f"interrupted-{number}"
            process = self.train(runs)
            assert process.stderr is not None
            for line in process.stderr:
                if line.startswith("epoch "):
                    break
            process.send_signal(signal.SIGINT)
            process.communicate()
            if record_in(runs)["status"] == "interrupted":
                break
        assert record_in(runs)["status"] == "interrupted"
        return next(runs.iterdir())

    @cached_property
    def sweep(self) -> Path:
        """A sweep that never stopped."""
        start(*COMMANDS["sweep"][0][:-1], str(self.folder / "sweep"), cwd=self.folder).communicate()
        return next((self.folder / "sweep").iterdir())

    def train(self, runs: Path) -> subprocess.Popen[str]:
        return start(*COMMANDS["train"][0][:-1], str(runs), *BARE, cwd=self.folder)

    def new_folder(self, command: str) -> Path:
        """A folder with the run or the sweep that a command is about, and a folder for temporary files."""
        folder = self.folder / uuid4().hex
        for name in ("tmp", "runs"):
            (folder / name).mkdir(parents=True)
        if name := SUBJECTS.get(command):
            shutil.copytree(getattr(self, name), folder / "runs" / name)
        return folder

    def random_case(self, rng: random.Random, command: str) -> Case:
        signals = [(rng.choice(SIGNALS), 0.0)]
        if rng.random() < 0.4:
            signals.append((rng.choice(SIGNALS), rng.choice([0.0, 0.05, rng.uniform(0, 3)])))
        early = rng.random() < 0.2
        delay = rng.uniform(0.03, 0.3) if early else rng.uniform(0.1, COMMANDS[command][1])
        return Case(command, delay, signals, group=rng.random() < 0.5)

    def try_out(self, case: Case, *, resumed: bool) -> Case:
        """Runs a command and sends it its signals; the problems that came of it."""
        folder, mark = self.new_folder(case.command), uuid4().hex
        process = start(*COMMANDS[case.command][0], cwd=folder, TMPDIR=str(folder / "tmp"), NNRUN_TEST=mark)
        while case.at_work and process.poll() is None and not self._is_at_work(process.pid, folder, case):
            time.sleep(0.02)
        time.sleep(case.delay)
        has_started = _takes_signals(process.pid)
        began = time.monotonic()
        for number, pause in case.signals:
            time.sleep(pause)
            if process.poll() is None:
                os.killpg(process.pid, number) if case.group else process.send_signal(number)
        try:
            told = process.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            told = process.communicate()[1]
        taken = time.monotonic() - began - sum(pause for _, pause in case.signals)
        case.status = process.returncode
        if not has_started and process.returncode in (-case.signals[0][0], 1):
            return case  # Python itself had not, in which a signal does what it does to every Python program
        first = case.signals if case.signals[-1][1] == 0 else case.signals[:1]  # the system may swap two at once
        if process.returncode not in (0, *(130 if number == signal.SIGINT else 143 for number, _ in first)):
            case.problems.append(f"status {process.returncode}")
        if taken > MOST_SECONDS * machine_factor():
            case.problems.append(f"{taken:.1f} s")
        if "Traceback" in told or "bug" in told:
            case.problems.append(told)
        if case.command == "check-resume" and "nnrun resume" in told:
            case.problems.append(told)
        case.problems += self._left_behind(folder, mark) + self._untrue(folder / "runs")
        if case.command == "train" and case.at_work and case.status:
            case.problems += self._untold(folder, told)
        if resumed and not case.problems:
            case.problems += self._resumed(folder, case.command)
        if not case.problems:
            shutil.rmtree(folder)
        else:
            case.problems.append(f"in {folder}: {told}")
        return case

    @staticmethod
    def _is_at_work(pid: int, folder: Path, case: Case) -> bool:
        return _takes_signals(pid) and _is_there(folder, case.at_work)

    def _left_behind(self, folder: Path, mark: str) -> list[str]:
        until = time.monotonic() + MOST_SECONDS * machine_factor()
        while (left := _processes(mark)) and time.monotonic() < until:
            time.sleep(0.05)
        files = [*(folder / "tmp").iterdir(), *(folder / "runs").rglob("*.part*"), *(folder / "runs").rglob(".lock")]
        return [f"process {name}" for name in left] + [f"file {path.relative_to(folder)}" for path in files]

    def _untold(self, folder: Path, told: str) -> list[str]:
        """What is missing in the last words of a training, in its log and in its metrics."""
        (run,) = (folder / "runs").iterdir()
        remedy = f"\n  Resume with: nnrun resume runs/{run.name}\n"
        logged = (run / "run.log").read_text(encoding="utf-8").endswith(told[-len(remedy) :])
        epochs = (run / "metrics.csv").read_text().count("\n") > 1
        found = {"remedy": told.endswith(remedy), "log": logged, "epochs": epochs}
        return [name for name, is_there in found.items() if not is_there]

    def _untrue(self, runs: Path) -> list[str]:
        records = {
            path: json.loads(path.read_text()) for name in ("run", "sweep") for path in runs.rglob(f"{name}.json")
        }
        statuses = {path: record["status"] for path, record in records.items()}
        wrong = [f"{path}: {status}" for path, status in statuses.items() if status not in ("completed", "interrupted")]
        return wrong + [str(path) for path in runs.iterdir() if not any(path == one.parent for one in records)]

    def _resumed(self, folder: Path, command: str) -> list[str]:
        """What differs from an uninterrupted run or sweep once that of the command is resumed."""
        problems = []
        for path in (folder / "runs").iterdir():
            if path.name in ("completed", "sweep", *(["interrupted"] if command != "resume" else [])):
                continue
            swept = path.joinpath("sweep.json").exists()
            words = [("resume", "-q", str(path), *(() if swept else BARE))]
            if not swept and not (self.folder / "completed").exists():  # which one process trains as well as resumes
                words.append((*COMMANDS["train"][0][:-1], str(self.folder / "completed"), *BARE))
            process = start(json.dumps(words), cwd=folder, program=("-c", SEVERAL))
            told = process.communicate()[1]
            if process.returncode:
                problems.append(f"resume: {process.returncode}: {told}")
            elif swept:
                problems += [] if self.trials_of(path) == self.trials_of(self.sweep) else ["other trials"]
            else:
                problems += [] if self.weights_of(path) == self.weights_of(self.completed) else ["other weights"]
        return problems

    @staticmethod
    def weights_of(run: Path) -> dict[str, bytes]:
        with np.load(run / "weights.npz") as archive:
            return {name: archive[name].tobytes() for name in archive.files}

    def trials_of(self, sweep: Path) -> dict[str, object]:
        return {path.name: self.weights_of(path) for path in sorted((sweep / "trials").iterdir())}


def _is_there(folder: Path, pattern: str) -> bool:
    return any(path.is_dir() or path.read_bytes().count(b"\n") > 1 for path in folder.glob(pattern))


def _takes_signals(pid: int) -> bool:
    """Whether a process handles SIGHUP, the last signal that a command takes when it starts."""
    try:
        caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return True  # it has ended
    assert caught is not None
    return bool(int(caught[1], 16) >> (signal.SIGHUP - 1) & 1)


def _processes(mark: str) -> list[str]:
    """The processes with a mark in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (path / "environ").read_bytes():
                found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200])
        except OSError:
            continue
    return [name for name in found if name]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("signals"))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("command", AT_WORK)
def test_a_signal_ends_a_command_at_work_in_time_and_loses_nothing(workshop, command):
    """One of three tries will do to find it at work: where this process has to wait, it may be over."""
    number, status = (signal.SIGINT, 130) if command == "train" else (signal.SIGTERM, 143)
    for _ in range(TRIES):
        case = Case(command, 0.1, [(number, 0.0)], group=True, at_work=AT_WORK[command])
        assert not workshop.try_out(case, resumed=command == "train").problems, case
        if case.status == status:
            break
    assert command == "check" or case.status == status


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("times", [1, 33])
@pytest.mark.parametrize("command", COMMANDS)
def test_signals_at_any_moment_end_a_command_in_time_and_lose_nothing(workshop, command, times):
    rng = random.Random(f"{command} {times}")
    for number in range(times):
        resumed = number % 5 == 4 or (times == 1 and command in ("train", "sweep"))
        case = workshop.try_out(workshop.random_case(rng, command), resumed=resumed)
        assert not case.problems, case


def main(count: int) -> None:
    """Sends so many series of signals and prints what came of them."""
    rng = random.Random(count)
    with tempfile.TemporaryDirectory(prefix="signals-") as folder:
        workshop = Workshop(Path(folder))
        counts: Counter[tuple[str, int | None]] = Counter()
        failed = 0
        for number in range(count):
            command = list(COMMANDS)[number % len(COMMANDS)]
            case = workshop.try_out(workshop.random_case(rng, command), resumed=number % 5 == 0)
            counts[command, case.status] += 1
            if case.problems:
                failed += 1
                print(case, flush=True)
        print(*(f"{command}: status {status}: {n}" for (command, status), n in sorted(counts.items())), sep="\n")
        print(f"{failed} of {count} with problems")
        if failed:
            shutil.copytree(folder, f"{folder}.kept")


if __name__ == "__main__":
    main(int(sys.argv[1]))
