"""Signals while a single call into TensorFlow takes minutes: the process ends in time, and the record is true."""

import signal
import subprocess
import time

import pytest
from started_commands import record_in, start

from nnrun.cli.signals import GRACE_SECONDS
from nnrun.runs.checkpoint import find_checkpoint

pytestmark = pytest.mark.keras

# An epoch takes minutes, in a single call into TensorFlow.
LONG = """
data: {generator: {blobs: {samples: 20000, features: 64}}}
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
# It says when tracing is over and the first epoch has begun, and is given a quarter of the time to end by itself.
TOLD = """
import sys
import tensorflow as tf
from nnrun.cli import signals
from nnrun.cli.entry import main
from nnrun.training.program import Program

def told(program, data, validation, order, epoch=Program._epoch):
    with tf.control_dependencies([tf.print("The epoch has begun.", output_stream=sys.stderr)]):
        return epoch(program, data, validation, tf.identity(order))

Program._epoch = told
signals.GRACE_SECONDS /= 4
main()
"""


def seconds_to_end(process: subprocess.Popen[str], number: int) -> float:
    began = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=60)
    return time.monotonic() - began


def test_a_signal_in_the_middle_of_a_long_epoch_ends_the_run_in_time(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    process = start("train", "long.yaml", "--threads", "1", cwd=tmp_path, program=("-c", TOLD))
    assert process.stderr is not None
    for line in process.stderr:
        if "The epoch has begun." in line:
            break
    assert seconds_to_end(process, signal.SIGTERM) < 10 - 1.5 * GRACE_SECONDS
    assert process.returncode == 143
    assert record_in(tmp_path / "runs")["status"] == "interrupted"
    (folder,) = (tmp_path / "runs").iterdir()
    found = find_checkpoint(folder)
    assert found is not None
    assert int(found.checkpoint.arrays["epochs"]) == 0


def test_a_second_signal_ends_the_process_at_once_and_the_record_is_true(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    process = start("train", "long.yaml", cwd=tmp_path)
    assert process.stderr is not None
    for line in process.stderr:
        if "loading TensorFlow" in line:  # the folder is claimed
            break
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    assert seconds_to_end(process, signal.SIGINT) < 2
    assert process.returncode == 130
    assert record_in(tmp_path / "runs")["status"] == "interrupted"
    (log,) = tmp_path.glob("runs/*/run.log")
    assert log.read_text().endswith(f"\nInterrupted.\n  Resume with: nnrun resume runs/{log.parent.name}\n")
