"""Experiment files trained in worker processes that may die, or are ended by a signal."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from nnrun.errors import Interrupted
from nnrun.run_options import RunOptions
from nnrun.testing.case_listener import CaseListener
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.case_results import run_cases

LINE = """
data: {{generator: {{table: {{columns: [x, y], rows: [[0, 0], [1, 2], [2, 4]], target: y}}}}}}
layers: [{{Dense: {{units: 1, kernel_initializer: ones}}}}]
optimizer: {{SGD: {{learning_rate: 0.05}}}}
loss: mse
epochs: {epochs}
"""


class Killing(CaseListener):
    """Kills the worker process as soon as it trains the experiment `endless`; interrupts after some results."""

    def __init__(self, runs_dir: Path, results: int) -> None:
        self.runs_dir = runs_dir
        self.left = results
        self.killed = False
        self.others = set(multiprocessing.active_children())  # of this process, whose tests before may have left some

    def on_safe_point(self) -> None:
        if not self.killed and list(self.runs_dir.glob(".*/*-endless/run.json")):
            (worker,) = set(multiprocessing.active_children()) - self.others
            os.kill(worker.pid, signal.SIGKILL)
            self.killed = True
        if self.left == 0:
            raise Interrupted("Interrupted.")

    def on_result(self, result) -> None:
        self.left -= 1


@pytest.mark.keras
def test_a_dead_worker_costs_its_training_alone_and_a_signal_those_that_were_not_begun(tmp_path):
    files = []
    for name, epochs in (("endless", 10_000_000), ("long", 200), ("short", 2)):
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(LINE.format(epochs=epochs))
    runs_dir = tmp_path / "runs"
    run = RunOptions(tmp_path, plotted=False, reported=False)
    done = run_cases(files, CaseOptions(run, runs_dir), Killing(runs_dir, results=2))
    assert [result.status for result in done.results] == ["error", "passed", "skipped"]
    assert done.results[0].reason == "The process that trained it was ended by SIGKILL."
    assert done.exit_status == 130
    assert not runs_dir.exists()  # nothing was kept
