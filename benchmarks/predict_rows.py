"""`nnrun predict` of 100,000 rows from a CSV file, and a plain Keras script that does the same by hand.

    python benchmarks/predict_rows.py [--rows N] [--repeat N] [--format text|markdown]

Both load the model of one run, read the rows, predict, and write rows and predictions into a CSV file. They alternate;
the table shows medians.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from commands import EXPERIMENTS, HERE, NNRUN, environment
from table import FORMATS, Table, at_most, milliseconds, ratio

TARGET = 1.5  # times the script


def main() -> int:
    """Prints the table; returns 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, metavar="N", help="how many rows (default: 100000)")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="timed runs of each (default: 5)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the table is written")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        return measure(Path(folder), arguments.rows, arguments.repeat, arguments.format)


def measure(folder: Path, rows: int, repeat: int, form: str) -> int:
    """Measures in a folder, and prints the table."""
    settings = ["--set", "epochs=5", "--set", "expect=[]", "--no-plots", "--runs-dir", str(folder / "runs")]
    _seconds([str(NNRUN), "train", str(EXPERIMENTS / "moons.yaml"), "-q", *settings])
    (run,) = (path for path in (folder / "runs").iterdir() if path.is_dir())
    points = np.random.default_rng(0).normal(size=(rows, 2))
    np.savetxt(folder / "rows.csv", points, delimiter=",", header="x1,x2", comments="")
    script, model = str(HERE / "plain" / "predict.py"), str(run / "model.keras")
    commands = {
        "plain Keras": [sys.executable, script, model, str(folder / "rows.csv"), str(folder / "a.csv")],
        "nnrun predict": [str(NNRUN), "predict", str(run), str(folder / "rows.csv"), "--out", str(folder / "b.csv")],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for i in range(repeat + 1):
        for name, words in commands.items():
            taken = _seconds(words)
            if i:  # the first round leaves bytecode and files in memory
                times[name].append(taken)
    plain, ours = (median(times[name]) for name in commands)
    table = Table(f"{rows:,} rows, medians of {repeat}", ("command", "ms", "times plain Keras", "target"))
    table.rows.append(("plain Keras", milliseconds(plain), ratio(1.0), "–"))
    table.rows.append(("nnrun predict", milliseconds(ours), ratio(ours / plain), at_most(ours / plain, TARGET)))
    print(table.render(form))
    return int(ours > TARGET * plain)


def _seconds(words: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(words, check=True, env=environment(), capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
