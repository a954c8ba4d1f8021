"""`nnrun train` as a whole command: what it prints where, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sweep_folder import make_sweep_folder

from experiments import EXPERIMENTS
from nnrun.cli.main import run
from nnrun.load import load_experiment
from nnrun.runs.bitwise import different_arrays, training_result
from nnrun.runs.lock import one_at_a_time
from nnrun.runs.record import experiment_facts

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
    assert "expected binary_accuracy >= 1.0: passed (1, margin 0, met first at epoch " in result.stderr
    assert "\x1b" not in result.stderr
    assert "Traceback" not in result.stderr
    (line,) = [line for line in result.stderr.splitlines() if "tensorflow" in line.lower()]
    assert line.startswith("loading TensorFlow 2.")
    assert (tmp_path / folder / "run.log").read_text(encoding="utf-8") == result.stderr


def test_quiet_prints_the_folder_alone(tmp_path):
    result = nnrun("train", "-q", XOR, "--set", "epochs=300", "--runs-dir", "elsewhere", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stderr == ""
    folder = tmp_path / result.stdout.removesuffix("\n")
    assert (folder / "run.json").exists()
    assert "epoch 300/300" in (folder / "run.log").read_text(encoding="utf-8")


def test_json_prints_the_record_and_an_unmet_expectation_is_status_1(tmp_path):
    result = nnrun("train", "--json", "-q", XOR, "--set", "epochs=2", "--set", 'expect=["loss <= 1e-9"]', cwd=tmp_path)
    assert result.returncode == 1
    (line,) = result.stdout.splitlines()
    record = json.loads(line)
    assert record["status"] == "completed"
    (verdict,) = record["expectations"]
    loss = record["final_metrics"]["loss"]
    assert (verdict["expectation"], verdict["value"], verdict["met"]) == ("loss <= 1e-09", loss, False)
    assert verdict["margin"] == pytest.approx(1e-9 - loss)
    assert result.stderr.startswith("Failed expectations: loss <= 1e-09 (0.27")
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "run.log").read_text(encoding="utf-8").endswith(result.stderr)


def test_divergence_is_status_3(tmp_path):
    house = str(EXPERIMENTS / "house-prices.yaml")
    result = nnrun("train", "-q", house, "--set", "optimizer.learning_rate=1.0", cwd=tmp_path)
    assert result.returncode == 3
    assert result.stdout == ""
    assert result.stderr.startswith("Training diverged: loss became inf in epoch ")
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "run.log").read_text(encoding="utf-8").endswith(result.stderr)


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
    assert (folder / "run.log").read_text(encoding="utf-8").endswith(told)
    assert (folder / "metrics.csv").read_text().count("\n") > 1


@pytest.mark.slow
def test_runs_that_start_at_once_get_folders_of_their_own(tmp_path):
    command = [sys.executable, "-m", "nnrun", "train", "-q", XOR, "--set", "epochs=300", "--no-plots", "--no-report"]
    processes = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    folders = {process.communicate()[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(folders) == 3
    assert len(list((tmp_path / "runs").iterdir())) == 3


DENSE = """
name: dense
data: {generator: {moons: {samples: 100}}, validation_split: 0.2}
layers: [{Dense: {units: 4, activation: tanh}}, {Dense: {units: 1, activation: sigmoid}}]
optimizer: adam
loss: binary_crossentropy
metrics: [auc]
epochs: 300
engine: xla
"""
HALF = """
name: half
data: {generator: {moons: {samples: 100}}, validation_split: 0.2}
precision: mixed_bfloat16
layers:
  - Dense: {units: 4, activation: relu}
  - BatchNormalization
  - Dropout: {rate: 0.2}
  - Dense: {units: 1, activation: sigmoid, dtype: float32}
optimizer: adam
loss: binary_crossentropy
metrics: [auc]
epochs: 5
"""
CONVOLUTION = """
name: convolution
data: {generator: {digits: {samples: 100, shape: [8, 8, 1]}}, validation_split: 0.2}
layers:
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - Dropout: {rate: 0.3}
  - Flatten
  - Dense: {units: 10, activation: softmax}
optimizer: {Adam: {use_ema: true}}
loss: sparse_categorical_crossentropy
epochs: 3
"""


@pytest.fixture(scope="module")
def several(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder with experiments, and what one command has said that trained them all, the first one twice."""
    folder = tmp_path_factory.mktemp("several")
    texts = {"dense": DENSE, "half": HALF, "convolution": CONVOLUTION, "bad": "epochs: 0\n"}
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    files = ("dense.yaml", "half.yaml", "bad.yaml", "convolution.yaml", "dense.yaml")
    return folder, nnrun("train", "-q", *files, "--no-plots", "--no-report", cwd=folder)


def test_several_files_give_a_folder_a_line_and_the_worst_status(several):
    _, result = several
    names = [line.partition("-")[2].partition("-")[2] for line in result.stdout.splitlines()]
    assert [name.removesuffix("-2") for name in names] == ["dense", "half", "convolution", "dense"]
    assert result.returncode == 2
    assert all(line.startswith(("bad.yaml:", " ")) for line in result.stderr.splitlines())


