"""Ctrl-C while Python trains: the first one ends the training where nothing is lost, a second one ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from nnrun.errors import Interrupted


@contextmanager
def deferred_interrupt(describe: Callable[[], str]) -> Iterator[Callable[[], None]]:
    """Turns Ctrl-C into a flag inside the block; a `KeyboardInterrupt` leaves the block after the training has ended.

    Where the program handles SIGINT in a way of its own, or on another thread than the main one, nothing changes.

    Args:
        describe: says what was interrupted and how to resume it.

    Yields:
        A function that raises `Interrupted` if Ctrl-C was pressed, to be called where nothing is lost.
    """
    pressed: list[int] = []

    def press(number: int, frame: FrameType | None) -> None:
        if pressed:
            signal.default_int_handler(number, frame)
        pressed.append(number)

    def check() -> None:
        if pressed:
            raise Interrupted("Interrupted.")

    is_main = threading.current_thread() is threading.main_thread()
    ours = is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, press)
    try:
        yield check
    except Interrupted as error:
        raise KeyboardInterrupt(describe()) from error
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed:  # too late to end the training: what comes after it is not begun
        raise KeyboardInterrupt(describe())
