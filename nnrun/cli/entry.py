"""The first function of the command `nnrun`: what comes before the imports, and the way out.

Imported by the command alone: a signal ends the process from here on, with its status and without a traceback.
"""

from __future__ import annotations

import os
import signal
import sys

for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # as of nohup
        signal.signal(number, lambda number, frame: os._exit(130 if number == signal.SIGINT else 143))

from typing import NoReturn  # noqa: E402

from nnrun.cli.signals import exit_process, take_signals  # noqa: E402


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    _open_closed_streams()
    take_signals()
    from nnrun.cli.main import flushed, ignore_strict_warnings, run

    ignore_strict_warnings()
    exit_process(flushed(run(sys.argv[1:], hands_over=True)))


def _open_closed_streams() -> None:
    """Opens standard streams that were closed from the beginning: another file would get their descriptor."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115
