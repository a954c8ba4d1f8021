"""What nnrun asks Dask workers to do; these functions run there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnrun.runs.provenance import versions
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.worker_process import Death, Told, WorkerProcess
from nnrun.sweep.plan.group import Chunk
from nnrun.sweep.sweep_folder import TRIALS

# How a trial ends whose worker is gone.
LOST = "was lost with its Dask worker"

# One for each worker of this process and each sweep.
_desks: dict[tuple[str, str], WorkerProcess] = {}
_changing = threading.Lock()


@dataclass(frozen=True)
class Order:
    """What a task asks of its worker.

    Args:
        sweep: a name that no other sweep under way has.
        job: what the trials have in common.
        share: trials to be trained; None to go on listening.
    """

    sweep: str
    job: TrialContext
    share: Chunk | None


def sign(folder: Path, sweep: str) -> Path:
    """What a client puts into the sweep's folder; a worker that finds it there sees the same folder."""
    return folder / TRIALS / f".{sweep}.part"


def introduce(folder: Path, dask_worker: Any) -> dict[str, str]:
    """The worker's versions by distribution name; what it keeps for an earlier client of the same sweep is ended."""
    _close(dask_worker.id, lambda sweep, desk: desk.job.folder == folder)
    return versions()


def serve(order: Order) -> Told:
    """Hands over a share, if there is one, and waits a little for what the process that trains has to tell."""
    from distributed import get_worker

    key = (get_worker().id, order.sweep)
    with _changing:
        if key not in _desks and order.share is None:
            return [Death(LOST)]  # another worker has got its address
        if key not in _desks or _desks[key].is_closed:
            mark = sign(order.job.folder, order.sweep)
            job = _desks[key].job if key in _desks else order.job
            _desks[key] = WorkerProcess(job, shared=mark.is_dir() and os.access(mark.parent, os.W_OK))
        desk = _desks[key]
    return desk.serve(order.share)


def leave(sweep: str, dask_worker: Any) -> None:
    """Ends the process that the worker keeps for a sweep."""
    _close(dask_worker.id, lambda name, desk: name == sweep)


def _close(worker: str, is_over: Callable[[str, WorkerProcess], bool]) -> None:
    with _changing:
        keys = [key for key, desk in _desks.items() if key[0] == worker and is_over(key[1], desk)]
        over = [_desks.pop(key) for key in keys]
    for desk in over:
        desk.close()
