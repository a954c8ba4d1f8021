"""What lies in the present folder or beside the experiment is never run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import EXPERIMENTS

pytestmark = pytest.mark.keras

PLANTED = ("random", "numpy", "keras", "csv", "statistics", "tempfile", "pickle", "json", "matplotlib", "distributed")
SHORT = ("--set", "epochs=2", "--set", "expect=[]")
SWEEP = ("sweep", "-q", "exp.yaml", "--grid", "seed=0..1", *SHORT)
COMMANDS = [
    ("check", "exp.yaml"),
    ("train", "-q", "exp.yaml", *SHORT, "--no-animation"),
    (*SWEEP, "--jobs", "2"),
    (*SWEEP, "--dask", "local"),
    pytest.param(SWEEP, marks=pytest.mark.slow),  # whose worker is started as those of two jobs
]
DRAWN = ("train", "--jobs")  # a run, and a sweep, which is the same whatever has trained it


@pytest.fixture(scope="module")
def trap(tmp_path_factory) -> Path:
    """A folder with an experiment, and modules that leave a mark when they are run."""
    folder = tmp_path_factory.mktemp("trap")
    shutil.copy(EXPERIMENTS / "xor.yaml", folder / "exp.yaml")
    for name in (*PLANTED, "nnrun"):
        (folder / f"{name}.py").write_text(f"open({str(folder / 'run')!r}, 'a').write({name!r}); raise SystemExit(99)")
    return folder


def run_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # As the script `nnrun` does: without the present folder, which `python -m` would search for nnrun itself.
    program = "import sys; sys.path[:] = filter(None, sys.path); from nnrun.cli.main import main; main()"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    command = [sys.executable, "-c", f"import sys; del sys.path[0]; {program}", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:1] + words[-2:]))
def test_no_command_runs_what_lies_in_the_present_folder(trap, words):
    ended = run_in(trap, *words)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not (trap / "run").exists(), (trap / "run").read_text()
    if not {*DRAWN}.isdisjoint(words):
        folder = ended.stdout.splitlines()[-1]
        for again in (("plot", folder), ("report", folder)):
            assert run_in(trap, *again).returncode == 0
        assert not (trap / "run").exists(), (trap / "run").read_text()


def test_the_module_runs_nothing_of_the_present_folder_either(trap, tmp_path):
    for name in PLANTED:  # but nnrun itself, which `python -m nnrun` finds there
        shutil.copy(trap / f"{name}.py", tmp_path)
    # What it imports, and the modules of a command that draws: only the first folder on the path is another one.
    command = [sys.executable, "-m", "nnrun", "data", str(trap / "exp.yaml"), "--plot"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert not (trap / "run").exists(), (trap / "run").read_text()
