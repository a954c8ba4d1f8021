"""How long `nnrun train` takes from its last epoch to its end: weights, diagnosis, pictures, animation, report.

    python benchmarks/drawing.py [--experiment bilinear] [--repeat N]

The last epoch is when its line is printed; the end is that of the process.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
import time
from pathlib import Path

from commands import environment, train_command
from table import FORMATS, Table, at_most

# In the plain lines that a command prints where there is no terminal: epoch 2000/2000
_LAST_EPOCH = re.compile(r"epoch (\d+)/\1\b")

ASKED = {"with the animation": 2.0, "without": 0.8}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiment", default="bilinear", help="the stem of a shipped one (default: bilinear)")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="runs of each kind (default: 5)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the table is written (default: text)")
    arguments = parser.parse_args()
    options: dict[str, list[str]] = {"with the animation": [], "without": ["--no-animation"]}
    times: dict[str, list[float]] = {name: [] for name in options}
    for _ in range(arguments.repeat):
        for name, more in options.items():
            times[name].append(seconds_after_training(arguments.experiment, more))
    table = Table(
        f"{arguments.experiment}: seconds from the last epoch to the end", ["pictures", "minimum", "maximum", "target"]
    )
    for name, found in times.items():
        table.rows.append([name, f"{min(found):.2f}", f"{max(found):.2f}", at_most(max(found), ASKED[name])])
    print(table.render(arguments.format))


def seconds_after_training(experiment: str, options: list[str]) -> float:
    """The seconds from the line of the last epoch to the end of the command."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*train_command(experiment)(Path(folder)), *options]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=environment(), stdout=pipe, stderr=subprocess.STDOUT, text=True) as process:
            assert process.stdout is not None
            last = next(time.perf_counter() for line in process.stdout if _LAST_EPOCH.match(line))
            process.stdout.read()
        return time.perf_counter() - last


if __name__ == "__main__":
    main()
