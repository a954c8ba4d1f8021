"""Several files in one command against a command each, and `nnrun train --if-needed` where nothing is needed."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from commands import EXPERIMENTS, NNRUN, environment
from table import Table, at_most, ratio

FILES = ("bilinear", "xor", "house-prices")
EMPTY = "python -c pass"
TOGETHER = "train a b c"
SINGLY = "train a; train b; train c"
NOT_NEEDED = "train a --if-needed"
SHARE = 0.6  # of the time of three commands, the target of one
NOT_NEEDED_SECONDS = 0.3


@dataclass(frozen=True)
class Times:
    """The seconds of a command on the clock, and those for which it kept a processor busy."""

    clock: float
    busy: float


def measure_repeated(repeat: int) -> tuple[Table, bool]:
    """The table, and whether a target is missed.

    Args:
        repeat: how many timed rounds; in each the commands alternate.
    """
    files = [str(EXPERIMENTS / f"{name}.yaml") for name in FILES]
    train = [str(NNRUN), "train", "-q"]
    commands = {
        EMPTY: [[sys.executable, "-c", "pass"]],
        TOGETHER: [[*train, *files]],
        SINGLY: [[*train, file] for file in files],
        NOT_NEEDED: [[*train, files[0], "--if-needed"]],
    }
    times: dict[str, list[Times]] = {name: [] for name in commands}
    with TemporaryDirectory() as folder:
        for i in range(repeat + 1):
            for name, each in commands.items():
                taken = _time(each, Path(folder))
                if i:  # the first round leaves bytecode and files in memory
                    times[name].append(taken)
    return _table(times, repeat)


def _time(commands: Sequence[Sequence[str]], runs_dir: Path) -> Times:
    variables = {**environment(), "NNRUN_RUNS_DIR": str(runs_dir)}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for words in commands:
        subprocess.run(words, stdout=subprocess.DEVNULL, env=variables, check=True)
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Times(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _table(times: dict[str, list[Times]], repeat: int) -> tuple[Table, bool]:
    clocks = {name: median(one.clock for one in taken) for name, taken in times.items()}
    busy = {name: median(one.busy for one in taken) for name, taken in times.items()}
    targets = {
        TOGETHER: f"{at_most(clocks[TOGETHER] / clocks[SINGLY], SHARE)} of the three",
        NOT_NEEDED: f"{at_most(clocks[NOT_NEEDED], NOT_NEEDED_SECONDS)} s",
    }
    title = f"{', '.join(FILES)}; {os.cpu_count()} processors, medians of {repeat}"
    table = Table(title, ("command", "s", "CPU s", "times the three", f"times {EMPTY}", "target"))
    for name, clock in clocks.items():
        ratios = (clock / clocks[SINGLY], clock / clocks[EMPTY])
        table.rows.append((name, *map(ratio, (clock, busy[name], *ratios)), targets.get(name, "–")))
    return table, any("missed" in target for target in targets.values())
