"""A hundred thousand trainings of XOR by one command, against everything that one would use without it.

    python benchmarks/population.py [--only sweep members map plan] [--trials N] [--jax PYTHON] [--format markdown]

`sweep` times whole commands, from the prompt to the prompt, against a sweep with folders and a shell loop over a plain
Keras script; `members` times the compiled program alone against JAX, written by hand; `map` trains
experiments/trainability.yaml, `plan` plans a million trials.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from commands import EXPERIMENTS, HERE, NNRUN, environment, train_command
from peaks import watch
from table import FORMATS, Table, at_least, at_most, milliseconds, ratio

XOR = EXPERIMENTS / "xor.yaml"
TRAINABILITY = EXPERIMENTS / "trainability.yaml"

# Seconds of the whole sweep with so many processes.
WHOLE = {1: 90, 2: 60}
BARE, FOLDERS, SCRIPTS, VMAP = 3, 100, 20_000, 3
SCRIPT_RUNS = 3
FOLDER_TRIALS = 200
SHORT = 10  # a sweep of so small a share tells what does not depend on the number of trials
TOGETHER = 4_000  # trainings of one call of the program alone
GIGABYTE = 1e9
HEADER = ("measured", "value", "target")


def main() -> None:
    """Prints the tables."""
    parts: dict[str, Callable[[argparse.Namespace], Table]] = {
        "members": measure_members,
        "sweep": measure_sweep,
        "map": measure_map,
        "plan": measure_plan,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=parts, metavar="PART", help="some parts alone")
    parser.add_argument("--trials", type=int, default=100_000, metavar="N", help="seeds of XOR (default 100,000)")
    parser.add_argument("--folders", type=int, default=FOLDER_TRIALS, metavar="N", help="trials with folders (200)")
    parser.add_argument(
        "--members", type=int, nargs="+", default=[1_000, 10_000], metavar="N", help="trainings at once"
    )
    parser.add_argument("--planned", type=int, default=1_000_000, metavar="N", help="trials that are only planned")
    parser.add_argument("--jax", default=sys.executable, metavar="PYTHON", help="a Python with JAX (default: this one)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the tables are written (default: text)")
    arguments = parser.parse_args()
    for name in arguments.only or parts:
        print(parts[name](arguments).render(arguments.format), flush=True)


def measure_members(arguments: argparse.Namespace) -> Table:
    """The program alone against JAX, each in a process of its own on one core."""
    has_jax = subprocess.run([arguments.jax, "-c", "import jax"], capture_output=True).returncode == 0
    table = Table(
        "XOR, 500 epochs, one core: milliseconds per training",
        ("members", "nnrun", "vmap", "lax.map", "vmap / nnrun", "target"),
    )
    for members in arguments.members:
        with tempfile.TemporaryDirectory() as folder:
            starts = str(Path(folder) / "starts.npz")
            own = _alone([sys.executable, "-m", "contenders.nnrun_population", str(members), starts], members)
            cells: list[str] = [f"{members:,}", milliseconds(own)]
            if not has_jax:
                table.rows.append([*cells, "pip install jax", "–", "–", "–"])
                continue
            jax = [arguments.jax, "-m", "contenders.jax_population", starts]
            vmap, mapped = (_alone([*jax, way], members) for way in ("vmap", "map"))
            times = vmap / own
            table.rows.append([*cells, milliseconds(vmap), milliseconds(mapped), ratio(times), at_least(times, VMAP)])
    return table


def _alone(command: Sequence[str], members: int) -> float:
    """The seconds per training of a contender, on one core where the system can be told so."""
    variables = {**environment(), "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    pin = (
        (lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})) if hasattr(os, "sched_setaffinity") else None
    )
    done = subprocess.run(command, capture_output=True, text=True, env=variables, preexec_fn=pin, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{' '.join(command[2:])}: {found}", file=sys.stderr, flush=True)
    return float(found["seconds"]) / members


def measure_sweep(arguments: argparse.Namespace) -> Table:
    """Whole sweeps as tables, against one with folders and against plain scripts."""
    trials, few = arguments.trials, arguments.trials // SHORT
    table = Table(f"{trials:,} seeds of XOR, 500 epochs each, by one command", HEADER)
    whole = {jobs: _seconds(_sweep(trials, "--keep", "table", "--jobs", str(jobs))) for jobs in WHOLE}
    for jobs, target in WHOLE.items():
        value = at_most(whole[jobs], target) if trials == 100_000 else "–"
        table.rows.append([f"seconds with --jobs {jobs}", f"{whole[jobs]:.1f}", value])
    each = (whole[1] - _seconds(_sweep(few, "--keep", "table"))) / (trials - few)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "contenders.nnrun_population", str(TOGETHER), f"{folder}/starts.npz"]
        bare = _alone(command, TOGETHER)
    table.rows += [
        ["milliseconds of a trial, --jobs 1, steady state", milliseconds(each), "–"],
        ["milliseconds of a training of the program alone", milliseconds(bare), "–"],
        ["trial / program alone", ratio(each / bare), at_most(each / bare, BARE)],
    ]
    return _against(table, arguments.folders, trials, whole, each)


def _against(table: Table, folders: int, trials: int, whole: dict[int, float], each: float) -> Table:
    """Adds the sweep with folders and the plain scripts."""
    part = folders // SHORT
    long, short = (_seconds(_sweep(count, "--keep", "none")) for count in (folders, part))
    steady = (long - short) / (folders - part)
    script = _plain_script()
    tables, loop = trials / whole[2], trials * script / whole[2]
    table.rows += [
        [f"trials per second, --jobs 2, {trials:,} trials, whole command", f"{tables:,.0f}", "–"],
        [f"trials per second with folders, {folders} trials, whole command", ratio(folders / long), "–"],
        ["trials per second with folders, steady state", ratio(1 / steady), "–"],
        ["table / folders, whole commands", ratio(tables * long / folders), at_least(tables * long / folders, FOLDERS)],
        ["table, --jobs 1 / folders, steady state", ratio(steady / each), at_least(steady / each, FOLDERS)],
        [f"seconds of a plain Keras script, median of {SCRIPT_RUNS}", f"{script:.1f}", "–"],
        [f"{trials:,} plain scripts (multiplied) / sweep", ratio(loop), at_least(loop, SCRIPTS)],
    ]
    return table


def _sweep(trials: int, *options: str) -> Callable[[Path], list[str]]:
    grid = ["--grid", f"seed=0..{trials - 1}"]
    return lambda folder: [str(NNRUN), "sweep", str(XOR), *grid, *options, "--runs-dir", str(folder / "runs")]


def _seconds(command: Callable[[Path], list[str]]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        words = command(Path(folder))
        seconds = watch(words, may_fail=True).seconds
    print(f"{' '.join(words[1:])}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds


def _plain_script() -> float:
    """The seconds of the plain Keras script that nnrun writes for XOR; the median of some runs."""
    with tempfile.TemporaryDirectory() as folder:
        commands = [
            train_command("xor")(Path(folder)),
            [str(NNRUN), "export", "latest", "--format", "script", "--no-check", "--out", f"{folder}/xor.py"],
        ]
        runs = {**environment(), "NNRUN_RUNS_DIR": str(Path(folder) / "runs")}
        for words in commands:
            subprocess.run(words, cwd=folder, env=runs, capture_output=True, check=True)
        seconds = []
        for _ in range(SCRIPT_RUNS):
            began = time.perf_counter()
            subprocess.run([sys.executable, "xor.py"], cwd=folder, env=environment(), capture_output=True, check=True)
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def measure_map(arguments: argparse.Namespace) -> Table:
    """The map of two settings."""
    table = Table("experiments/trainability.yaml, --jobs 2", HEADER)
    if not TRAINABILITY.exists():
        table.rows.append(["there is no such file", "–", "–"])
        return table
    with tempfile.TemporaryDirectory() as folder:
        peak = watch([str(NNRUN), "sweep", str(TRAINABILITY), "--jobs", "2", "--runs-dir", folder], may_fail=True)
    table.rows += [
        ["seconds", f"{peak.seconds:.0f}", at_most(peak.seconds, 240)],
        ["resident memory of all processes, GB", *_gigabytes(peak.together, 2.5)],
    ]
    return table


def measure_plan(arguments: argparse.Namespace) -> Table:
    """Trials that are only planned."""
    peak = watch([str(NNRUN), "sweep", str(XOR), "--grid", f"seed=0..{arguments.planned - 1}", "--dry-run"])
    table = Table(f"{arguments.planned:,} trials with --dry-run", HEADER)
    table.rows += [
        ["seconds", f"{peak.seconds:.1f}", at_most(peak.seconds, 10)],
        ["resident memory, GB", *_gigabytes(max(peak.largest, peak.together), 1)],
    ]
    return table


def _gigabytes(size: int, bound: float) -> tuple[str, str]:
    return f"{size / GIGABYTE:.2f}", at_most(size / GIGABYTE, bound)


if __name__ == "__main__":
    main()
