"""`python -m nnrun` is the same as `nnrun`."""

import os
import signal
import sys

# Until the handlers of `nnrun.cli.signals` are there, a signal ends the process with its status, without a traceback.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # as of nohup
        signal.signal(number, lambda number, frame: os._exit(130 if number == signal.SIGINT else 143))

# Python puts the present folder first on the path, and what lies there must not be run. Where nnrun itself lies there,
# the folder comes last, after everything that is installed.
if not sys.flags.safe_path:
    present = sys.path.pop(0)
    if __file__.startswith(present):
        sys.path.append(present)

from nnrun.cli.entry import main  # noqa: E402

if __name__ == "__main__":
    main()
