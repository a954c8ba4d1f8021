"""The threads of polars are in no process that forks: those that do load it in neither their imports nor their work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Loads a module as a process does that forks afterwards, and tells whether polars is there.
LOADED = "import sys, {module}; print('polars' in sys.modules)"
READ = """
import multiprocessing, os, sys
from pathlib import Path
from nnrun.data.files.csv_file import open_csv
from nnrun.data.files.data_files import DataFiles

def total(path):
    columns = open_csv(DataFiles(), Path(path)).columns(["a"])
    return float(columns["a"].values().sum())

if __name__ == "__main__":
    assert total(sys.argv[1]) == 3.0
    assert len(os.listdir("/proc/self/task")) > 1  # the threads of polars
    with multiprocessing.get_context("forkserver").Pool(2) as pool:
        print(pool.map(total, [sys.argv[1]] * 4))
"""


PATIENCE = 300  # seconds, on a crowded machine


def output_of(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout.strip()


def test_the_process_that_draws_and_forks_has_no_polars() -> None:
    assert output_of(LOADED.format(module="nnrun.plots.artist")) == "False"


@pytest.mark.keras
def test_the_server_that_workers_are_forked_from_has_no_polars() -> None:
    assert output_of(LOADED.format(module="nnrun.sweep.execute.trial_runner")) == "False"


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_workers_of_a_forkserver_read_a_file_that_the_parent_has_read_with_threads(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n2,3\n")
    (tmp_path / "read.py").write_text(READ)
    command = [sys.executable, str(tmp_path / "read.py"), str(tmp_path / "rows.csv")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert ended.stdout.strip() == "[3.0, 3.0, 3.0, 3.0]"
