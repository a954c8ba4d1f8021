"""What the server of the worker processes loads once for all of them.

Nothing here may run an operation: TensorFlow's threads would not survive the fork.
"""

import atexit
import gc
import os

from nnrun.model.runtime import import_quietly

atexit.register(os._exit, 0)  # without tearing TensorFlow down
import_quietly()

import nnrun.sweep.execute.trial_runner  # noqa: E402, F401

gc.collect()
gc.freeze()
