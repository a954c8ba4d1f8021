"""What the server of the worker processes loads once for all of them.

Nothing here may run an operation: TensorFlow's threads would not survive the fork.
"""

import gc
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the first one decides

from nnrun.model.runtime import import_quietly  # noqa: E402

import_quietly()

import nnrun.sweep.execute.trial_runner  # noqa: E402, F401

gc.collect()
gc.freeze()
