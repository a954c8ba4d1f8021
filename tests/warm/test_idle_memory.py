"""Memory that is given back while a process waits: less of it is resident, and everything still works."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import numpy, polars
from pathlib import Path
from nnrun.warm.idle_memory import release_code, release_freed

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

found = numpy.linalg.svd(numpy.arange(12.0).reshape(3, 4))[1]
before = resident()
release_code()
release_freed()
after = resident()
assert (numpy.linalg.svd(numpy.arange(12.0).reshape(3, 4))[1] == found).all()
assert polars.DataFrame({"a": [1, 2]})["a"].sum() == 3
print(before, after)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep it")
def test_code_of_libraries_is_given_back_and_comes_back() -> None:
    command = [sys.executable, "-c", PROGRAM]
    before, after = map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert after < before
