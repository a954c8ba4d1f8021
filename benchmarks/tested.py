"""`nnrun test` of all shipped experiments against `nnrun train` of each in a loop.

    python benchmarks/tested.py [--repeat N] [--format markdown]

MNIST would have to be downloaded: rows of its number and shape stand in for it, a sign per digit in noise.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from commands import EXPERIMENTS, NNRUN, environment
from table import FORMATS, Table, at_least, at_most, ratio

TESTED = "`nnrun test experiments`"
TRAINED = "`nnrun train FILE` in a loop"
BARE = "the same with `--no-plots --no-report`"
FASTER = 3.0  # times, the target
MOST_SECONDS = 60.0


def main() -> int:
    """Prints the table; the exit status is 1 where a target is missed or an experiment fails."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=1, help="how many timed rounds")
    parser.add_argument("--format", choices=FORMATS, default="text")
    arguments = parser.parse_args()
    files = sorted(EXPERIMENTS.glob("*.yaml"))
    train = [str(NNRUN), "train", "-q"]
    commands = {
        TESTED: [[str(NNRUN), "test", str(EXPERIMENTS)]],
        TRAINED: [[*train, str(file)] for file in files],
        BARE: [[*train, "--no-plots", "--no-report", str(file)] for file in files],
    }
    clocks: dict[str, list[float]] = {name: [] for name in commands}
    with TemporaryDirectory() as folder:
        write_digits(Path(folder) / "keras" / "datasets")
        run(commands[TESTED], Path(folder))  # leaves bytecode and files in memory
        for _ in range(arguments.repeat):
            for name, each in commands.items():
                clocks[name].append(run(each, Path(folder)))
    table, missed = tabulate(clocks, len(files))
    print(table.render(arguments.format))
    return int(missed)


def run(commands: Sequence[Sequence[str]], folder: Path) -> float:
    """The seconds on the clock of some commands one after another."""
    variables = {**environment(), "NNRUN_RUNS_DIR": str(folder / "runs"), "KERAS_HOME": str(folder / "keras")}
    start = time.perf_counter()
    for words in commands:
        subprocess.run(words, stdout=sys.stderr, env=variables, check=True)
    return time.perf_counter() - start


def write_digits(folder: Path) -> None:
    """Writes a file that Keras takes for MNIST: 60,000 and 10,000 images of ten signs in noise."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    signs = rng.integers(0, 2, (10, 7, 7)).repeat(4, axis=1).repeat(4, axis=2) * 160
    arrays = {}
    for part, rows in (("train", 60_000), ("test", 10_000)):
        arrays[f"y_{part}"] = labels = rng.integers(0, 10, rows, dtype=np.uint8)
        arrays[f"x_{part}"] = (signs[labels] + rng.integers(0, 96, (rows, 28, 28))).astype(np.uint8)
    np.savez(folder / "mnist.npz", **arrays)


def tabulate(clocks: dict[str, list[float]], files: int) -> tuple[Table, bool]:
    """The table of the medians, and whether a target is missed."""
    seconds = {name: median(taken) for name, taken in clocks.items()}
    title = f"{files} experiments, {os.cpu_count()} processors, medians of {len(clocks[TESTED])}"
    table = Table(title, ("command", "s", "times nnrun test", "target"))
    targets = {
        TESTED: f"{at_most(seconds[TESTED], MOST_SECONDS)} s",
        TRAINED: at_least(seconds[TRAINED] / seconds[TESTED], FASTER),
    }
    for name, clock in seconds.items():
        cells = map(ratio, (clock, clock / seconds[TESTED]))
        table.rows.append((name, *cells, targets.get(name, "–")))
    return table, any("missed" in target for target in targets.values())


if __name__ == "__main__":
    sys.exit(main())
