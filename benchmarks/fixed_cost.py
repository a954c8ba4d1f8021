"""Whole commands side by side: `nnrun train` against the plain Keras script for the same training.

    python benchmarks/fixed_cost.py [--repeat N] [--only NAME]

The commands alternate, so that both meet the same moods of the machine; the tables show the medians.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from commands import PAIRS, Command, Pair, environment, script_command, train_command

IMPORT = "import-keras"


@dataclass(frozen=True)
class Seconds:
    """The time of a whole command, and what of it the epochs took."""

    total: float
    training: float

    def __str__(self) -> str:
        return f"{self.training:.2f} + {self.total - self.training:.2f} = {self.total:.2f}"


def _medians(times: list[Seconds]) -> Seconds:
    return Seconds(median(one.total for one in times), median(one.training for one in times))


def main() -> int:
    """Prints both tables; returns 1 when the two sides of a pair did not do the same."""
    arguments = _arguments()
    print(_machine())
    pairs = [pair for pair in PAIRS if arguments.only in (None, pair.experiment)]
    same = _compare_trainings(pairs, arguments.repeat) if pairs else True
    if arguments.only in (None, IMPORT):
        _compare_import(arguments.repeat)
    return 0 if same else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="timed runs of each command (default: 3)")
    parser.add_argument("--only", choices=[*(pair.experiment for pair in PAIRS), IMPORT], help="one comparison alone")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error(f"--repeat takes a number from 1. Received: {arguments.repeat}")
    return arguments


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("nnrun", "keras", "tensorflow"))
    python = ".".join(map(str, sys.version_info[:3]))
    return f"Python {python}, {packages}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start"


def _compare_trainings(pairs: list[Pair], repeat: int) -> bool:
    split = "training + rest = total, s"
    print(f"\n| experiment | nnrun: {split} | plain: {split} | plain / nnrun | target |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    differences = []
    for pair in pairs:
        nnrun, plain = f"nnrun train {pair.experiment}", f"plain/{pair.script}.py"
        with TemporaryDirectory() as folder:
            times = _alternate(
                {nnrun: train_command(pair.experiment), plain: script_command(pair)}, Path(folder), repeat
            )
            differences += [f"{pair.experiment}: {words}" for words in _differences(Path(folder))]
        ours, theirs = _medians(times[nnrun]), _medians(times[plain])
        ratio = f"{theirs.total / ours.total:.1f} | ≥ {pair.target:g}"
        print(f"| {pair.experiment} | {ours} | {theirs} | {ratio} |", flush=True)
    for words in differences:
        print(f"Not the same work: {words}", file=sys.stderr)
    return not differences


def _compare_import(repeat: int) -> None:
    print("\n| command | nnrun, median s | import, median s | nnrun / import | target |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    nnrun, keras = "nnrun train xor", 'python -c "import keras"'
    commands: dict[str, Command] = {
        nnrun: train_command("xor"),
        keras: lambda folder: [sys.executable, "-c", "import keras"],
    }
    with TemporaryDirectory() as folder:
        times = _alternate(commands, Path(folder), repeat)
    ours, theirs = _medians(times[nnrun]).total, _medians(times[keras]).total
    print(f"| xor, with all files | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} | ≤ 0.9 |", flush=True)


def _alternate(commands: dict[str, Command], folder: Path, repeat: int) -> dict[str, list[Seconds]]:
    """Runs the commands in turn, each once to warm up and then `repeat` times; their times by command."""
    times: dict[str, list[Seconds]] = {name: [] for name in commands}
    for turn in range(repeat + 1):
        for name, command in commands.items():
            seconds = _run(command(folder))
            print(f"{name}: {seconds}{' (warm-up)' if turn == 0 else ''}", file=sys.stderr, flush=True)
            if turn > 0:
                times[name].append(seconds)
    return times


def _run(command: list[str]) -> Seconds:
    """The time that a command takes from its start to its end; a command that fails ends the benchmark."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit status {done.returncode}:\n{done.stderr}")
    return Seconds(seconds, _training_seconds(done.stdout))


def _training_seconds(output: str) -> float:
    """The seconds of all epochs, compilation included: of a run from its metrics, of a script as it prints them."""
    last = output.rstrip().rpartition("\n")[2]
    if last.endswith(" s in fit"):
        return float(last.split()[0])
    if not last:
        return 0.0
    with (Path(last) / "metrics.csv").open(newline="") as file:
        return sum(float(row["seconds"]) for row in csv.DictReader(file))


def _differences(folder: Path) -> list[str]:
    """What the last run of nnrun did otherwise than the plain script, in words; empty when both did the same."""
    plain = folder / "plain"
    run = max((folder / "runs").iterdir(), key=lambda path: path.stat().st_mtime)
    files = [path.relative_to(plain) for path in sorted(plain.rglob("*")) if path.is_file()]
    differences = [f"nnrun wrote no {file}" for file in files if not (run / file).is_file()]
    ours, theirs = _final_loss(run), _final_loss(plain)
    if not abs(math.log10(ours / theirs)) < 1:
        differences.append(f"the final loss is {ours:.3g} with nnrun and {theirs:.3g} without")
    return differences


def _final_loss(folder: Path) -> float:
    with (folder / "metrics.csv").open(newline="") as file:
        *_, last = csv.DictReader(file)
    return float(last["loss"])


if __name__ == "__main__":
    raise SystemExit(main())
