"""An interrupted run goes on as if it had never stopped, or says why it cannot."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from waiting import wait_until

from nnrun.errors import Interrupted, ResumeError
from nnrun.run import resume_run, train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.arrays import from_bytes, to_bytes
from nnrun.runs.bitwise import different_arrays, training_result
from nnrun.runs.checkpoint_writer import Interval
from nnrun.runs.lock import occupied
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record
from nnrun.training.shared_models import SharedModels

keras = pytest.mark.keras

DENSE = """
name: dense
data: {generator: {spirals: {samples: 240}}, validation_split: 0.25}
layers:
  - Dense: {units: 8, activation: tanh}
  - Dense: {units: 3, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
metrics: [accuracy]
epochs: EPOCHS
"""
CONVOLUTION = """
name: convolution
data: {generator: {digits: {samples: 200, shape: [8, 8, 1]}}, validation_split: 0.2}
layers:
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - Dropout: {rate: 0.3}
  - Flatten
  - Dense: {units: 10, activation: softmax}
optimizer: {Adam: {use_ema: true}}
loss: sparse_categorical_crossentropy
epochs: EPOCHS
"""
PLATEAU = """
name: plateau
data: {generator: {moons: {samples: 200, noise: 0.3}}, validation_split: 0.4}
layers:
  - Dense: {units: 16, activation: relu}
  - Dropout: {rate: 0.1}
  - Dense: {units: 1, activation: sigmoid}
optimizer: {Adam: {learning_rate: 0.05}}
loss: binary_crossentropy
metrics: [binary_accuracy]
epochs: EPOCHS
callbacks:
  - ReduceLROnPlateau: {patience: 20, factor: 0.8, cooldown: 3}
  - EarlyStopping: {patience: PATIENCE, restore_best_weights: true}
"""


class CutAt(RunListener):
    """Interrupts a run once it has trained so many epochs."""

    def __init__(self, epochs: int) -> None:
        self.left = epochs

    def on_epochs(self, history) -> None:
        self.left -= len(history["loss"])
        if self.left <= 0:
            raise Interrupted("enough")


class Notes(RunListener):
    """Keeps what a run warns of."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def on_warning(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture(scope="module")
def options(tmp_path_factory) -> RunOptions:
    keras, models = tmp_path_factory.mktemp("keras"), SharedModels()
    return RunOptions(keras, every=Interval(None, 4), plotted=False, reported=False, models=models)


def written_to(path: Path, text: str, epochs: int, patience: int = 15) -> Path:
    path.write_text(text.replace("EPOCHS", str(epochs)).replace("PATIENCE", str(patience)))
    return path


def cut_run(file: Path, options: RunOptions, epochs: int, runs: Path) -> Path:
    """The folder of a run that was interrupted."""
    with pytest.raises(Interrupted, match="enough"):
        train_file(file, options, CutAt(epochs), runs_dir=runs)
    (folder,) = runs.iterdir()
    assert read_record(folder).status == "interrupted"
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory, options) -> Path:
    """A run of 12 epochs that never stopped."""
    home = tmp_path_factory.mktemp("whole")
    return train_file(written_to(home / "dense.yaml", DENSE, 12), options, RunListener(), runs_dir=home).folder


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory, options) -> Path:
    """The same, interrupted after 8 epochs at the earliest."""
    home = tmp_path_factory.mktemp("cut")
    return cut_run(written_to(home / "dense.yaml", DENSE, 12), options, 8, home / "runs")


@pytest.fixture
def cut(interrupted, tmp_path) -> Path:
    return Path(shutil.copytree(interrupted, tmp_path / "cut"))


