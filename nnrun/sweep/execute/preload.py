"""What the server of the worker processes loads once for all of them.

Nothing here may run an operation: TensorFlow's threads would not survive the fork.
"""

import atexit
import gc
import os
import shutil
import threading
from typing import NoReturn

from nnrun.model.runtime import import_quietly
from nnrun.sweep.execute.forkserver import FOLDER_VARIABLE

_folder = os.environ.pop(FOLDER_VARIABLE, "")
_loaded = threading.Event()


def _end() -> NoReturn:
    """Ends the server without tearing TensorFlow down."""
    shutil.rmtree(_folder, ignore_errors=True)
    os._exit(0)


def _end_with(parent: int) -> None:
    """Ends the server with the process that started it, which it would notice only after the imports."""
    while not _loaded.wait(0.1):
        if os.getppid() != parent:
            _end()


_watch = threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True)
_watch.start()
atexit.register(_end)
import_quietly()

import nnrun.sweep.execute.trial_runner  # noqa: E402, F401

_loaded.set()
_watch.join()  # a fork should have one thread
gc.collect()
gc.freeze()
