"""`nnrun.train` and `nnrun.resume`: runs of this process that equal those of commands, and can be interrupted."""

import random
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import nnrun
from nnrun.api.python_listener import PythonListener
from nnrun.errors import ExperimentError, TrainingError
from nnrun.runs.bitwise import different_arrays, training_result

pytestmark = pytest.mark.keras

FILE = """
name: small
data:
  generator:
    function: {samples: 96, x: "uniform(0, 1)", y: "sin(6 * x)"}
  validation_split: 0.25
layers:
  - Dense: {units: 8, activation: tanh}
  - Dropout: {rate: 0.1}
  - Dense: {units: 1}
optimizer: adam
loss: mse
epochs: 40
expect: ["loss <= 0.0001"]
"""
MAPPING = {
    "name": "small",
    "data": {
        "generator": {"function": {"samples": 96, "x": "uniform(0, 1)", "y": "sin(6 * x)"}},
        "validation_split": np.float64(0.25),
    },
    "layers": [
        {"Dense": {"units": 8, "activation": "tanh"}},
        {"Dropout": {"rate": 0.1}},
        {"Dense": {"units": 1}},
    ],
    "optimizer": "adam",
    "loss": "mse",
    "epochs": 40,
}
BARE = {"plots": False, "report": False}


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("experiment") / "small.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture(scope="module")
def run(file) -> nnrun.Run:
    return nnrun.train(file, runs_dir=file.parent / "runs")


def assert_same_bits(one: Path, other: Path) -> None:
    assert different_arrays(training_result(one), training_result(other)) == []


def test_a_run_is_returned_whose_files_are_those_of_a_command(run):
    assert run.status == "completed"
    assert set(run.metrics) == {"loss", "val_loss"}
    assert run.history["loss"][-1] == run.metrics["loss"]
    assert [verdict.met for verdict in run.expectations] == [False]
    assert {"model.keras", "report.html", "plots"} <= {path.name for path in run.path.iterdir()}


@pytest.mark.parametrize("number", [2, pytest.param(1, marks=pytest.mark.slow)])
def test_two_trainings_in_a_row_have_the_bits_of_two_commands(file, run, number, tmp_path):
    changed = {"seed": 7, "layers.1.rate": 0.3} if number == 2 else {}
    own = nnrun.train(file, changed, runs_dir=tmp_path, plots=False, report=False) if number == 2 else run
    changes = [word for name, value in changed.items() for word in ("--set", f"{name}={value}")]
    words = ["train", str(file), "-q", "--no-plots", "--no-report", "--runs-dir", str(tmp_path), *changes]
    command = [sys.executable, "-m", "nnrun", *words]
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert_same_bits(own.path, Path(printed.strip()))


def test_an_experiment_as_a_mapping_gives_the_run_of_the_file(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    same = nnrun.train(MAPPING, **BARE)
    assert_same_bits(run.path, same.path)
    assert same.path.parent == Path("runs")
    again = nnrun.train(same.path / "experiment.yaml", {"epochs": 1}, **BARE)
    assert again.settings["layers.0.units"] == 8


def test_what_is_trained_is_not_trained_again_if_only_needed(run, tmp_path):
    runs_dir = run.path.parent
    assert nnrun.train(MAPPING, {"expect": ["loss <= 1"]}, runs_dir=runs_dir, if_needed=True).path == run.path
    compared = {"expect": ["loss <= baseline(loss)"]}
    assert nnrun.train(MAPPING, compared, runs_dir=runs_dir, if_needed=True, baseline="latest").path == run.path
    with pytest.raises(ExperimentError, match="compares with another run"):
        nnrun.train(MAPPING, compared, runs_dir=runs_dir, if_needed=True)
    new = nnrun.train(MAPPING, {"epochs": 1}, runs_dir=tmp_path, if_needed=True, plots=False, report=False)
    assert nnrun.train(MAPPING, {"epochs": 1}, runs_dir=tmp_path, if_needed=True).path == new.path
    assert new.path != run.path
    assert {path.name for path in tmp_path.iterdir()} <= {new.path.name, ".index.sqlite"}


def test_files_of_a_mapping_are_read_wherever_they_are(tmp_path, monkeypatch):
    (tmp_path / "points.csv").write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(8)))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    table = {"csv": {"path": Path("../points.csv"), "target": "y"}}
    changed = {"data": {"generator": table}, "layers": [{"Dense": {"units": 1}}], "epochs": 1}
    run = nnrun.train({**MAPPING, **changed}, **BARE)
    assert run.record.data_files[0].path == str(tmp_path / "points.csv")


