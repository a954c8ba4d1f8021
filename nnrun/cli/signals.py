"""SIGINT, SIGTERM and SIGHUP set a flag, and a command ends at a point where nothing is lost.

An exception that a signal raises wherever Python happens to be is caught by foreign code, or leaves it half done. So
commands look at the flag between chunks of epochs, trials, stages and pictures. A process that does not end by itself
in time, at a second signal, or before its command writes anything, is ended from a thread. Loads nothing heavy: signals
are handled before the imports begin.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

# How long a command may take to notice a signal, and then to end by itself.
GRACE_SECONDS = 4.0

# What is done before the process ends, the last first; returns a remedy to show, if there is one.
LastAction = Callable[[], str | None]

_received: list[int] = []
_again = threading.Event()
_noticed = threading.Event()
_last_actions: list[tuple[LastAction, bool]] = []
_ending = threading.Lock()
_writes = False
_screen = 2


def take_signals() -> None:
    """Handles the signals from now on; called once, on the main thread."""
    global _screen
    _screen = os.dup(2)  # which is redirected while TensorFlow is imported
    reading, writing = os.pipe()
    if hasattr(os, "set_blocking"):  # Windows has it from Python 3.12 on, and does not require it
        os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in SIGNALS:
        if number in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(number) != signal.SIG_IGN:  # as of nohup
            signal.signal(number, _ignore)
    threading.Thread(target=_read, args=(reading,), daemon=True).start()


def expect_writing() -> None:
    """From now on a signal waits for a point where nothing is lost; before, it ends the process at once."""
    global _writes
    with _ending:
        _writes = True


def raise_if_interrupted() -> None:
    """Ends the command if a signal came.

    Raises:
        Interrupted: a signal came.
    """
    if _received:
        from nnrun.errors import Interrupted, Terminated

        _noticed.set()
        raise Interrupted("Interrupted.") if _received[0] == signal.SIGINT else Terminated("Terminated.")


def status_of_signal() -> int | None:
    """The exit status that the first signal stands for; None where none came."""
    if not _received:
        return None
    return 130 if _received[0] == signal.SIGINT else 143


def signal_in_words() -> str:
    """How the first signal ends the command, as a sentence."""
    return "Interrupted." if status_of_signal() == 130 else "Terminated."


def before_exit(action: LastAction, *, by_signal: bool = False) -> None:
    """Adds something that is done, on any thread, before the process ends.

    Args:
        action: what is done.
        by_signal: whether it is done only after a signal.
    """
    _last_actions.append((action, by_signal))


def drop_actions() -> None:
    """Leaves out what is done after a signal alone: the run that it saves is over."""
    _last_actions[:] = [pair for pair in _last_actions if not pair[1]]


def exit_process(status: int, *, by_signal: bool = False) -> NoReturn:
    """Ends the process without the interpreter's teardown, which takes a second with TensorFlow.

    Args:
        status: the exit status.
        by_signal: whether to report a signal on standard error.
    """
    with _ending:  # which nothing releases
        if _received:
            threading.Thread(target=_end_anyway, args=(status,), daemon=True).start()
        hints = []
        for action, only_by_signal in reversed(_last_actions):
            if _received or not only_by_signal:
                with suppress(Exception):
                    hints.append(action())
        if by_signal:
            with suppress(Exception):
                _report([hint for hint in hints if hint])
        os._exit(status)


def _end_anyway(status: int) -> None:
    """Ends the process should its last actions not come to an end, as on a disk that does not respond."""
    time.sleep(GRACE_SECONDS)
    os._exit(status)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Handles a signal in Python; `_read` is notified of it."""


def _read(reading: int) -> None:
    while True:
        number = os.read(reading, 1)[0]
        if number in SIGNALS:
            _received.append(number)
            if len(_received) == 1:
                threading.Thread(target=_end_in_time, daemon=True).start()
            elif len(_received) == 2:
                _again.set()
            else:
                os._exit(status_of_signal() or 0)


def _end_in_time() -> None:
    """Ends the process if the main thread does not."""
    with _ending:
        writes = _writes
    if writes and not _again.wait(GRACE_SECONDS) and _noticed.is_set():
        _again.wait(GRACE_SECONDS)
    exit_process(status_of_signal() or 0, by_signal=True)


def _report(hints: list[str]) -> None:
    clear = "\r\x1b[K\x1b[?25h" if os.isatty(_screen) else ""  # a live line hides the cursor
    text = "\n  ".join([signal_in_words(), *hints])
    os.write(_screen, f"{clear}{text}\n".encode())
