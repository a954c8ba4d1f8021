"""The tasks of Dask workers; these functions run there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnrun.model.environment import deciding_variables
from nnrun.runs import layout
from nnrun.runs.identity import Identity
from nnrun.runs.provenance import versions
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.worker_process import Messages, ProcessDied, SentChunk, WorkerProcess

# How a trial ends whose worker is gone.
LOST = "was lost with its Dask worker"

# One for each worker of this process and each sweep.
_processes: dict[tuple[str, str], WorkerProcess] = {}
_changing = threading.Lock()


@dataclass(frozen=True)
class DaskTask:
    """What a task does.

    Args:
        sweep: a name that no other running sweep has.
        context: what the trials have in common.
        chunk: the trials to train; None to wait for messages only.
    """

    sweep: str
    context: TrialContext
    chunk: SentChunk | None


def marker(folder: Path, sweep: str) -> Path:
    """The path of a marker in the sweep's folder; a worker that finds it sees the same folder as the client."""
    return folder / layout.TRIALS / f".{sweep}.part"


def register(folder: Path, dask_worker: Any) -> Identity:
    """The worker's versions and environment; a process of an earlier client of the same sweep is ended."""
    _close(dask_worker.id, lambda sweep, process: process.context.folder == folder)
    return Identity(versions=versions(), environment=deciding_variables())


def train_chunk(task: DaskTask) -> Messages:
    """Gives a chunk to the worker's process, if there is one, and waits a little for messages of the process."""
    from distributed import get_worker

    key = (get_worker().id, task.sweep)
    with _changing:
        if key not in _processes and task.chunk is None:
            return [ProcessDied(LOST)]  # another worker has got its address
        if key not in _processes or _processes[key].is_closed:
            mark = marker(task.context.folder, task.sweep)
            context = _processes[key].context if key in _processes else task.context
            _processes[key] = WorkerProcess(context, shared=mark.is_dir() and os.access(mark.parent, os.W_OK))
        process = _processes[key]
    return process.train(task.chunk)


def end_sweep(sweep: str, dask_worker: Any) -> None:
    """Ends the worker's process for a sweep."""
    _close(dask_worker.id, lambda name, process: name == sweep)


def _close(worker: str, is_over: Callable[[str, WorkerProcess], bool]) -> None:
    with _changing:
        keys = [key for key, process in _processes.items() if key[0] == worker and is_over(key[1], process)]
        over = [_processes.pop(key) for key in keys]
    for process in over:
        process.close()