@pytest.mark.slow
def test_each_of_several_files_gives_the_result_of_a_process_of_its_own(several):
    folder, result = several
    first, half, convolution, last = (training_result(folder / line) for line in result.stdout.splitlines())
    assert different_arrays(first, last) == []
    for name, trained in (("half", half), ("convolution", convolution)):
        alone = nnrun("train", "-q", f"{name}.yaml", "--no-plots", "--no-report", cwd=folder)
        assert different_arrays(trained, training_result(folder / alone.stdout.strip())) == []


def test_without_plots_and_report_both_can_be_written_later(several):
    folder, result = several
    run = folder / result.stdout.splitlines()[0]
    assert {path.name for path in (run / "plots").iterdir()} == {"scene.json", "scene.npz"}
    assert not (run / "report.html").exists()
    drawn = nnrun("plot", str(run), cwd=folder)
    assert str(run / "plots" / "history.png") in drawn.stdout.splitlines()
    assert nnrun("report", str(run), cwd=folder).returncode == 0
    assert (run / "report.html").exists()


@pytest.mark.slow
def test_a_run_is_trained_again_with_a_change_and_the_record_says_so(several):
    folder, result = several
    source = folder / result.stdout.splitlines()[-1]
    words = ("-q", "latest:half", str(source), "--set", "epochs=7", "--no-plots", "--no-report")
    again = nnrun("train", *words, cwd=folder)
    half, dense = (json.loads((folder / line / "run.json").read_text()) for line in again.stdout.splitlines())
    assert (half["name"], half["epochs"]) == ("half", 7)
    assert dense["settings"]["epochs"] == 7
    assert dense["source_run"] == {"run": f"../{source.name}"}


def test_a_name_is_for_one_run(tmp_path):
    result = nnrun("train", XOR, XOR, "--name", "mine", cwd=tmp_path)
    assert result.returncode == 64
    assert "--name names one run" in result.stderr


LOADED = "import sys; from nnrun.cli.main import run; status = run(sys.argv[1:]); print(*sys.modules); sys.exit(status)"


def test_what_is_trained_is_not_trained_again_if_only_needed(several):
    folder, result = several
    newest = result.stdout.splitlines()[-1]
    done = nnrun("train", "dense.yaml", "--if-needed", cwd=folder)
    assert (done.stdout, done.returncode) == (f"{newest}\n", 0)
    assert done.stderr == f"dense.yaml was not trained again: {newest} has its results.\n"
    failing = nnrun("train", "-q", "dense.yaml", "--if-needed", "--set", "expect=[loss < 1e-9]", cwd=folder)
    assert (failing.stdout, failing.returncode) == (f"{newest}\n", 1)
    assert failing.stderr.startswith("Failed expectations: loss < 1e-09 (")
    record = json.loads(nnrun("train", "-q", "dense.yaml", "--if-needed", "--json", cwd=folder).stdout)
    assert record == {"folder": newest, **json.loads((folder / newest / "run.json").read_text())}


def test_two_at_once_train_once_if_only_needed(tmp_path):
    command = [sys.executable, "-m", "nnrun", "train", XOR, "--if-needed", "--no-plots", "--no-report"]
    both = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    (run,) = (tmp_path / "runs").glob("2*")
    assert {output for output, _ in outputs} == {f"runs/{run.name}\n"}
    (waited,) = (told for _, told in outputs if "waiting for another process training this experiment" in told)
    assert waited.endswith(f"{XOR} was not trained again: runs/{run.name} has its results.\n")
    assert {path.name for path in (tmp_path / "runs").iterdir()} <= {run.name, ".index.sqlite"}


def test_ctrl_c_ends_the_wait_for_another_process_at_once(tmp_path):
    settings = experiment_facts(load_experiment(Path(XOR)))["settings_sha256"]
    command = [sys.executable, "-m", "nnrun", "train", XOR, "--if-needed"]
    with one_at_a_time(tmp_path / "runs", settings, lambda: None):
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        while "waiting" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=3)[1] == "Interrupted.\n"
        assert process.returncode == 130
    assert list((tmp_path / "runs").glob("2*")) == []


def test_to_find_out_that_nothing_is_needed_nothing_heavy_is_loaded(several):
    folder, _ = several
    command = [sys.executable, "-c", LOADED, "train", "-q", "dense.yaml", "half.yaml", "--if-needed"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    *runs, loaded = result.stdout.splitlines()
    assert len(runs) == 2
    assert {"numpy", "tensorflow", "keras", "matplotlib", "rich", "filelock"}.isdisjoint(loaded.split())


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 64, "Missing argument 'FILE|RUN...'."),
        (["--trial", "latest"], 2, '"latest" names no trial of a sweep.'),
        ([XOR, "--trial", "{sweep}/1"], 64, f"{XOR} does not apply: --trial names what is trained."),
        (
            ["--trial", "{sweep}/1", "--set", "epochs=1"],
            64,
            "--set does not apply: the trial has the settings of its sweep.",
        ),
        (["--trial", "{sweep}/3"], 2, "has no trial 3 (the first is 0, the last 2)."),
    ],
)
def test_a_trial_that_cannot_be_meant_is_refused(arguments, status, message, tmp_path, capsys):
    sweep = make_sweep_folder(tmp_path / "sweep", "seed=0..2")
    assert run(["train", *(word.format(sweep=sweep) for word in arguments)]) == status
    assert message in capsys.readouterr().err