@keras
@pytest.mark.parametrize(("text", "epochs"), [(CONVOLUTION, 6), (PLATEAU, 60)])
def test_what_is_resumed_ends_as_what_never_stopped(text, epochs, tmp_path, options):
    file = written_to(tmp_path / "experiment.yaml", text, epochs)
    whole = train_file(file, options, RunListener(), runs_dir=tmp_path / "whole")
    folder = cut_run(file, options, epochs // 4, tmp_path / "runs")
    resumed = resume_run(folder, options, RunListener())
    assert different_arrays(training_result(whole.folder), training_result(folder)) == []
    assert resumed.record.status == "completed"
    assert resumed.record.final_metrics == whole.record.final_metrics
    assert len(resumed.record.resumed) == 1
    history, expected = read_metrics(folder / "metrics.csv"), read_metrics(whole.folder / "metrics.csv")
    assert {n: v for n, v in history.items() if n != "seconds"} == {n: v for n, v in expected.items() if n != "seconds"}


@keras
def test_a_completed_run_becomes_longer(cut, tmp_path, options):
    resume_run(cut, options, RunListener())
    longer = resume_run(cut, options, RunListener(), overrides=("epochs=18",))
    file = written_to(tmp_path / "longer.yaml", DENSE, 18)
    expected = train_file(file, options, RunListener(), runs_dir=tmp_path / "whole")
    assert different_arrays(training_result(expected.folder), training_result(cut)) == []
    assert longer.record.epochs == 18
    assert "epochs: 18" in (cut / "resolved.yaml").read_text()


@keras
def test_a_run_that_a_callback_has_stopped_does_not_become_longer(tmp_path, options):
    file = written_to(tmp_path / "experiment.yaml", PLATEAU, 60, patience=2)
    folder = train_file(file, options, RunListener(), runs_dir=tmp_path / "runs").folder
    stopped = read_record(folder)
    assert stopped.epochs < 60
    with pytest.raises(ResumeError, match=f"a callback has stopped it after epoch {stopped.epochs}") as caught:
        resume_run(folder, options, RunListener(), overrides=("epochs=80",))
    assert "--start-from" in str(caught.value)
    assert read_record(folder) == stopped
    assert resume_run(folder, options, RunListener()).record.epochs == stopped.epochs  # its files are written again


@keras
def test_a_run_that_ended_before_its_first_checkpoint_begins_anew(cut, whole, options):
    (cut / "checkpoint").unlink()
    (cut / "checkpoint.previous").unlink()
    resume_run(cut, options, RunListener())
    assert different_arrays(training_result(whole), training_result(cut)) == []


@keras
def test_a_damaged_checkpoint_gives_way_to_the_one_before_it(cut, whole, options):
    damaged = bytearray((cut / "checkpoint").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (cut / "checkpoint").write_bytes(damaged)
    notes = Notes()
    resume_run(cut, options, notes)
    told = f"{cut / 'checkpoint'} is damaged: its bytes are not those that were written. Resuming from the checkpoint "
    assert [warning[: len(told)] for warning in notes.warnings] == [told]
    assert different_arrays(training_result(whole), training_result(cut)) == []


@keras
def test_settings_edited_before_the_first_checkpoint_are_refused(cut, options):
    for name in ("checkpoint", "checkpoint.previous"):
        (cut / name).unlink()
    resolved = cut / "resolved.yaml"
    resolved.write_text(resolved.read_text().replace("beta_1: 0.9", "beta_1: 0.5"))
    with pytest.raises(ResumeError, match=r"resolved\.yaml was edited after the run began\.\n.* --force$"):
        resume_run(cut, options, RunListener())
    forced = resume_run(cut, options, RunListener(), force=True)
    assert forced.record.status == "completed"
    assert forced.record.resolved_sha256 == sha256(resolved.read_bytes()).hexdigest()


FORGED = {
    "no epochs": {"epochs": None},
    "epochs of other shape": {"epochs": np.zeros(3, np.int64)},
    "epochs below 0": {"epochs": np.array(-1)},
    "epochs that are text": {"epochs": np.array("6")},
    "more epochs": {"epochs": np.array(10**9)},
    "a loss of one number": {"history/loss": np.array(1.0)},
    "no seconds": {"history/seconds": None},
    "a weight of one number": {"state/0": np.array(1.0, np.float32)},
    "a weight of another shape": {"state/0": np.zeros((3, 8), np.float32)},
    "a weight missing": {"state/1": None},
    "a text as a weight": {"state/0": np.array("a")},
    "no metrics but seconds": {"history/loss": None},
    "one metric more": {"history/other": np.zeros(6)},
    "a trace of one number": {"trace/0": np.array(1.0)},
    "a trace of fewer epochs": {"trace/0": np.zeros((2, 2, 8))},
    "a saved epoch without number": {"weights-x/0": np.zeros(3)},
    "a saved epoch of other shapes": {"weights-3/0": np.zeros(3)},
    "other settings": {"setting": {"optimizer": "adam", "data": 3}},
    "settings of another type": {"setting": [1]},
    "a header of another kind": {"format": [1]},
}


@keras
@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_a_forged_checkpoint_is_refused_as_what_it_is(cut, options, changes):
    magic, line, archive = (cut / "checkpoint").read_bytes()[:-32].split(b"\n", 2)
    facts, arrays = json.loads(line), from_bytes(archive)
    for name, value in changes.items():
        (facts if name in ("setting", "format") else arrays)[name] = value
    arrays = {name: array for name, array in arrays.items() if array is not None}
    body = b"\n".join([magic, json.dumps(facts).encode(), to_bytes(arrays)])
    (cut / "checkpoint").write_bytes(body + sha256(body).digest())
    (cut / "checkpoint.previous").unlink()
    with pytest.raises(ResumeError, match=r"\w"):
        resume_run(cut, options, RunListener())
    assert read_record(cut).status == "interrupted"


def test_only_damaged_checkpoints_are_refused(cut, options):
    for name in ("checkpoint", "checkpoint.previous"):
        (cut / name).write_bytes((cut / name).read_bytes()[:-100])
    with pytest.raises(
        ResumeError, match=r"checkpoint is damaged: .*checkpoint\.previous is damaged: .*\n.*train the experiment again"
    ):
        resume_run(cut, options, RunListener())


def test_an_edited_experiment_is_refused_and_every_difference_named(cut, options):
    overrides = ("optimizer.beta_1=0.5", "batch_size=8")
    with pytest.raises(ResumeError, match="train the experiment again") as caught:
        resume_run(cut, options, RunListener(), overrides=overrides)
    assert [problem.message for problem in caught.value.problems] == [
        "The setting optimizer.adam.beta_1 was 0.9 when the run stopped and is 0.5 now.",
        "The setting batch_size was 32 when the run stopped and is 8 now.",
    ]
    assert read_record(cut).status == "interrupted"


def test_a_run_does_not_become_shorter(cut, options):
    with pytest.raises(ResumeError, match=r"has already trained \d+ epochs. Received: epochs=2"):
        resume_run(cut, options, RunListener(), overrides=("epochs=2",))


@keras
def test_another_number_of_threads_is_refused_unless_forced(cut, options, monkeypatch):
    """As in a process of its own: here TensorFlow has started, and keeps its threads."""
    monkeypatch.setattr("nnrun.model.runtime._set_threads", lambda tf, count, side_by_side: count)
    with pytest.raises(ResumeError, match=r"The number of threads was \d+ when the run stopped and is 77 now"):
        resume_run(cut, replace(options, threads=77), RunListener())
    assert read_record(cut).status == "interrupted"
    forced = resume_run(cut, replace(options, threads=77), RunListener(), force=True)
    assert forced.record.status == "completed"


@keras
def test_on_another_processor_a_run_is_resumed_with_a_warning_and_its_record_says_so(cut, options, monkeypatch):
    monkeypatch.setattr("nnrun.model.runtime.processor_name", lambda: "an abacus")
    notes = Notes()
    record = resume_run(cut, options, notes).record
    assert (record.status, record.processor) == ("completed", "an abacus")
    (sentence,) = record.forced
    assert sentence.endswith(' when the run stopped and is "an abacus" now.')
    assert f"{sentence} The last bits of the results may differ." in notes.warnings


def test_a_run_that_is_under_way_is_left_alone(cut, options):
    with occupied(cut), pytest.raises(ResumeError, match="Another process is training in"):
        resume_run(cut, options, RunListener())


# Commands, one after the other in one process; a training that has come so far waits there to be killed.
COMMANDS = """
import json, sys, time
from nnrun.cli.main import run
from nnrun.runs.metrics_file import MetricsFile

commands, most = json.loads(sys.argv[1]), int(sys.argv[2])
append = MetricsFile.append

def append_and_wait(metrics, chunk):
    append(metrics, chunk)
    if metrics._epochs >= most:
        time.sleep(3600)

MetricsFile.append = append_and_wait
sys.exit(max(map(run, commands)))
"""


def command(*several: tuple[str, ...], cwd: Path, most: int = 10**9) -> subprocess.Popen[str]:
    """Starts commands whose trainings have `most` epochs at the most."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMANDS, json.dumps(several), str(most)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "CI"},
    )


def kill_while_training(process: subprocess.Popen[str], folder: Path, after: float) -> None:
    """Kills a process that never ends, some seconds after it has trained its first new epochs."""
    before = rows_in(folder)
    wait_until(lambda: rows_in(folder) != before or process.poll() is not None)
    time.sleep(after)
    assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()


def rows_in(folder: Path) -> int:
    found = list(folder.glob("**/metrics.csv"))
    return found[0].read_bytes().count(b"\n") if found else 0


def chain_of_kills(file: Path, kills: int, epochs: int, tmp_path: Path) -> None:
    """Trains a file once whole and once through kills, each of which it survives by some epochs, and compares."""
    rng = random.Random(kills)
    bare = ("-q", "--no-plots", "--no-report")
    words = ("train", str(file), "--runs-dir", "runs")
    for kill in range(kills):
        most = epochs * (kill + 1) // (kills + 1)
        process = command((*words, *bare, "--checkpoint-every", "7"), cwd=tmp_path, most=most)
        kill_while_training(process, tmp_path / "runs", rng.uniform(0, 0.5))
        (folder,) = (tmp_path / "runs").iterdir()
        words = ("resume", str(folder))
    process = command((*words, *bare), ("train", str(file), *bare, "--runs-dir", "whole"), cwd=tmp_path)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    (uninterrupted,) = (tmp_path / "whole").iterdir()
    assert different_arrays(training_result(uninterrupted), training_result(folder)) == []
    record = json.loads((folder / "run.json").read_text())
    assert (record["status"], len(record["resumed"])) == ("completed", kills)


# Each with its epochs, by how often it is killed.
KILLED = {
    "dense": (DENSE, {1: 1000, 10: 4000}),
    "convolution": (CONVOLUTION, {1: 150, 10: 150}),
    "plateau": (PLATEAU, {1: 1200, 10: 1200}),
}


@keras
@pytest.mark.parametrize("name", ["dense", *(pytest.param(n, marks=pytest.mark.slow) for n in KILLED if n != "dense")])
@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_kills_at_any_moment_change_nothing(name, kills, tmp_path):
    text, epochs = KILLED[name]
    file = written_to(tmp_path / f"{name}.yaml", text, epochs[kills], patience=10_000)
    chain_of_kills(file, kills, epochs[kills], tmp_path)
