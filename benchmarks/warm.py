"""Commands with a warm worker and without one, side by side.

    python benchmarks/warm.py [--repeat N] [--memory RUNS]

CPU seconds are those of all processes: the command, the worker and the processes that draw. Where others work on the
machine, read them.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from table import Table

EXPERIMENTS = Path(__file__).parent.parent / "experiments"
LOOP = 30
_TICKS = os.sysconf("SC_CLK_TCK")
_NO_PLOTS = ("--no-plots",)


@dataclass(frozen=True)
class Seconds:
    """What a command has taken, on the clock and of the processors."""

    clock: float
    cpu: float


class Shell:
    """Runs commands in a folder, with a worker where one is started.

    Args:
        folder: for runs and the socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)
        kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NNRUN_WARM")}
        self.environment = {**kept, "XDG_RUNTIME_DIR": str(folder)}
        shutil.copy(EXPERIMENTS / "xor.yaml", folder)

    def output(self, *words: str, warm: str = "use") -> str:
        """The standard output of a command of nnrun."""
        command = [sys.executable, "-m", "nnrun", *words]
        environment = {**self.environment, "NNRUN_WARM": warm}
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if ended.returncode not in (0, 1):  # 1: XOR may not reach its expectation with another seed
            raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stderr}")
        return ended.stdout

    def worker(self) -> int | None:
        """The process of the worker."""
        command = [sys.executable, "-m", "nnrun", "warm", "--status"]
        ended = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        found = re.match(r"Process (\d+),", ended.stdout)
        return int(found[1]) if found else None

    def timed(self, words: Callable[[int], tuple[str, ...]], *, warm: str, times: int = 1) -> Seconds:
        """The time of some commands, one after another; `words` are given a new number each time."""
        worker = self.worker() if warm == "use" else None
        before, began = _used(worker), time.perf_counter()
        for _ in range(times):
            self.output(*words(next(self.numbers)), warm=warm)
        seconds = time.perf_counter() - began
        time.sleep(0.3)  # for the worker to tidy up, which counts
        return Seconds(seconds, _used(worker) - before)


@contextmanager
def shell() -> Iterator[Shell]:
    """A shell in a folder of its own with a worker, which ends with the block."""
    with TemporaryDirectory(prefix="nnrun-") as name:
        found = Shell(Path(name))
        found.output("warm")
        try:
            yield found
        finally:
            found.output("warm", "--stop")


def _used(worker: int | None) -> float:
    """The CPU seconds of all processes that this one has waited for, and of a worker with those that it has started."""
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = own.ru_utime + own.ru_stime
    for pid in (worker, *_started_by(worker)) if worker else ():
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += sum(map(int, fields[11:15])) / _TICKS  # of itself and of those that it has waited for
    return total


def _started_by(process: int) -> Iterator[int]:
    """The processes that a process has started, and those that they have."""
    for pid in map(int, Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()):
        yield from (pid, *_started_by(pid))


def resident(worker: int) -> float:
    """The resident memory of a worker in megabytes, without that of the processes that draw."""
    return int(Path(f"/proc/{worker}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _train(*more: str) -> Callable[[int], tuple[str, ...]]:
    """A training of XOR with another learning rate each time."""
    return lambda number: ("train", "xor.yaml", "-q", "--set", f"optimizer.learning_rate={0.01 + number / 1e5}", *more)


def _other_layers(number: int) -> tuple[str, ...]:
    return ("train", "xor.yaml", "-q", "--set", f"layers.0.units={16 + number}", *_NO_PLOTS)


def _other_seed(number: int) -> tuple[str, ...]:
    return ("train", "xor.yaml", "-q", "--set", f"seed={number}", *_NO_PLOTS)


def main() -> int:
    """Prints the tables."""
    arguments = _arguments()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start\n", flush=True)
    with shell() as commands:
        print(_compare(commands, arguments.repeat).render("markdown"), flush=True)
        print(_loops(commands).render("markdown"), flush=True)
    if arguments.memory:
        with shell() as commands:
            print(_memory(commands, arguments.memory).render("markdown"), flush=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="timed runs of each command (default: 5)")
    parser.add_argument("--memory", type=int, default=0, metavar="RUNS", help="measure memory over so many runs")
    return parser.parse_args()


def _compare(commands: Shell, repeat: int) -> Table:
    """Medians of single commands, cold and warm in turn."""
    kinds = {
        "another learning rate": (_train(), "≤ 1.3 s, ≤ 0.25"),
        "another learning rate, `--no-plots`": (_train(*_NO_PLOTS), "≤ 0.5 s"),
        "another architecture, `--no-plots`": (_other_layers, "≤ 2.5 s"),
    }
    header = ("`nnrun train xor.yaml`", "cold s", "warm s", "cold CPU s", "warm CPU s", "warm / cold", "CPU", "target")
    table = Table("One command, medians:", header)
    for name, (words, target) in kinds.items():
        commands.timed(words, warm="use")  # the first of its kind compiles
        pairs = [(commands.timed(words, warm="never"), commands.timed(words, warm="use")) for _ in range(repeat)]
        cold, warm = zip(*pairs, strict=True)
        clock = [median(one.clock for one in side) for side in (cold, warm)]
        cpu = [median(one.cpu for one in side) for side in (cold, warm)]
        cells = [f"{value:.2f}" for value in (*clock, *cpu, clock[1] / clock[0], cpu[1] / cpu[0])]
        table.rows.append((name, *cells, target))
    return table


def _loops(commands: Shell) -> Table:
    """A shell loop over seeds, cold, warm, and as one sweep."""
    table = Table(f"{LOOP} seeds of XOR, `--no-plots`:", ("how", "s", "CPU s", "target"))
    cold = commands.timed(_other_seed, warm="never", times=3)
    warm = commands.timed(_other_seed, warm="use", times=LOOP)
    sweep = commands.timed(lambda _: ("sweep", "xor.yaml", "-q", "--grid", f"seed=1..{LOOP}"), warm="never")
    scaled = Seconds(cold.clock * LOOP / 3, cold.cpu * LOOP / 3)
    rows = (
        (f"loop, cold ({LOOP // 3} times three)", scaled, "–"),
        ("loop, warm", warm, "≤ 15 s"),
        ("sweep", sweep, "–"),
    )
    for name, taken, target in rows:
        table.rows.append((name, f"{taken.clock:.1f}", f"{taken.cpu:.1f}", target))
    return table


def _memory(commands: Shell, runs: int) -> Table:
    """The resident memory of the worker after some runs, and whether it is still the same process."""
    table = Table("Resident memory of the worker:", ("runs", "MB", "process"))
    first = commands.worker()
    assert first is not None
    table.rows.append(("0", f"{resident(first):.0f}", "first"))
    for number in range(1, runs + 1):
        commands.output(*_other_seed(number))
        if number in (1, 10, 50) or number % 100 == 0 or number == runs:
            worker = commands.worker()
            assert worker is not None
            same = "first" if worker == first else "another"
            table.rows.append((str(number), f"{resident(worker):.0f}", same))
    return table


if __name__ == "__main__":
    sys.exit(main())
