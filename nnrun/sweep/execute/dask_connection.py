"""The connection to a Dask scheduler."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any

from nnrun.errors import ExperimentError, Problem, StorageError, UsageError
from nnrun.runs.storage_errors import temporary_file_errors

LOCAL = "local"

# How long a scheduler may take to respond.
_PATIENCE = 5.0
# How long to wait for workers to end their processes; these end without it, but later.
CLOSING_SECONDS = 3.0


@contextmanager
def connected(address: str, count: int) -> Iterator[Any]:
    """A client of a Dask scheduler.

    Args:
        address: the scheduler's, or `local` for workers on this machine alone.
        count: the number of workers of a local cluster.

    Raises:
        ExperimentError: Dask is not installed.
        UsageError: the address is not valid.
        StorageError: no scheduler responds.
    """
    try:
        import distributed
    except ImportError as error:
        hint = "Install it: pip install 'nnrun[dask]'"
        raise ExperimentError(Problem("--dask needs the package distributed.", hint=hint)) from error
    # nnrun reports the same in one line; of a wait that Dask leaves behind as it ends, nobody wants to know.
    for name in ("distributed", "distributed.client", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address != LOCAL:
        with _client(distributed, address) as client:
            yield client
        return
    with temporary_file_errors():
        tempfile.gettempdir()  # where Dask's workers store what does not fit into memory
    # Workers in threads are enough, since each trains in a process of its own. The scheduler serves pages in any case:
    # on a port that is free, and to this machine alone.
    pages = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    options = {"processes": False, "threads_per_worker": 1, "memory_limit": 0, "scheduler_kwargs": pages}
    with (
        distributed.LocalCluster(n_workers=count, silence_logs=logging.CRITICAL, **options) as cluster,
        _client(distributed, cluster) as client,
    ):
        yield client


@contextmanager
def _client(distributed: Any, address: Any) -> Iterator[Any]:
    client = _connect(distributed, address)
    try:
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=CLOSING_SECONDS)


def _connect(distributed: Any, address: Any) -> Any:
    """A client; made on another thread, since connecting to something that is no scheduler may never return."""
    made: SimpleQueue[Any] = SimpleQueue()

    def connect() -> None:
        try:
            made.put(distributed.Client(address, timeout=_PATIENCE, set_as_default=False))
        except Exception as error:
            made.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        client = made.get(timeout=2 * _PATIENCE)
    except Empty:
        raise unreachable(address) from None
    if isinstance(client, ValueError):
        hint = "For example: --dask tcp://192.168.0.7:8786, or --dask local"
        raise UsageError(Problem(f'"{address}" is not the address of a Dask scheduler: {client}', hint=hint))
    if isinstance(client, Exception):
        raise unreachable(address) from client
    return client


def unreachable(address: Any) -> StorageError:
    """The error of a scheduler that does not respond."""
    hint = "Is it running, and is no firewall in between? Start one: dask scheduler"
    return StorageError(Problem(f"No Dask scheduler responds at {address}.", hint=hint))
