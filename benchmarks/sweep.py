"""Sweeps over XOR: their time against single trainings and plain scripts, their memory, and what two processes save.

    python benchmarks/sweep.py [--only trials memory jobs] [--format markdown]

Times whole commands, from their start to the prompt. The plain script, `plain/xor.py` with all that it saves, is run
three times and the median multiplied by the number of trials.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from commands import EXPERIMENTS, NNRUN, PAIRS, environment, script_command, train_command
from table import FORMATS, Table, at_least, at_most, ratio

XOR = EXPERIMENTS / "xor.yaml"

TRIALS = 200
RATES = "optimizer.learning_rate=[0.001, 0.003, 0.01, 0.03]"

# The memory of a sweep so long is compared with that after its first hundred trials.
MANY, FEW = 1_000, 100
ARCHITECTURES = "layers.0.units=[4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32]"
ROUNDS = 3
NO_REPORT = ("--set", "sweep.report=false")


def main() -> None:
    """Prints the tables."""
    parts: dict[str, Callable[[], Table]] = {"trials": measure_trials, "memory": measure_memory, "jobs": measure_jobs}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=parts, metavar="PART", help="some parts alone")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the tables are written (default: text)")
    arguments = parser.parse_args()
    for name in arguments.only or parts:
        print(parts[name]().render(arguments.format), flush=True)


def measure_trials() -> Table:
    """A sweep over seeds and learning rates, against one training and against as many plain scripts."""
    (pair,) = (pair for pair in PAIRS if pair.experiment == "xor")
    grids = ("--grid", f"seed=0..{TRIALS // 4 - 1}", "--grid", RATES)
    sweep = min(seconds(lambda folder: sweep_command(folder, *NO_REPORT, *grids)) for _ in range(ROUNDS))
    train = min(seconds(train_command("xor")) for _ in range(ROUNDS))
    script = statistics.median(seconds(script_command(pair)) for _ in range(3))
    table = Table(
        f"{TRIALS} trials of XOR, 500 epochs each, all files except pictures", ["measured", "value", "target"]
    )
    table.rows += [
        ["seconds of the sweep", f"{sweep:.1f}", at_most(sweep, 12)],
        ["seconds of one nnrun train", f"{train:.1f}", "–"],
        ["seconds of one plain script", f"{script:.1f}", "–"],
        ["sweep / one nnrun train", ratio(sweep / train), at_most(sweep / train, 4)],
        [
            f"{TRIALS} plain scripts (multiplied) / sweep",
            ratio(TRIALS * script / sweep),
            at_least(TRIALS * script / sweep, 300),
        ],
    ]
    return table


def measure_memory() -> Table:
    """The resident memory of a long sweep after its first hundred trials and after its last."""
    with tempfile.TemporaryDirectory() as folder:
        command = sweep_command(Path(folder), *NO_REPORT, "--keep", "none", "--grid", f"seed=0..{MANY - 1}")
        seen = _watch_memory(command, Path(folder) / "runs")
    few, last = seen[min(count for count in seen if count >= FEW)], seen[max(seen)]
    table = Table(f"Resident memory of a sweep of {MANY:,} trials", ["measured", "value", "target"])
    table.rows += [
        [f"MiB after {FEW} trials", f"{few:.0f}", "–"],
        [f"MiB after {max(seen):,} trials", f"{last:.0f}", "–"],
        ["growth", ratio(last / few), at_most(last / few, 1.1)],
    ]
    return table


def _watch_memory(command: list[str], runs: Path) -> dict[int, float]:
    """The resident memory of a sweep, in MiB, by the number of trials that were finished then."""
    seen: dict[int, float] = {}
    with subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            finished = len(list(runs.glob("*/trials/[0-9]*")))
            lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
            resident = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
            if resident:
                seen[finished] = resident[0] / 1024
            time.sleep(0.05)
    return seen


def measure_jobs() -> Table:
    """Twenty-four trials of twelve architectures in one process and in two."""

    def once(jobs: int) -> float:
        grids = ("--grid", ARCHITECTURES, "--grid", "seed=0..1")
        return seconds(lambda folder: sweep_command(folder, *NO_REPORT, "--jobs", str(jobs), *grids))

    one, two = (min(times) for times in zip(*((once(1), once(2)) for _ in range(ROUNDS)), strict=True))
    table = Table("24 trials of 12 architectures, seconds", ["measured", "value", "target"])
    table.rows += [
        ["--jobs 1", f"{one:.1f}", "–"],
        ["--jobs 2", f"{two:.1f}", "–"],
        [f"speed-up ({os.cpu_count()} CPU cores)", ratio(one / two), at_least(one / two, 1.6)],
    ]
    return table


def sweep_command(folder: Path, *options: str) -> list[str]:
    """`nnrun sweep` on XOR into a folder; its expectations are left out."""
    settings = ["--set", "expect=[]", "--quiet", "--runs-dir", str(folder / "runs")]
    return [str(NNRUN), "sweep", str(XOR), *settings, *options]


def seconds(command: Callable[[Path], list[str]]) -> float:
    """The seconds that a command takes."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(command(Path(folder)), cwd=folder, env=environment(), capture_output=True, check=True)
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
