"""Memory of whole commands: the peak of `nnrun train` against that of the plain Keras script for the same training.

    python benchmarks/memory.py [--only NAME] [--repeat N] [--format markdown]

The peak is that of the command's largest process, as the system counts it. nnrun draws in a process of its own; where
the system has /proc, another column shows the most that both hold together, looked at 50 times a second.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from commands import PAIRS, Pair, script_command, train_command
from peaks import watch
from table import FORMATS, Table, at_most, ratio

ASKED = 1.15
_MEGABYTE = 2**20


def main() -> None:
    """Prints the table."""
    arguments = _arguments()
    header = ["experiment", "nnrun, MB", "with drawing, MB", "plain, MB", "nnrun / plain", "target"]
    table = Table("Peak of resident memory", header)
    for pair in PAIRS:
        if arguments.only in (None, pair.experiment):
            table.rows.append(_row(pair, arguments.repeat))
            print(f"{pair.experiment}: done", file=sys.stderr, flush=True)
    print(table.render(arguments.format))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="runs of each command (default: 1)")
    parser.add_argument("--only", choices=[pair.experiment for pair in PAIRS], help="one experiment alone")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the table is written (default: text)")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error(f"--repeat takes a number from 1. Received: {arguments.repeat}")
    return arguments


def _row(pair: Pair, repeat: int) -> list[str]:
    with TemporaryDirectory() as folder:
        ours = [watch(train_command(pair.experiment)(Path(folder))) for _ in range(repeat)]
        theirs = [watch(script_command(pair)(Path(folder))) for _ in range(repeat)]
    largest, together = median(peak.largest for peak in ours), median(peak.together for peak in ours)
    plain = median(peak.largest for peak in theirs)
    sizes = [f"{size / _MEGABYTE:.0f}" if size else "–" for size in (largest, together, plain)]
    return [pair.experiment, *sizes, ratio(largest / plain), at_most(largest / plain, ASKED)]


if __name__ == "__main__":
    main()
