"""SIGINT, SIGTERM and SIGHUP at any moment: the exit status, in time, nothing left behind, and what can be resumed.

As a script it sends so many signals at random and prints what came of them:
    PYTHONPATH=.:tests python tests/cli/test_signals.py 300
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from busy import machine_factor

from experiments import EXPERIMENTS
from nnrun.runs.checkpoint import find_checkpoint

pytestmark = pytest.mark.keras

XOR = str(EXPERIMENTS / "xor.yaml")
MOONS = str(EXPERIMENTS / "moons.yaml")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOST_SECONDS = 10
# How long Python itself takes to start, in which a signal does what it does to every Python program.
STARTED = 0.1
# An epoch takes minutes, in a single call into TensorFlow.
LONG = """
data: {generator: {blobs: {samples: 400000, features: 64}}}
layers:
  - Reshape: {target_shape: [8, 8, 1]}
  - Conv2D: {filters: 32, kernel_size: 3}
  - Conv2D: {filters: 64, kernel_size: 3}
  - Flatten
  - Dense: {units: 3, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: 2
batch_size: 8
"""
LONGER = ("--set", "epochs=2500", "--set", "expect=[]", "--runs-dir", "runs")
GRID = ("--grid", "seed=0..2", "--grid", "layers.0.units=[4, 5, 6]", "--set", "epochs=300", "--set", "expect=[]")
# Each command, and about how many seconds it takes.
COMMANDS = {
    "train": (("train", MOONS, *LONGER), 7),
    "resume": (("resume", "runs/interrupted"), 6),
    "sweep": (("sweep", XOR, *GRID, "--runs-dir", "runs"), 6),
    "sweep --jobs 2": (("sweep", XOR, *GRID, "--runs-dir", "runs", "--jobs", "2"), 7),
    "check-resume": (("check-resume", MOONS, "--set", "epochs=600"), 7),
    "plot": (("plot", "runs/completed"), 4),
    "report": (("report", "runs/sweep"), 2),
    "explain": (("explain", XOR), 5),
    "check": (("check", XOR), 0.5),
}


def start(*arguments: str, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nnrun", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def seconds_to_end(process: subprocess.Popen[str], number: int) -> float:
    began = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=60)
    return time.monotonic() - began


def record_in(runs: Path) -> dict[str, object]:
    (folder,) = runs.iterdir()
    return json.loads((folder / "run.json").read_text())


@dataclass
class Case:
    """A command that gets signals.

    Args:
        command: one of `COMMANDS`.
        delay: seconds before the first.
        signals: which signals, and how long after the one before each is sent.
        group: whether all processes get them, as those of a terminal do.
    """

    command: str
    delay: float
    signals: list[tuple[int, float]]
    group: bool
    problems: list[str] = field(default_factory=list)
    status: int | None = None


class Workshop:
    """Runs the commands, with signals, in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup would have ignored
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell would have ignored in the background
        self.train(folder / "completed").communicate()
        self.weights = self.weights_of(next((folder / "completed").iterdir()))
        process = self.train(folder / "interrupted")
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch "):
                break
        process.send_signal(signal.SIGINT)
        process.communicate()
        assert record_in(folder / "interrupted")["status"] == "interrupted"
        process = start(*COMMANDS["sweep"][0][:-1], str(folder / "sweep"), cwd=folder)
        process.communicate()
        self.trials = self.trials_of(next((folder / "sweep").iterdir()))

    def train(self, runs: Path) -> subprocess.Popen[str]:
        return start(*COMMANDS["train"][0][:-1], str(runs), cwd=self.folder)

    def new_folder(self) -> Path:
        """A folder with a run, an interrupted one, a sweep, and a folder for temporary files."""
        folder = self.folder / uuid4().hex
        (folder / "tmp").mkdir(parents=True)
        for name in ("interrupted", "completed", "sweep"):
            (source,) = (self.folder / name).iterdir()
            shutil.copytree(source, folder / "runs" / name)
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
        folder, mark = self.new_folder(), uuid4().hex
        process = start(*COMMANDS[case.command][0], cwd=folder, TMPDIR=str(folder / "tmp"), NNRUN_TEST=mark)
        time.sleep(case.delay)
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
        if case.delay < STARTED and process.returncode in (-case.signals[0][0], 1):
            return case  # Python itself had not started
        first = case.signals if case.signals[-1][1] == 0 else case.signals[:1]  # the system may swap two at once
        if process.returncode not in (0, *(130 if number == signal.SIGINT else 143 for number, _ in first)):
            case.problems.append(f"status {process.returncode}")
        if taken > MOST_SECONDS:
            case.problems.append(f"{taken:.1f} s")
        if "Traceback" in told or "bug" in told:
            case.problems.append(told)
        if case.command == "check-resume" and "nnrun resume" in told:
            case.problems.append(told)
        case.problems += self._left_behind(folder, mark) + self._untrue(folder / "runs")
        if resumed and not case.problems:
            case.problems += self._resumed(folder, case.command)
        if not case.problems:
            shutil.rmtree(folder)
        else:
            case.problems.append(f"in {folder}: {told}")
        return case

    def _left_behind(self, folder: Path, mark: str) -> list[str]:
        until = time.monotonic() + 1.0 * machine_factor()
        while (left := _processes(mark)) and time.monotonic() < until:
            time.sleep(0.05)
        files = [*(folder / "tmp").iterdir(), *(folder / "runs").rglob("*.part*"), *(folder / "runs").rglob(".lock")]
        return [f"process {name}" for name in left] + [f"file {path.relative_to(folder)}" for path in files]

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
            process = start("resume", "-q", str(path), cwd=folder)
            told = process.communicate()[1]
            if process.returncode:
                problems.append(f"resume: {process.returncode}: {told}")
            elif path.joinpath("sweep.json").exists():
                problems += [] if self.trials_of(path) == self.trials else ["other trials"]
            else:
                problems += [] if self.weights_of(path) == self.weights else ["other weights"]
        return problems

    @staticmethod
    def weights_of(run: Path) -> dict[str, bytes]:
        with np.load(run / "weights.npz") as archive:
            return {name: archive[name].tobytes() for name in archive.files}

    def trials_of(self, sweep: Path) -> dict[str, object]:
        return {path.name: self.weights_of(path) for path in sorted((sweep / "trials").iterdir())}


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
@pytest.mark.parametrize("times", [1, pytest.param(33, marks=pytest.mark.slow)])
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.slow
def test_signals_at_any_moment_end_a_command_in_time_and_lose_nothing(workshop, command, times):
    rng = random.Random(f"{command} {times}")
    for number in range(times):
        resumed = number % 5 == 4 or (times == 1 and command in ("train", "sweep"))
        case = workshop.try_out(workshop.random_case(rng, command), resumed=resumed)
        assert not case.problems, case


@pytest.mark.slow
def test_a_signal_in_the_middle_of_a_long_epoch_ends_the_run_in_time(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    process = start("train", "long.yaml", cwd=tmp_path)
    assert process.stderr is not None
    for line in process.stderr:
        if "graph engine" in line:
            break
    time.sleep(4)  # tracing is over, the first epoch has begun
    assert seconds_to_end(process, signal.SIGTERM) < MOST_SECONDS
    assert process.returncode == 143
    assert record_in(tmp_path / "runs")["status"] == "interrupted"
    (folder,) = (tmp_path / "runs").iterdir()
    found = find_checkpoint(folder)
    assert found is not None
    assert int(found.checkpoint.arrays["epochs"]) == 0


def test_a_second_signal_ends_the_process_at_once_and_the_record_is_true(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    process = start("train", "long.yaml", cwd=tmp_path)
    assert process.stderr is not None
    for line in process.stderr:
        if "loading TensorFlow" in line:  # the folder is claimed
            break
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    assert seconds_to_end(process, signal.SIGINT) < 2
    assert process.returncode == 130
    assert record_in(tmp_path / "runs")["status"] == "interrupted"
    (log,) = tmp_path.glob("runs/*/run.log")
    assert log.read_text().endswith(f"\nInterrupted.\n  Resume with: nnrun resume runs/{log.parent.name}\n")


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
