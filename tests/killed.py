"""Commands that are killed as `kill -9` does it."""

from __future__ import annotations

import subprocess
from typing import Any

import psutil
from waiting import LONGEST


def kill_with_workers(process: subprocess.Popen[Any]) -> None:
    """Kills a command, and waits until the processes that it has started have noticed it and ended."""
    started: list[psutil.Process] = []
    if process.poll() is None:
        started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    assert psutil.wait_procs(started, timeout=LONGEST)[1] == []
