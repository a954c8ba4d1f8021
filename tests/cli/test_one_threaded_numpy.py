"""NumPy is loaded without threads where a command has no use for them, and nothing else hears of it."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os
from nnrun.cli.one_threaded_numpy import load_one_threaded_numpy
load_one_threaded_numpy()
import sys
print("numpy" in sys.modules, len(os.listdir("/proc/self/task")), os.environ.get("OPENBLAS_NUM_THREADS"))
"""


def printed_by(program: str, **variables: str) -> list[str]:
    run = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    return run.stdout.split()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the threads of a process are counted in /proc")
def test_numpy_is_loaded_without_threads_and_the_environment_is_as_before():
    assert printed_by(PROGRAM) == ["True", "1", "None"]


def test_a_number_of_threads_that_the_user_has_set_stays():
    assert printed_by(PROGRAM, OPENBLAS_NUM_THREADS="2")[::2] == ["False", "2"]