def test_the_random_numbers_of_the_program_go_on_as_without_a_training(file, tmp_path):
    random.seed(1)
    np.random.seed(1)
    expected = random.Random(1).random(), np.random.RandomState(1).rand()
    nnrun.train(file, {"epochs": 1}, runs_dir=tmp_path)
    assert (random.random(), np.random.rand()) == expected


def test_ctrl_c_leaves_a_run_that_resumes_to_the_same_bits(file, run, tmp_path, monkeypatch):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    observe = PythonListener.on_epochs

    def press(listener, history):
        observe(listener, history)
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(PythonListener, "on_epochs", press)
        with pytest.raises(KeyboardInterrupt, match=r'Interrupted. Resume with: nnrun.resume\(".*-small"\)'):
            nnrun.train(file, runs_dir=tmp_path, **BARE)
    signal.signal(signal.SIGINT, before)
    cut = nnrun.load("latest", runs_dir=tmp_path)
    assert cut.status == "interrupted"
    assert 0 < cut.record.epochs < 40
    resumed = nnrun.resume(cut, **BARE)
    assert (resumed.path, resumed.status) == (cut.path, "completed")
    assert_same_bits(run.path, resumed.path)


def test_a_line_of_progress_is_printed_if_it_should_be(file, tmp_path, capsys):
    run = nnrun.train(file, {"epochs": 2}, runs_dir=tmp_path, verbose=True, **BARE)
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"small: 2 epochs, seed 0, in {run.path}"
    assert last.startswith("epoch 2/2  loss 0.")


def test_nothing_is_printed_otherwise_and_warnings_come_as_python_has_them(tmp_path, capfd):
    experiment = {**MAPPING, "layers": [{"Dense": {"units": 1, "activation": "relu"}}], "epochs": 1}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nnrun.train(experiment, runs_dir=tmp_path)
    (found,) = (warning for warning in caught if warning.category is UserWarning)
    assert found.filename == __file__
    assert str(found.message).startswith("layers.0.Dense.activation: ")
    assert capfd.readouterr() == ("", "")


def test_threads_that_tensorflow_no_longer_takes_are_warned_of_and_not_recorded(file, run, tmp_path):
    wanted = run.record.threads + 1
    with pytest.warns(UserWarning, match=f"already started in this process with {run.record.threads} threads"):
        other = nnrun.train(file, {"epochs": 1}, runs_dir=tmp_path, threads=wanted, **BARE)
    assert other.record.threads == run.record.threads


def test_a_training_that_diverges_raises_and_leaves_its_run(file, tmp_path):
    with pytest.raises(TrainingError, match="became"):
        nnrun.train(file, {"optimizer": {"SGD": {"learning_rate": 1e30}}}, runs_dir=tmp_path)
    assert nnrun.load("latest", runs_dir=tmp_path).status == "failed"


def test_pictures_and_report_can_be_left_away(file, tmp_path):
    run = nnrun.train(file, {"epochs": 1}, runs_dir=tmp_path, plots=False, report=False)
    names = {path.name for path in run.path.iterdir()}
    assert "model.keras" in names
    assert "report.html" not in names
    assert not list(run.path.glob("plots/*.png"))


def test_an_invalid_experiment_leaves_nothing(file, tmp_path):
    with pytest.raises(ExperimentError, match=r"^epochs: \"epochs\" must be at least 1. Received: 0$"):
        nnrun.train(file, {"epochs": 0}, runs_dir=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
