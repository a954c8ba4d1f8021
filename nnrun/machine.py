"""What this machine says to the commands and to Python: its memory, and the folders that its environment names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from nnrun.experiment.code.code_file import CodeAccess

RUNS_DIR_VARIABLE = "NNRUN_RUNS_DIR"
# An experiment that needs more is refused wherever it is checked; one that needs less may be for another machine.
LARGE_MACHINE = 64 * 2**30
_KINDS = re.compile(r"^(?:MemTotal|SwapTotal): +(\d+) kB$", re.MULTILINE)
_FREE = re.compile(r"^MemAvailable: +(\d+) kB$", re.MULTILINE)
_GROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_GPU = Path("/proc/driver/nvidia")


def machine_memory() -> int | None:
    """The bytes of memory and swap that processes of this machine or container may use together.

    Returns:
        None where that is not known, or where a GPU has memory of its own.
    """
    kinds = _KINDS.findall(_text("/proc/meminfo"))
    if not kinds or _GPU.exists():
        return None
    limits = [int(text) for name in _GROUPS if (text := _text(name).strip()).isdigit()]
    return min([1024 * sum(map(int, kinds)), *limits])


def free_memory() -> int | None:
    """The bytes of memory that a process of this machine or container can take without swapping; None if not known."""
    kinds = _FREE.findall(_text("/proc/meminfo"))
    if not kinds:
        return None
    limits = [int(text) for name in _GROUPS if (text := _text(name).strip()).isdigit()]
    return min([1024 * int(kinds[0]), *limits])


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def code_access(allowed: bool) -> CodeAccess | None:
    """The permission to run the Python code that an experiment names.

    Args:
        allowed: whether the user gives it.
    """
    if not allowed:
        return None
    from nnrun.model.runtime import import_quietly

    return CodeAccess(import_quietly)


def runs_folder() -> Path:
    """The folder of all runs, from `NNRUN_RUNS_DIR`; otherwise `runs` in the present folder."""
    return Path(os.environ.get(RUNS_DIR_VARIABLE) or "runs")


def keras_home() -> Path:
    """The folder in which Keras keeps downloaded data sets."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))


def saves_git_patch() -> bool:
    """Whether runs save the uncommitted changes of their repository; `NNRUN_GIT_PATCH=no` is the switch."""
    return os.environ.get("NNRUN_GIT_PATCH", "").casefold() not in ("0", "no", "off", "false")


def data_folders() -> tuple[Path, ...]:
    """The folders whose data files may be read wherever an experiment lies, from `NNRUN_DATA_DIR`; a colon between."""
    return tuple(Path(folder) for folder in os.environ.get("NNRUN_DATA_DIR", "").split(os.pathsep) if folder)
