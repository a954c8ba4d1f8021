"""The server that worker processes are forked from."""

from __future__ import annotations

from multiprocessing import forkserver


def start_server() -> None:
    """Starts the server, which loads TensorFlow while this process goes on; once is enough.

    It ends with this process.
    """
    forkserver.set_forkserver_preload(["nnrun.sweep.execute.preload"])
    forkserver.ensure_running()
