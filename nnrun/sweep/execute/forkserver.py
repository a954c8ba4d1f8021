"""How worker processes are started: forked from a server with TensorFlow loaded, or spawned where there is no fork."""

from __future__ import annotations

import multiprocessing
import os
from typing import Any


def start_server() -> Any:
    """The context that makes worker processes; once is enough.

    Its server loads TensorFlow while this process continues, and ends with it, so that a worker starts in half a
    second. On Windows each worker loads TensorFlow by itself. No process has the present folder on its path.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver  # cannot be imported on Windows

    forkserver.set_forkserver_preload(["nnrun.sweep.execute.preload"])
    forkserver.ensure_running()
    return multiprocessing.get_context("forkserver")
