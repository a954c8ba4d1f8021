"""Ctrl-C and SIGTERM become errors of the family, with a last resort for a process inside a long computation."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from nnrun.errors import Interrupted, Terminated
from nnrun.run_listener import RunListener

# How long a process may take to end by itself after a signal.
GRACE_SECONDS = 6.0

_save: Callable[[], None] | None = None


class InterruptibleListener(RunListener):
    """Saves a run even if a signal arrives during a computation of minutes."""

    def on_emergency_save(self, save: Callable[[], None]) -> None:
        global _save
        _save = save


def take_signals() -> None:
    """Turns Ctrl-C and SIGTERM into errors of the family; a second signal ends the process at once.

    Python handles a signal between two of its own instructions, and a single call into TensorFlow can take minutes. So
    a thread waits for signals too; if the process has not ended some seconds after one, the thread saves the run and
    ends the process.
    """

    def interrupt(number: int, frame: Any) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        raise _error(number)("Terminated." if number == signal.SIGTERM else "Interrupted.")

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    reading, writing = os.pipe()
    if hasattr(os, "set_blocking"):  # Windows has it from Python 3.12 on, and does not require it
        os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reading,), daemon=True).start()


def _wait(reading: int) -> None:
    number = 0
    while number not in (signal.SIGINT, signal.SIGTERM):
        number = os.read(reading, 1)[0]
    time.sleep(GRACE_SECONDS)
    status = _error(number).exit_status
    try:
        if _save is not None:
            _save()
        sys.stderr.write("Interrupted.\n")
        sys.stderr.flush()
    finally:
        os._exit(status)


def _error(number: int) -> type[Interrupted]:
    return Terminated if number == signal.SIGTERM else Interrupted
