"""Signals while a single call into TensorFlow takes minutes: the process ends in time, and the record is true."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from busy import TRIES
from started_commands import record_in, start

from nnrun.cli.signals import GRACE_SECONDS
from nnrun.runs.checkpoint import find_checkpoint

pytestmark = pytest.mark.keras

# An epoch takes minutes, in a single call into TensorFlow.
LONG = """
data: {generator: {blobs: {samples: 60000, features: 64}}}
layers:
  - Reshape: {target_shape: [8, 8, 1]}
  - Conv2D: {filters: 256, kernel_size: 3}
  - Conv2D: {filters: 512, kernel_size: 3}
  - Flatten
  - Dense: {units: 3, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: 2
batch_size: 8
"""
# It says when tracing is over and the first epoch has begun, and when a signal has come. Its first argument is what
# part of the usual time it is given to end by itself; its last actions may take all the time that they need.
TOLD = """
import sys
import tensorflow as tf
from nnrun.cli import signals
from nnrun.cli.entry import main
from nnrun.training.program import Program

def told(program, data, validation, order, epoch=Program._epoch):
    with tf.control_dependencies([tf.print("The epoch has begun.", output_stream=sys.stderr)]):
        return epoch(program, data, validation, tf.identity(order))

def received(command, number, receive=signals.CommandSignals.receive):
    receive(command, number)
    print("A signal has come.", file=sys.stderr, flush=True)

Program._epoch = told
signals.CommandSignals.receive = received
signals.GRACE_SECONDS *= float(sys.argv.pop(1))
signals.LAST_SECONDS = 600
main()
"""


def in_first_epoch(folder: Path, grace: str) -> subprocess.Popen[str]:
    """A command in the middle of the first epoch."""
    folder.mkdir()
    (folder / "long.yaml").write_text(LONG)
    process = start("train", "long.yaml", "--threads", "1", cwd=folder, program=("-c", TOLD, grace))
    read_to(process, "The epoch has begun.")
    return process


def read_to(process: subprocess.Popen[str], words: str) -> None:
    """Reads what a process tells up to the line with these words."""
    assert process.stderr is not None
    assert any(words in line for line in process.stderr)


def test_a_signal_in_the_middle_of_a_long_epoch_ends_the_run_in_time(tmp_path):
    """One of three tries will do for the time: on a crowded machine processes may have to wait."""
    bound = 10 - 1.5 * GRACE_SECONDS
    assert any(seconds_to_end(tmp_path / str(number)) < bound for number in range(TRIES))


def seconds_to_end(folder: Path) -> float:
    """How long a process takes to end by a signal in the middle of an epoch; its run is resumed from the beginning."""
    process = in_first_epoch(folder, grace="0.25")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    taken = time.monotonic() - began
    assert process.returncode == 143
    assert record_in(folder / "runs")["status"] == "interrupted"
    (run,) = (folder / "runs").iterdir()
    found = find_checkpoint(run)
    assert found is not None
    assert int(found.checkpoint.arrays["epochs"]) == 0
    return taken


def test_a_second_signal_ends_the_process_at_once_and_the_record_is_true(tmp_path):
    """At once: the epoch takes minutes, and the time to end by itself would be longer."""
    process = in_first_epoch(tmp_path / "here", grace="100")
    process.send_signal(signal.SIGINT)
    read_to(process, "A signal has come.")  # else the system may make one of two
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert record_in(tmp_path / "here" / "runs")["status"] == "interrupted"
    (log,) = tmp_path.glob("here/runs/*/run.log")
    assert log.read_text().endswith(f"\nInterrupted.\n  Resume with: nnrun resume runs/{log.parent.name}\n")
