"""Loads NumPy for commands that compute no products of matrices, so that its thread pool is not started."""

from __future__ import annotations

import importlib
import os
import sys

_THREADS = "OPENBLAS_NUM_THREADS"  # of OpenBLAS, which NumPy's wheels contain; read once, when NumPy is loaded


def load_one_threaded_numpy() -> None:
    """Loads NumPy without the threads of its linear algebra, whose start alone keeps every processor busy for 0.1 s.

    Does nothing where NumPy is loaded, or where the user has set the number; processes started later have their own.
    """
    if "numpy" in sys.modules or _THREADS in os.environ:
        return
    os.environ[_THREADS] = "1"
    try:
        importlib.import_module("numpy")
    finally:
        del os.environ[_THREADS]
