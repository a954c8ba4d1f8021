"""How worker processes are started: forked from a server with TensorFlow loaded, or spawned where there is no fork."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnrun.runs.storage_errors import temporary_file_errors

# Tells the server the folder of its socket, which it removes at its end: it outlives a process that is killed.
FOLDER_VARIABLE = "NNRUN_SERVER_FOLDER"
# That folder, once a server was started.
_folder: Path | None = None
# The most bytes in the path of the folder that holds it: a socket's path has at most 103 on some systems, and ends in
# /nnrun-12345678/pymp-12345678/listener-12345678.
_LONGEST = 103 - 47


def start_server() -> Any:
    """The context that makes worker processes; once is enough.

    Its server loads TensorFlow while this process continues, and ends with it, so that a worker starts in half a
    second. On Windows each worker loads TensorFlow by itself. No process has the present folder on its path.

    Raises:
        StorageError: there is no temporary folder for the server's socket.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver, resource_tracker  # cannot be imported on Windows

    forkserver.set_forkserver_preload(["nnrun.sweep.execute.preload"])
    resource_tracker.ensure_running()  # which changes the mask of signals
    with _own_folder(), _signals_blocked():
        forkserver.ensure_running()
    return multiprocessing.get_context("forkserver")


def remove_server_folder() -> None:
    """Removes the folder of the server's socket, if there is one; no worker starts after that."""
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)


def server_folder() -> Path | None:
    """The folder of a server that this process has started, which the server removes at its end; None without one."""
    return _folder


def has_started_server() -> bool:
    """Whether this process has started a server, which keeps the environment and the folder of that moment."""
    return _folder is not None


@contextmanager
def _own_folder() -> Iterator[None]:
    """A temporary folder for what multiprocessing stores, which a process that ends without a teardown would leave."""
    global _folder
    before = tempfile.tempdir
    if _folder is None:
        _folder = _new_folder()
    tempfile.tempdir = os.environ[FOLDER_VARIABLE] = str(_folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        del os.environ[FOLDER_VARIABLE]


def _new_folder() -> Path:
    with temporary_file_errors():
        long = len(os.fsencode(tempfile.gettempdir())) > _LONGEST
        return Path(tempfile.mkdtemp(prefix="nnrun-", dir="/tmp" if long else None))


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Blocks signals in a process that is started here, and in its children: this process decides when they end."""
    numbers = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
