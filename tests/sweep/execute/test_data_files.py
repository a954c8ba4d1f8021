"""The data file of a sweep is opened as often as there are processes, however many trials there are."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import plan_sweep, request_sweep
from nnrun.sweep.sweep import SweepOptions, run_sweep

pytestmark = [pytest.mark.keras, pytest.mark.skipif(sys.platform != "linux", reason="openings are counted by Linux")]

SWEPT = """
data: {generator: {csv: {path: rows.csv}}}
layers: [Dense: {units: 1}]
optimizer: sgd
loss: mse
epochs: 1
batch_size: 4000
sweep: {grid: {seed: 0..49}}
"""
OPENINGS = 2  # of a process: one for the digest, one to read the rows

_IN_OPEN, _NO_WAIT = 0x20, os.O_NONBLOCK
_EVENT = struct.Struct("iIII")


@contextmanager
def opened(path: Path) -> Iterator[list[int]]:
    """Collects an entry for every time that any process opens the file, as inotify(7) tells."""
    libc, events = ctypes.CDLL(None, use_errno=True), list[int]()
    queue = libc.inotify_init1(_NO_WAIT)
    try:
        # Closings, too: the system would make one event of two openings that follow each other.
        assert libc.inotify_add_watch(queue, os.fsencode(path), _IN_OPEN | 0x10) >= 0
        yield events
        data = os.read(queue, 2**20)
        events += [mask for _, mask, _, _ in _EVENT.iter_unpack(data) if mask & _IN_OPEN]
    finally:
        os.close(queue)


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_fifty_trials_open_their_file_once_in_each_process(tmp_path: Path, jobs: int) -> None:
    rows, file = tmp_path / "rows.csv", tmp_path / "it.yaml"
    rows.write_text("a,b,y\n" + "0,0,0\n0,1,1\n" * 2000)
    file.write_text(SWEPT)
    options = SweepOptions(jobs=jobs, keras_home=tmp_path)
    with opened(rows) as openings:
        done = run_sweep(plan_sweep(request_sweep(file)), options, SweepListener(), runs_dir=tmp_path / "runs")
    assert [outcome.status for outcome in done.outcomes.values()] == ["completed"] * 50
    assert OPENINGS <= len(openings) <= OPENINGS * (1 + jobs)  # the trials are planned in a process, too
