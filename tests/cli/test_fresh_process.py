"""A command with many networks goes on in fresh processes as if it were one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nnrun.cli.fresh_process import left_by_process_before

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows replaces no process")

REPLACED = """
import os
from pathlib import Path
from nnrun.cli.fresh_process import LeftToTrain, go_on_in_fresh_process, left_by_process_before
from nnrun.cli.handing_over import WholeCommandLine

left = left_by_process_before()
if left is None:
    environment = dict(os.environ)
    os.environ["LATER"] = "1"
    files = tuple(Path(name) for name in ("a b.yaml", "\\udcff", "c.yaml"))
    print("before", os.getpid())
    go_on_in_fresh_process(WholeCommandLine((), environment), LeftToTrain(files, Path("runs/x"), None, 3))
print("after", os.getpid())
print(ascii([*map(str, left.files), str(left.start), left.baseline, left.status]), "LATER" in os.environ)
"""
# The process is full after its first program. The one that takes its place has the same command line.
SOON_FULL = """
from nnrun.training import shared_models
shared_models.MOST_PROGRAMS = 1
from nnrun.cli.entry import main
main()
"""
LINE = """
data: {generator: {table: {columns: [x, y], rows: [[0, 0], [1, 2], [2, 4]], target: y}}}
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 3
expect: ['epochs >= LEAST']
"""


def python(program: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a program that imports the package of this checkout."""
    path = os.pathsep.join(filter(os.path.isabs, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "CI": "false"}
    command = [sys.executable, "-P", "-c", program, *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_nothing_is_left_where_no_process_was_before():
    assert left_by_process_before() is None


def test_the_next_process_takes_the_place_of_this_one_and_knows_what_is_left(tmp_path):
    before, after, left = python(REPLACED, tmp_path).stdout.splitlines()
    assert before.split()[1] == after.split()[1]
    assert left == ascii(["a b.yaml", "\udcff", "c.yaml", "runs/x", None, 3]) + " False"


@pytest.mark.keras
def test_what_is_left_is_trained_and_the_status_is_the_worst(tmp_path):
    (tmp_path / "unmet.yaml").write_text(LINE.replace("LEAST", "9"))
    (tmp_path / "met.yaml").write_text(LINE.replace("LEAST", "1"))
    done = python(SOON_FULL, tmp_path, "train", "unmet.yaml", "met.yaml", "wrong.yaml", "--no-plots", "--no-report")
    first, second = done.stdout.splitlines()
    assert (first.endswith("-unmet"), second.endswith("-met")) == (True, True)
    assert done.stderr.count("loading TensorFlow") == 2
    assert "wrong.yaml: Cannot read wrong.yaml" in done.stderr
    assert done.returncode == 2
