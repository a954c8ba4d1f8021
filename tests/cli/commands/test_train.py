"""`nnrun train` as a whole command: what it prints where, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments import EXPERIMENTS

pytestmark = pytest.mark.keras

XOR = str(EXPERIMENTS / "xor.yaml")


def nnrun(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nnrun", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_the_last_line_of_the_output_is_the_folder_and_all_else_is_told_elsewhere(tmp_path):
    result = nnrun("train", XOR, "--set", "epochs=300", "--name", "mine", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    (folder,) = result.stdout.splitlines()
    assert folder.startswith("runs/")
    assert folder.endswith("-mine")
    assert (tmp_path / folder / "model.keras").exists()
    assert "16 × (2 + 1) = 48" in result.stderr
    assert "expected binary_accuracy >= 1.0: passed (1, met first at epoch " in result.stderr
    assert "\x1b" not in result.stderr
    assert "Traceback" not in result.stderr
    (line,) = [line for line in result.stderr.splitlines() if "tensorflow" in line.lower()]
    assert line.startswith("loading TensorFlow 2.")


def test_quiet_prints_the_folder_alone(tmp_path):
    result = nnrun("train", "-q", XOR, "--set", "epochs=300", "--runs-dir", "elsewhere", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stderr == ""
    assert (tmp_path / result.stdout.removesuffix("\n") / "run.json").exists()


def test_json_prints_the_record_and_an_unmet_expectation_is_status_1(tmp_path):
    result = nnrun("train", "--json", "-q", XOR, "--set", "epochs=2", "--set", 'expect=["loss <= 1e-9"]', cwd=tmp_path)
    assert result.returncode == 1
    (line,) = result.stdout.splitlines()
    record = json.loads(line)
    assert record["status"] == "completed"
    assert record["expectations"] == [
        {"expectation": "loss <= 1e-09", "value": record["final_metrics"]["loss"], "met": False}
    ]
    assert result.stderr.startswith("Failed expectations: loss <= 1e-09 (0.27")


def test_divergence_is_status_3(tmp_path):
    house = str(EXPERIMENTS / "house-prices.yaml")
    result = nnrun("train", "-q", house, "--set", "optimizer.learning_rate=1.0", cwd=tmp_path)
    assert result.returncode == 3
    assert result.stdout == ""
    assert result.stderr.startswith("Training diverged: loss became inf in epoch ")


def test_a_device_that_is_not_there_is_status_2_and_those_that_are_are_named(tmp_path):
    result = nnrun("train", "-q", XOR, "--device", "gpu:7", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith('There is no device "gpu:7".\n  Devices here: cpu')
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_set_that_is_not_there_and_cannot_be_fetched_is_status_2_and_says_where_to_put_it(tmp_path):
    closed = {"https_proxy": "http://127.0.0.1:9", "KERAS_HOME": str(tmp_path / "keras")}
    result = nnrun("train", "-q", str(EXPERIMENTS / "mnist-sequential.yaml"), cwd=tmp_path, **closed)
    assert result.returncode == 2
    assert str(tmp_path / "keras" / "datasets" / "mnist.npz") in result.stderr
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_interrupts_the_training_and_keeps_what_is_there(number, status, tmp_path):
    command = [sys.executable, "-m", "nnrun", "train", XOR, "--set", "epochs=100000000"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch"):
            break
    began = time.monotonic()
    process.send_signal(number)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == status
    assert time.monotonic() - began < 10
    (folder,) = (tmp_path / "runs").iterdir()
    assert told.endswith(f"\n  Resume with: nnrun resume {folder.relative_to(tmp_path)}\n")
    assert json.loads((folder / "run.json").read_text())["status"] == "interrupted"
    assert (folder / "metrics.csv").read_text().count("\n") > 1


def test_runs_that_start_at_once_get_folders_of_their_own(tmp_path):
    command = [sys.executable, "-m", "nnrun", "train", "-q", XOR, "--set", "epochs=300"]
    processes = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    folders = {process.communicate()[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(folders) == 3
    assert len(list((tmp_path / "runs").iterdir())) == 3
