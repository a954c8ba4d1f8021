"""The memory of a sweep over many architectures stays flat.

As a script it prints what all processes of a sweep over so many architectures hold at each tenth trial:
    PYTHONPATH=.:tests python tests/sweep/test_memory.py 300
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from experiments import EXPERIMENTS

pytestmark = [
    pytest.mark.keras,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory in /proc"),
]


def megabytes_by_trial(count: int, folder: Path, *options: str) -> dict[int, float]:
    """The resident memory in MB of all processes of a sweep, the most that it was after so many finished trials."""
    words = ["sweep", str(EXPERIMENTS / "xor.yaml"), "--grid", f"layers.0.units=1..{count}", "--set", "epochs=5"]
    words += ["--set", "expect=[]", "--set", "sweep={report: false}", "--keep", "none", "-q", "--runs-dir", str(folder)]
    process = subprocess.Popen([sys.executable, "-m", "nnrun", *words, *options])
    most: dict[int, float] = {}
    while process.poll() is None:
        finished = len(list(folder.glob("*/trials/[0-9]*")))
        most[finished] = max(most.get(finished, 0.0), _resident(process.pid) / 1e6)
        time.sleep(0.05)
    assert process.returncode == 0
    return most


def _resident(pid: int) -> int:
    """The bytes of a process and its descendants."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    return own + sum(_resident(int(child)) for child in children)


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--jobs", "2")], ids=["one process", "two"])
def test_the_memory_of_a_sweep_does_not_grow_with_its_architectures(tmp_path, options):
    most = megabytes_by_trial(72, tmp_path, *options)
    early = max(memory for finished, memory in most.items() if 12 <= finished < 36)
    late = max(memory for finished, memory in most.items() if 48 <= finished < 72)
    assert late <= 1.1 * early


def main(count: int) -> None:
    """Prints the memory at each tenth trial."""
    with tempfile.TemporaryDirectory() as folder:
        most = megabytes_by_trial(count, Path(folder))
    for finished in range(0, count, 10):
        print(f"{finished}: {max(memory for n, memory in most.items() if n <= finished <= n + 10):.0f} MB")
    early, late = (max(most[n] for n in most if abs(n - finished) <= 5) for finished in (25, count - 5))
    print(f"near trial 25 {early:.0f} MB, near the last {late:.0f} MB, ratio {late / early:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
