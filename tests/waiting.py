"""Waiting for what another process or thread does, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

# Far beyond what anything here takes; who waits for what comes loses nothing by it.
LONGEST = 120.0


def wait_until(condition: Callable[[], object], seconds: float = LONGEST) -> None:
    """Returns as soon as a condition holds, and fails if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} seconds"
        time.sleep(0.02)
