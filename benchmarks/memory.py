"""Memory of whole commands: the peak of `nnrun train` against that of the plain Keras script for the same training.

    python benchmarks/memory.py [--only NAME] [--repeat N] [--format markdown]

The peak is that of the command's largest process, as the system counts it. nnrun draws in a process of its own; where
the system has /proc, another column shows the most that both hold together, looked at 50 times a second.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from commands import PAIRS, Pair, environment, script_command, train_command
from table import FORMATS, Table, at_most, ratio

ASKED = 1.15
_PAUSE = 0.02
_MEGABYTE = 2**20
# What `ru_maxrss` counts in: bytes on macOS, kilobytes elsewhere.
_UNIT = 1 if sys.platform == "darwin" else 1024


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
        ours = [_peaks(train_command(pair.experiment)(Path(folder))) for _ in range(repeat)]
        theirs = [_peaks(script_command(pair)(Path(folder)))[0] for _ in range(repeat)]
    largest, together = (median(peaks) for peaks in zip(*ours, strict=True))
    plain = median(theirs)
    sizes = [f"{size / _MEGABYTE:.0f}" if size else "–" for size in (largest, together, plain)]
    return [pair.experiment, *sizes, ratio(largest / plain), at_most(largest / plain, ASKED)]


def _peaks(command: list[str]) -> tuple[int, int]:
    """Bytes: the peak of the command's largest process, and the most seen in all of its processes together."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment())
    together = 0
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        together = max(together, _resident(process.pid))
        time.sleep(_PAUSE)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit status {process.returncode}")
    return usage.ru_maxrss * _UNIT, together


def _resident(pid: int) -> int:
    """Bytes that a process and its children hold now; 0 where there is no /proc, or no such process any more."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(int(child)) for child in children)


if __name__ == "__main__":
    main()
