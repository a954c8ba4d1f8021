"""How long a piece of work keeps the processor busy, told so that neither a slow nor a crowded machine changes it."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median

TRIES = 3
# What the yardstick takes where the bounds of the tests were written.
NOMINAL = 0.033


def busy_seconds(work: Callable[[], object], bound: float) -> float:
    """Seconds of the processor, at best of three tries, that `work` takes; one try will do if it stays below the bound.

    What the test process has imported is kept from the collector of garbage (`conftest.py`): a command has no such
    heap to search. On a slower machine than the bounds were written for, a second counts for less.
    """
    least = _try(work)
    for _ in range(TRIES - 1):
        if least < bound:
            return least
        least = min(least, _try(work) / processor_factor())
    return least


def process_seconds(environment: Mapping[str, str], *arguments: str) -> float:
    """How long a Python process keeps the processor busy."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def empty_seconds(environment: Mapping[str, str]) -> float:
    """What a Python process that does nothing takes: the middle of nine; one may take half of what others do."""
    return median(process_seconds(environment, "-c", "pass") for _ in range(9))


def processor_factor() -> float:
    """How many times as long this machine keeps the processor busy as the one that the bounds were written for."""
    return max(1.0, _try(_yardstick) / NOMINAL)


def machine_factor() -> float:
    """How many times as long, by the clock, this machine takes at the moment as the bounds were written for."""
    began = time.perf_counter()
    _yardstick()
    return max(1.0, (time.perf_counter() - began) / NOMINAL)


def _try(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _yardstick() -> None:
    """Words counted in a dictionary: calls, texts and objects, as in the light rooms."""
    counts: dict[str, int] = {}
    for number in range(50_000):
        word = f"{number % 997}:{number % 31}"
        counts[word] = counts.get(word, 0) + 1
