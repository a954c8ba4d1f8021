"""A command's time, and the most memory that it holds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commands import environment

_PAUSE = 0.02
# What `ru_maxrss` counts in: bytes on macOS, kilobytes elsewhere.
_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Peak:
    """What a command took.

    Args:
        seconds: from its start to its end.
        largest: the peak of resident memory of its largest process, in bytes.
        together: the most that all of its processes were seen to hold; 0 where the system has no /proc. Pages that
            several share are counted for each.
    """

    seconds: float
    largest: int
    together: int


def watch(command: Sequence[str], *, may_fail: bool = False) -> Peak:
    """Runs a command and looks at its memory 50 times a second.

    Args:
        command: its words.
        may_fail: whether trainings may diverge or not meet what is expected, which the exit status tells.
    """
    quiet, began = subprocess.DEVNULL, time.perf_counter()
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment())
    together = 0
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        together = max(together, _resident(process.pid))
        time.sleep(_PAUSE)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ((0, 1, 3) if may_fail else (0,)):
        raise SystemExit(f"{' '.join(command)} ended with exit status {process.returncode}")
    return Peak(time.perf_counter() - began, usage.ru_maxrss * _UNIT, together)


def _resident(pid: int) -> int:
    """Bytes that a process and its children hold now; 0 where there is no /proc, or no such process any more."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(int(child)) for child in children)
