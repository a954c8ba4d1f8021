"""A sweep against a shell loop over a plain Keras script: XOR, 500 epochs, many seeds.

    python benchmarks/sweep.py --seeds 100

Times whole commands, from their start to the prompt. The plain script, `plain/xor.py` with all that it saves, is run
three times and the median multiplied by the number of seeds. What a trial costs beyond the start is the difference of
two sweeps over their difference in trials.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
XOR = HERE.parent / "experiments" / "xor.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--jobs", type=int, default=1, help="processes of the sweep (default 1)")
    arguments = parser.parse_args()
    plain = statistics.median(seconds(sys.executable, str(HERE / "plain" / "xor.py"), "results") for _ in range(3))
    print(
        f"plain script: {plain:.1f} s; {arguments.seeds} times: {plain * arguments.seeds:.0f} s (multiplied)",
        flush=True,
    )
    for engine in ("auto", "xla"):
        few, many = (sweep(count, arguments.jobs, engine) for count in (2, arguments.seeds))
        each = 1000 * (many - few) / (arguments.seeds - 2)
        times = plain * arguments.seeds / many
        print(f"sweep, engine {engine}: {many:.1f} s, {each:.1f} ms a trial beyond the start, {times:.0f} times faster")


def sweep(seeds: int, jobs: int, engine: str) -> float:
    """The seconds that a sweep over so many seeds takes."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--grid", f"seed=0..{seeds - 1}", "--jobs", str(jobs), "--set", f"engine={engine}"]
        return seconds(sys.executable, "-m", "nnrun", "sweep", "-q", str(XOR), *options, "--runs-dir", folder)


def seconds(*command: str) -> float:
    """The seconds that a command takes."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
