"""Ctrl-C and SIGTERM at any moment: the exit status, in time, and a run that can be resumed."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from nnrun.runs.checkpoint import find_checkpoint

pytestmark = pytest.mark.keras

XOR = str(EXPERIMENTS / "xor.yaml")
# An epoch takes minutes, in a single call into TensorFlow.
LONG = """
data: {generator: {blobs: {samples: 400000, features: 64}}}
layers:
  - Reshape: {target_shape: [8, 8, 1]}
  - Conv2D: {filters: 32, kernel_size: 3}
  - Conv2D: {filters: 64, kernel_size: 3}
  - Flatten
  - Dense: {units: 3, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: 2
batch_size: 8
"""


def start(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nnrun", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def seconds_to_end(process: subprocess.Popen[str], number: int) -> float:
    began = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=60)
    return time.monotonic() - began


def record_in(runs: Path) -> dict[str, object]:
    (folder,) = runs.iterdir()
    return json.loads((folder / "run.json").read_text())


def test_a_signal_in_the_middle_of_a_long_epoch_ends_the_run_in_time(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    process = start("train", "long.yaml", cwd=tmp_path)
    assert process.stderr is not None
    for line in process.stderr:
        if "graph engine" in line:
            break
    time.sleep(4)  # tracing is over, the first epoch has begun
    assert seconds_to_end(process, signal.SIGTERM) < 10
    assert process.returncode == 143
    assert record_in(tmp_path / "runs")["status"] == "interrupted"
    (folder,) = (tmp_path / "runs").iterdir()
    found = find_checkpoint(folder)
    assert found is not None
    assert int(found.checkpoint.arrays["epochs"]) == 0


@pytest.mark.parametrize("times", [2, pytest.param(15, marks=pytest.mark.slow)])
def test_a_signal_at_any_moment_ends_the_command_in_time(times, tmp_path):
    rng = random.Random(times)
    for i in range(times):
        number = rng.choice([signal.SIGINT, signal.SIGTERM])
        process = start("train", "-q", XOR, "--runs-dir", str(i), "--set", "epochs=3000", cwd=tmp_path)
        time.sleep(rng.uniform(0.3, 7.0))
        taken = seconds_to_end(process, number)
        assert taken < 10
        if process.returncode == 0:  # it was done before
            continue
        assert process.returncode == (130 if number == signal.SIGINT else 143)
        if (tmp_path / str(i)).exists() and list((tmp_path / str(i)).iterdir()):
            assert record_in(tmp_path / str(i))["status"] in ("interrupted", "completed")


def test_a_second_signal_ends_the_process_at_once(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    process = start("train", "long.yaml", cwd=tmp_path)
    assert process.stderr is not None
    process.stderr.readline()  # the folder is claimed, TensorFlow loads
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    assert seconds_to_end(process, signal.SIGINT) < 10
    assert process.returncode in (130, -signal.SIGINT)
