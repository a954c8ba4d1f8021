"""Memory that a process can do without while it waits."""

from __future__ import annotations

import ctypes
import re
from contextlib import suppress
from pathlib import Path

# Code of libraries: private mappings of a file that are run and never written.
_CODE = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \S+ +(/.+\.so[.\d]*)$", re.MULTILINE)
_DONTNEED = 4  # MADV_DONTNEED of Linux


def release_freed() -> None:
    """Gives freed memory back to the system, which the C library of Linux otherwise keeps."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def release_code() -> None:
    """Lets the system have the pages with the code of libraries; whatever is run again comes back from their files."""
    with suppress(OSError, AttributeError):
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for first, last, _ in _CODE.findall(Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")):
            advise(int(first, 16), int(last, 16) - int(first, 16), _DONTNEED)
