"""`nnrun train` as a whole command: what it prints where, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
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
SHORT = ("--set", "epochs=2", "--no-plots", "--no-report")


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


@pytest.fixture
def here(tmp_path, monkeypatch) -> None:
    """The present folder is an empty one."""
    monkeypatch.chdir(tmp_path)


STAGES = ("reading ", "loading TensorFlow 2.", "building …", "compiling (graph) …", "predicting", "drawing ")


def test_the_last_line_of_the_output_is_the_folder_and_all_else_is_told_elsewhere(tmp_path):
    words = ("train", XOR, "--set", "epochs=300", "--name", "mine", "--no-animation")
    result = nnrun(*words, cwd=tmp_path, CI="false", NO_COLOR="1", FORCE_COLOR="1")
    assert result.returncode == 0, result.stderr
    (folder,) = result.stdout.splitlines()
    assert folder.startswith("runs/")
    assert folder.endswith("-mine")
    assert (tmp_path / folder / "model.keras").exists()
    assert "16 × (2 + 1) = 48" in result.stderr
    assert "expected binary_accuracy >= 1.0: passed (1, margin 0, met first at epoch " in result.stderr
    assert "\x1b" not in result.stderr
    assert "Traceback" not in result.stderr
    stages = [line for line in result.stderr.splitlines() if line.endswith(" …")]
    assert [stage for stage, line in zip(STAGES, stages, strict=True) if not line.startswith(stage)] == []
    (line,) = [line for line in result.stderr.splitlines() if "tensorflow" in line.lower()]
    assert line.startswith("loading TensorFlow 2.")
    assert (tmp_path / folder / "run.log").read_text(encoding="utf-8") == result.stderr


def test_quiet_prints_the_folder_alone(here, tmp_path, capsys):
    assert run(["train", "-q", XOR, "--set", "epochs=300", "--runs-dir", "elsewhere", "--no-plots", "--no-report"]) == 0
    result = capsys.readouterr()
    assert result.err == ""
    folder = tmp_path / result.out.removesuffix("\n")
    assert (folder / "run.json").exists()
    assert "epoch 300/300" in (folder / "run.log").read_text(encoding="utf-8")


def test_json_prints_the_record_and_an_unmet_expectation_is_status_1(here, tmp_path, capsys):
    assert run(["train", "--json", "-q", XOR, *SHORT, "--set", 'expect=["loss <= 1e-9"]']) == 1
    result = capsys.readouterr()
    (line,) = result.out.splitlines()
    record = json.loads(line)
    assert record["status"] == "completed"
    (verdict,) = record["expectations"]
    loss = record["final_metrics"]["loss"]
    assert (verdict["expectation"], verdict["value"], verdict["met"]) == ("loss <= 1e-09", loss, False)
    assert verdict["margin"] == pytest.approx(1e-9 - loss)
    assert result.err.startswith("Failed expectations: loss <= 1e-09 (0.27")
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "run.log").read_text(encoding="utf-8").endswith(result.err)


def test_divergence_is_status_3(here, tmp_path, capsys):
    house = str(EXPERIMENTS / "house-prices.yaml")
    assert run(["train", "-q", house, "--set", "optimizer.learning_rate=1.0"]) == 3
    result = capsys.readouterr()
    assert result.out == ""
    assert result.err.startswith("Training diverged: loss became inf in epoch ")
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "run.log").read_text(encoding="utf-8").endswith(result.err)


def test_a_device_that_is_not_there_is_status_2_and_those_that_are_are_named(here, tmp_path, capsys):
    assert run(["train", "-q", XOR, "--device", "gpu:7"]) == 2
    assert capsys.readouterr().err.startswith('There is no device "gpu:7".\n  Devices here: cpu')
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_set_that_is_not_there_and_cannot_be_fetched_is_status_2_and_says_where_to_put_it(tmp_path):
    closed = {"https_proxy": "http://127.0.0.1:9", "no_proxy": "", "KERAS_HOME": str(tmp_path / "keras")}
    result = nnrun("train", "-q", str(EXPERIMENTS / "mnist-sequential.yaml"), cwd=tmp_path, **closed)
    assert result.returncode == 2
    assert str(tmp_path / "keras" / "datasets" / "mnist.npz") in result.stderr
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.slow  # `tests/cli/test_signals.py` sends signals to commands at work
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_interrupts_the_training_and_keeps_what_is_there(number, status, tmp_path):
    command = [sys.executable, "-m", "nnrun", "train", XOR, "--set", "epochs=100000000"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch"):
            break
    process.send_signal(number)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == status
    (folder,) = (tmp_path / "runs").iterdir()
    assert told.endswith(f"\n  Resume with: nnrun resume {folder.relative_to(tmp_path)}\n")
    assert json.loads((folder / "run.json").read_text())["status"] == "interrupted"
    assert (folder / "run.log").read_text(encoding="utf-8").endswith(told)
    assert (folder / "metrics.csv").read_text().count("\n") > 1


@pytest.mark.slow  # `tests/runs/test_folder.py` claims folders at once, and two commands start at once below
@pytest.mark.parametrize("count", [2, 5])
def test_runs_that_start_at_once_get_folders_of_their_own(count, tmp_path):
    command = [sys.executable, "-m", "nnrun", "train", "-q", XOR, "--set", "epochs=2", "--set", "expect=[]"]
    command += ["--no-plots", "--no-report"]
    processes = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    folders = {process.communicate()[0] for process in processes}
    assert [process.returncode for process in processes] == [0] * count
    assert len(folders) == count
    assert len(list((tmp_path / "runs").iterdir())) == count


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


@dataclass
class Several:
    """A folder with experiments, and what one command has said that trained them all, the first one twice."""

    folder: Path
    status: int
    out: str
    err: str


@pytest.fixture(scope="module")
def several(tmp_path_factory) -> Several:
    folder = tmp_path_factory.mktemp("several")
    texts = {"dense": DENSE, "half": HALF, "convolution": CONVOLUTION, "bad": "epochs: 0\n"}
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    files = ("dense.yaml", "half.yaml", "bad.yaml", "convolution.yaml", "dense.yaml")
    # Not in the test's own process, whose threads may be others than those of the commands below.
    ended = nnrun("train", "-q", *files, "--no-plots", "--no-report", cwd=folder)
    return Several(folder, ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def beside(several, monkeypatch) -> Several:
    """The same; its folder is the present one."""
    monkeypatch.chdir(several.folder)
    return several


def test_several_files_give_a_folder_a_line_and_the_worst_status(several):
    names = [line.partition("-")[2].partition("-")[2] for line in several.out.splitlines()]
    assert [name.removesuffix("-2") for name in names] == ["dense", "half", "convolution", "dense"]
    assert several.status == 2
    assert all(line.startswith(("bad.yaml:", " ")) for line in several.err.splitlines())


@pytest.mark.parametrize("name", ["convolution", pytest.param("half", marks=pytest.mark.slow)])
def test_each_of_several_files_gives_the_result_of_a_process_of_its_own(several, name):
    folder = several.folder
    alone = nnrun("train", "-q", f"{name}.yaml", "--no-plots", "--no-report", cwd=folder)
    (trained,) = (line for line in several.out.splitlines() if line.endswith(f"-{name}"))
    assert different_arrays(training_result(folder / trained), training_result(folder / alone.stdout.strip())) == []


def test_a_file_that_is_given_twice_gives_the_same_result_twice(several):
    first, *_, last = (training_result(several.folder / line) for line in several.out.splitlines())
    assert different_arrays(first, last) == []


def test_without_plots_and_report_both_can_be_written_later(several, capsys):
    folder = several.folder / several.out.splitlines()[0]
    assert {path.name for path in (folder / "plots").iterdir()} == {"scene.json", "scene.npz"}
    assert not (folder / "report.html").exists()
    assert run(["plot", str(folder)]) == 0
    assert str(folder / "plots" / "history.png") in capsys.readouterr().out.splitlines()
    assert run(["report", str(folder)]) == 0
    assert (folder / "report.html").exists()


def test_a_run_is_trained_again_with_a_change_and_the_record_says_so(beside, capsys):
    folder = beside.folder
    source = folder / beside.out.splitlines()[-1]
    changes = ("--set", "epochs=7", "--set", "engine=graph")
    words = ("-q", "latest:half", str(source), *changes, "--no-plots", "--no-report")
    assert run(["train", *words]) == 0
    half, dense = (
        json.loads((folder / line / "run.json").read_text()) for line in capsys.readouterr().out.splitlines()
    )
    assert (half["name"], half["epochs"]) == ("half", 7)
    assert dense["settings"]["epochs"] == 7
    assert dense["source_run"] == {"run": f"../{source.name}"}


def test_a_name_is_for_one_run(capsys):
    assert run(["train", XOR, XOR, "--name", "mine"]) == 64
    assert "--name names one run" in capsys.readouterr().err


LOADED = "import sys; from nnrun.cli.main import run; status = run(sys.argv[1:]); print(*sys.modules); sys.exit(status)"


def test_what_is_trained_is_not_trained_again_if_only_needed(beside, capsys):
    newest = beside.out.splitlines()[-1]
    assert run(["train", "dense.yaml", "--if-needed"]) == 0
    assert capsys.readouterr() == (f"{newest}\n", f"dense.yaml was not trained again: {newest} has its results.\n")
    assert run(["train", "-q", "dense.yaml", "--if-needed", "--set", "expect=[loss < 1e-9]"]) == 1
    failing = capsys.readouterr()
    assert failing.out == f"{newest}\n"
    assert failing.err.startswith("Failed expectations: loss < 1e-09 (")
    assert run(["train", "-q", "dense.yaml", "--if-needed", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == {"folder": newest, **json.loads((beside.folder / newest / "run.json").read_text())}


SETTINGS = experiment_facts(load_experiment(Path(XOR)))["settings_sha256"]
# It ends by itself, not by the thread that ends a command which does not notice a signal in time.
UNHURRIED = "from nnrun.cli import signals; signals.GRACE_SECONDS = 600; from nnrun.cli.entry import main; main()"


def waiting_for_another(folder: Path, *options: str) -> subprocess.Popen[str]:
    """A command that waits for another process training the experiment, of which that is known."""
    command = [sys.executable, "-c", UNHURRIED, "train", XOR, "--if-needed", *options]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert any("waiting for another process training this experiment" in line for line in process.stderr or ())
    return process


def test_two_at_once_train_once_if_only_needed(tmp_path):
    with one_at_a_time(tmp_path / "runs", SETTINGS, lambda: None):  # else one may be done before the other starts
        both = [waiting_for_another(tmp_path, "--no-plots", "--no-report") for _ in range(2)]
    outputs = [process.communicate(timeout=600) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    (run,) = (tmp_path / "runs").glob("2*")
    assert {output for output, _ in outputs} == {f"runs/{run.name}\n"}
    (waited,) = (told for _, told in outputs if "loading TensorFlow" not in told)
    assert waited.endswith(f"{XOR} was not trained again: runs/{run.name} has its results.\n")
    assert {path.name for path in (tmp_path / "runs").iterdir()} <= {run.name, ".index.sqlite"}


def test_ctrl_c_ends_the_wait_for_another_process_at_once(tmp_path):
    with one_at_a_time(tmp_path / "runs", SETTINGS, lambda: None):
        process = waiting_for_another(tmp_path)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=120)[1] == "Interrupted.\n"
        assert process.returncode == 130
    assert list((tmp_path / "runs").glob("2*")) == []


def test_to_find_out_that_nothing_is_needed_nothing_heavy_is_loaded(several):
    folder = several.folder
    command = [sys.executable, "-c", LOADED, "train", "-q", "dense.yaml", "half.yaml", "--if-needed"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    *runs, loaded = result.stdout.splitlines()
    assert len(runs) == 2
    assert {"numpy", "tensorflow", "keras", "matplotlib", "rich", "filelock"}.isdisjoint(loaded.split())


def test_a_tracker_of_the_command_line_takes_the_place_of_those_of_the_file(tmp_path, capsys):
    words = ["train", XOR, "--runs-dir", str(tmp_path), "-q", "--no-plots", "--no-report", "--set", "epochs=2"]
    assert run([*words, "--track", "tensorbord"]) == 64
    assert "'--track': 'tensorbord' is not one of 'tensorboard', 'mlflow'" in capsys.readouterr().err
    assert run([*words, "--set", "expect=[]", "--set", "tracking=[mlflow]", "--track", "tensorboard"]) == 0
    (folder,) = tmp_path.glob("*-xor")
    assert (folder / "tensorboard").is_dir()
    assert not (folder / "mlflow.json").exists()


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
