"""The memory of this machine."""

from __future__ import annotations

import re
from pathlib import Path

# An experiment that needs more is refused wherever it is checked; one that needs less may be for another machine.
LARGE_MACHINE = 64 * 2**30
_KINDS = re.compile(r"^(?:MemTotal|SwapTotal): +(\d+) kB$", re.MULTILINE)
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


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
