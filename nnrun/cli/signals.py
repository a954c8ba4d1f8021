"""SIGINT, SIGTERM and SIGHUP set a flag, and a command ends at a point where nothing is lost.

An exception that a signal raises wherever Python happens to be is caught by foreign code, or leaves it half done. So
commands look at the flag between chunks of epochs, trials, stages and pictures. A process that does not end by itself
in time, at a second signal, or before its command writes anything, is ended from a thread. Loads nothing heavy: signals
are handled before the imports begin.

A process runs one command, or as a warm worker several in turn: each has signals and last actions of its own.
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
# How long its last actions may take.
LAST_SECONDS = 4.0

# What is done before the process ends, the last first; returns a remedy to show, if there is one.
LastAction = Callable[[], str | None]


class CommandSignals:
    """The signals that came for one command, and what is done before it ends.

    Args:
        end: ends the process with an exit status.
        writes: whether a signal waits for a point where nothing is lost; otherwise it ends the process at once.
    """

    def __init__(self, end: Callable[[int], NoReturn] = os._exit, *, writes: bool = False) -> None:
        self.end = end
        self.writes = writes
        self.received: list[int] = []
        self.last_actions: list[tuple[LastAction, bool]] = []
        self.screen = 2
        self.noticed = threading.Event()
        self._again = threading.Event()
        self._ending = threading.Lock()
        self._passing_on = threading.Lock()
        self._pass_on: Callable[[int], None] | None = None
        self._over = self._acted = False

    def receive(self, number: int) -> None:
        """Takes a signal, on any thread."""
        with self._passing_on:
            self.received.append(number)
            pass_on = self._pass_on
        if self._over:
            return
        if pass_on:
            pass_on(number)
        elif len(self.received) == 1:
            threading.Thread(target=self._end_in_time, daemon=True).start()
        elif len(self.received) == 2:
            self._again.set()
        else:
            self.end(self.status or 0)

    def pass_on(self, to: Callable[[int], None]) -> None:
        """From now on signals are for another process, which runs the command; it gets the earlier ones too."""
        with self._passing_on:
            self._pass_on = to
            earlier = list(self.received)
        for number in earlier:
            to(number)

    @property
    def over(self) -> bool:
        """Whether the command has ended."""
        return self._over

    @property
    def status(self) -> int | None:
        """The exit status that the first signal stands for; None where none came."""
        if not self.received:
            return None
        return 130 if self.received[0] == signal.SIGINT else 143

    def expect_writing(self) -> None:
        """From now on a signal waits for a point where nothing is lost; before, it ends the process at once."""
        with self._ending:
            self.writes = True

    def exit(self, status: int) -> NoReturn:
        """Ends the process after the last actions."""
        with self._ending:  # which nothing releases
            self._act(status)
            self.end(status)

    def finish(self, status: int) -> None:
        """The command has ended and the process goes on; a thread that is ending the process is waited for in vain."""
        with self._ending:
            self._over = True
            self._act(status)

    def _act(self, status: int, *, by_signal: bool = False) -> None:
        if self.received:
            threading.Thread(target=self._end_anyway, args=(status,), daemon=True).start()
        hints = []
        for action, only_by_signal in reversed(self.last_actions):
            if self.received or not only_by_signal:
                with suppress(Exception):
                    hints.append(action())
        self._acted = True
        if by_signal:
            with suppress(Exception):
                self._report([hint for hint in hints if hint])

    def _end_anyway(self, status: int) -> None:
        """Ends the process should its last actions not come to an end, as on a disk that does not respond."""
        time.sleep(LAST_SECONDS)
        if not (self._over and self._acted):
            self.end(status)

    def _end_in_time(self) -> None:
        """Ends the process if the main thread does not."""
        with self._ending:
            writes = self.writes
        if writes and not self._again.wait(GRACE_SECONDS) and self.noticed.is_set():
            self._again.wait(GRACE_SECONDS)
        with self._ending:  # which nothing releases if the process ends
            if not (self._over or self._pass_on):
                self._act(self.status or 0, by_signal=True)
                self.end(self.status or 0)

    def _report(self, hints: list[str]) -> None:
        clear = "\r\x1b[K\x1b[?25h" if os.isatty(self.screen) else ""  # a live line hides the cursor
        text = "\n  ".join([signal_in_words(), *hints])
        os.write(self.screen, f"{clear}{text}\n".encode())


_command = CommandSignals()


def take_signals() -> None:
    """Handles the signals from now on; called once, on the main thread."""
    _command.screen = os.dup(2)  # which is redirected while TensorFlow is imported
    reading, writing = os.pipe()
    if hasattr(os, "set_blocking"):  # Windows has it from Python 3.12 on, and does not require it
        os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in SIGNALS:
        if number in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(number) != signal.SIG_IGN:  # as of nohup
            signal.signal(number, _ignore)
    threading.Thread(target=_read, args=(reading,), daemon=True).start()


def begin_command(command: CommandSignals) -> None:
    """Signals are those of another command from now on."""
    global _command
    _command = command


def present_command() -> CommandSignals:
    """The command that runs."""
    return _command


def expect_writing() -> None:
    """From now on a signal waits for a point where nothing is lost; before, it ends the process at once."""
    _command.expect_writing()


def raise_if_interrupted() -> None:
    """Ends the command if a signal came.

    Raises:
        Interrupted: a signal came.
    """
    if _command.received:
        from nnrun.errors import Interrupted, Terminated

        _command.noticed.set()
        raise Interrupted("Interrupted.") if _command.received[0] == signal.SIGINT else Terminated("Terminated.")


def status_of_signal() -> int | None:
    """The exit status that the first signal stands for; None where none came."""
    return _command.status


def signal_in_words() -> str:
    """How the first signal ends the command, as a sentence."""
    return "Interrupted." if status_of_signal() == 130 else "Terminated."


def before_exit(action: LastAction, *, by_signal: bool = False) -> None:
    """Adds something that is done, on any thread, before the process ends.

    Args:
        action: what is done.
        by_signal: whether it is done only after a signal.
    """
    _command.last_actions.append((action, by_signal))


def drop_actions() -> None:
    """Leaves out what is done after a signal alone: the run that it saves is over."""
    _command.last_actions[:] = [pair for pair in _command.last_actions if not pair[1]]


def exit_process(status: int) -> NoReturn:
    """Ends the process without the interpreter's teardown, which takes a second with TensorFlow.

    Args:
        status: the exit status.
    """
    _command.exit(status)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Handles a signal in Python; `_read` is notified of it."""


def _read(reading: int) -> None:
    while True:
        number = os.read(reading, 1)[0]
        if number in SIGNALS:
            _command.receive(number)
