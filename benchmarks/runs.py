"""Commands on 10,000 runs: `nnrun list`, without its index and with it, `show`, `compare`, `diff` and `tag`.

    python benchmarks/runs.py [--runs N] [--repeat N] [--format text|markdown]
    python benchmarks/runs.py --repeated [--repeat N]

The commands alternate with `python -c pass`, whose multiples are shown; the tables show medians. CPU time is that of
the process alone, which other work on the machine disturbs less than the time on the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from commands import EXPERIMENTS, NNRUN, environment
from repeated import measure_repeated
from table import FORMATS, Table, at_most, milliseconds, ratio

from nnrun.experiment.text.dump import dump
from nnrun.load import load_experiment
from nnrun.runs import layout
from nnrun.runs.record import begun, now, to_json

SEEDS = 10  # runs with the same settings
EMPTY = "python -c pass"
COLD = "list, cold"
WARM = "list, warm"
LIST_TARGETS = {COLD: 1.0, WARM: 0.4}  # seconds
MULTIPLE = 30.0  # the target of the others, times EMPTY


@dataclass(frozen=True)
class Times:
    """The seconds of one process on the clock, and those for which it kept a processor busy."""

    clock: float
    busy: float


def main() -> int:
    """Prints the table; returns 1 where a target is missed."""
    arguments = _arguments()
    if arguments.repeated:
        table, missed = measure_repeated(arguments.repeat)
        print(table.render(arguments.format))
        return int(missed)
    with TemporaryDirectory() as folder:
        runs_dir = Path(folder) / "runs"
        names = make_runs(runs_dir, arguments.runs)
        return _measure(runs_dir, names, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000, metavar="N", help="how many runs (default: 10000)")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="timed runs of each command (default: 5)")
    parser.add_argument("--repeated", action="store_true", help="several files in one command, and what is not needed")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the table is written")
    return parser.parse_args()


def make_runs(runs_dir: Path, count: int) -> list[str]:
    """Makes completed runs of XOR with many learning rates and seeds, with the files that the commands read.

    Returns:
        Their names, the oldest first.
    """
    experiment = load_experiment(EXPERIMENTS / "xor.yaml")
    start = now() - timedelta(minutes=count)
    record = json.loads(to_json(begun(experiment, start, ("nnrun", "train", "xor.yaml"), {"keras": "3.15.1"})))
    resolved = dump(experiment.resolved)
    return [_make_run(runs_dir, i, start + timedelta(minutes=i), record, resolved) for i in range(count)]


def _make_run(runs_dir: Path, i: int, started: datetime, record: dict[str, object], resolved: str) -> str:
    rate, seed = 0.001 * (1 + i // SEEDS), i % SEEDS
    name = f"{started:%Y%m%d-%H%M%S}-xor-{i}"
    loss = 0.1 / (1 + i % 997)
    settings = {**record["settings"], "seed": seed, "optimizer.learning_rate": rate}  # type: ignore[dict-item]
    finished = {"status": "completed", "seconds": 2.0, "epochs": 500, "kept_epoch": 500, "engine": "xla"}
    metrics = {"final_metrics": {"loss": loss, "binary_accuracy": 1.0}, "best_metrics": {"epoch": 500.0, "loss": loss}}
    content = {**record, **finished, **metrics, "settings": settings, "seed": seed, "started": started.isoformat()}
    folder = runs_dir / name
    folder.mkdir(parents=True)
    (folder / layout.RECORD).write_text(json.dumps(content, indent=2), encoding="utf-8")
    text = resolved.replace("seed: 0", f"seed: {seed}").replace("learning_rate: 0.001", f"learning_rate: {rate:.6g}")
    (folder / layout.RESOLVED).write_text(text, encoding="utf-8")
    return name


def _measure(runs_dir: Path, names: Sequence[str], arguments: argparse.Namespace) -> int:
    several = [names[-1], names[0], names[1], names[2], names[-2]]
    commands = {
        EMPTY: [sys.executable, "-c", "pass"],
        COLD: [str(NNRUN), "list"],
        WARM: [str(NNRUN), "list"],
        "list --where --sort": [str(NNRUN), "list", "--where", "loss < 0.01", "--sort", "loss"],
        "list --last 0 --format json": [str(NNRUN), "list", "--last", "0", "--format", "json"],
        "show latest": [str(NNRUN), "show", "latest"],
        "show best:loss": [str(NNRUN), "show", "best:loss"],
        "compare": [str(NNRUN), "compare", *several],
        "diff": [str(NNRUN), "diff", names[0], names[-1]],
        "tag": [str(NNRUN), "tag", "latest", "baseline"],
    }
    times: dict[str, list[Times]] = {name: [] for name in commands}
    for i in range(arguments.repeat + 1):
        for name, words in commands.items():
            if name == COLD:
                (runs_dir / layout.INDEX).unlink(missing_ok=True)
            taken = _time(words, runs_dir)
            if i:  # the first round leaves bytecode and files in memory
                times[name].append(taken)
    return _show(times, len(names), arguments)


def _time(words: Sequence[str], runs_dir: Path) -> Times:
    variables = {**environment(), "NNRUN_RUNS_DIR": str(runs_dir)}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, stdout=subprocess.DEVNULL, env=variables, cwd=runs_dir, check=False)
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):  # diff ends with 1
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}")
    return Times(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _show(times: dict[str, list[Times]], count: int, arguments: argparse.Namespace) -> int:
    clocks = {name: median(one.clock for one in taken) for name, taken in times.items()}
    busy = {name: median(one.busy for one in taken) for name, taken in times.items()}
    title = f"{count:,} runs, {os.cpu_count()} processors, medians of {arguments.repeat}"
    table = Table(title, ("command", "ms", "CPU ms", f"times {EMPTY}", "CPU times", "target"))
    missed = False
    for name, clock in clocks.items():
        ratios = (clock / clocks[EMPTY], busy[name] / busy[EMPTY])
        target = "–"
        if name in LIST_TARGETS:
            target = f"{at_most(clock, LIST_TARGETS[name])} s"
        elif not name.startswith(("list", "show best")) and name != EMPTY:
            target = at_most(ratios[0], MULTIPLE)
        missed = missed or "missed" in target
        table.rows.append((name, milliseconds(clock), milliseconds(busy[name]), *map(ratio, ratios), target))
    print(table.render(arguments.format))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
