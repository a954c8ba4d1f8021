"""What is left of a run when something goes wrong."""

import contextlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from training_runs import ALWAYS_DRAWN, Notes, Patient, pictures, run_of

from nnrun.errors import ExperimentError, Interrupted, StorageError, Terminated, TrainingError
from nnrun.run_listener import RunListener
from nnrun.runs.arrays import read_arrays
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record

pytestmark = pytest.mark.keras


def test_an_expectation_of_what_nothing_measures_is_refused_before_training(tmp_path):
    with pytest.raises(ExperimentError, match=r'Unknown metric "binary_accuracy_7".*\n.*\n.*\n.*"binary_accuracy"'):
        run_of("xor", tmp_path, 'expect=["binary_accuracy_7 >= 1"]')
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize(
    "override",
    ["layers.1.units=2", "data.generator.target=nobody", "loss=sparse_categorical_crossentropy", "layers.0.units=many"],
)
def test_what_cannot_be_trained_leaves_no_folder(override, tmp_path):
    with pytest.raises(ExperimentError, match=r"(--set|xor\.yaml:\d+)"):
        run_of("xor", tmp_path, override)
    assert not (tmp_path / "runs").exists() or list((tmp_path / "runs").iterdir()) == []


def test_what_tensorflow_cannot_compute_is_a_failed_run_with_its_reason(tmp_path):
    looking_up = (
        "[{Rescaling: {scale: 1000}}, {Embedding: {input_dim: 3, output_dim: 1}}, Flatten, {Dense: {units: 2}}]"
    )
    with pytest.raises(TrainingError, match=r"TensorFlow failed: indices\[\d+,0\] = \d+ is not in \[0, 3\)\."):
        run_of("rounding", tmp_path, f"layers={looking_up}", "metrics=[]", "expect=[]", "epochs=1")
    (folder,) = (tmp_path / "runs").iterdir()
    assert read_record(folder).status == "failed"


def test_divergence_fails_the_run_and_keeps_what_was_finite(tmp_path):
    with pytest.raises(TrainingError, match=r"loss became inf in epoch \d+.*\n.*learning_rate=0\.02"):
        run_of("house-prices", tmp_path, "optimizer.learning_rate=1.0", bare=True)
    (folder,) = (tmp_path / "runs").iterdir()
    record = read_record(folder)
    metrics = read_metrics(folder / "metrics.csv")
    assert record.status == "failed"
    assert record.reason == f"Training diverged: loss became inf in epoch {len(metrics['epoch']) + 1}."
    assert np.isfinite(metrics["loss"]).all()
    assert all(np.isfinite(values).all() for values in read_arrays(folder / "trace.npz").values())
    assert not (folder / "model.keras").exists()


@pytest.mark.parametrize("error", [Interrupted("Interrupted."), Terminated("Terminated.")])
def test_an_interruption_keeps_the_metrics_up_to_there(error, tmp_path):
    reserved = []

    class Stops(Notes):
        def on_epochs(self, history) -> None:
            super().on_epochs(history)
            reserved.append([path.stat().st_size for path in (tmp_path / "runs").glob("*/.run.*.json")])
            if self.epochs > 10:
                raise error

    watcher = Stops()
    with pytest.raises(type(error), match="ed"):
        run_of("xor", tmp_path, watcher=watcher, bare=True)
    (folder,) = (tmp_path / "runs").iterdir()
    assert all(sizes == [2**14] for sizes in reserved)  # for the last record, should the disk be full by then
    assert list(folder.glob(".run.*")) == []
    assert read_record(folder).status == "interrupted"
    assert len(read_metrics(folder / "metrics.csv")["epoch"]) == watcher.epochs


def test_a_picture_that_fails_costs_nothing_else(tmp_path, monkeypatch):
    from nnrun import run_plots
    from nnrun.plots.picture import Picture

    choose = run_plots.choose_pictures

    def with_a_broken_one(*arguments, **options):
        yield Picture("history", {"nonsense": 1}, of="broken")
        yield from choose(*arguments, **options)

    monkeypatch.setattr(run_plots, "choose_pictures", with_a_broken_one)
    notes = Notes()
    run = run_of("xor", tmp_path, "epochs=2", watcher=notes)
    (warning,) = notes.warnings
    assert warning.startswith("plots/history-broken.png could not be drawn: TypeError: ")
    assert pictures(run) == {"surface.png", "confusion.png", "classes.png", "learning.gif"} | ALWAYS_DRAWN
    assert read_record(run.folder).status == "completed"


def test_a_bug_leaves_its_traceback_in_the_folder(tmp_path, monkeypatch):
    from nnrun.errors import Bug
    from nnrun.training import experiment_training

    monkeypatch.setattr(experiment_training, "judge", lambda *arguments: 1 / 0)
    with pytest.raises(Bug, match="ZeroDivisionError"):
        run_of("xor", tmp_path, "epochs=1")
    (folder,) = (tmp_path / "runs").iterdir()
    assert "ZeroDivisionError" in (folder / "traceback.txt").read_text()
    assert read_record(folder).status == "failed"


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(StorageError, match="Could not create"):
        run_of("xor", tmp_path)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of half a megabyte."""
    disk = tmp_path / "runs"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.parametrize("filled", [400_000, 480_000])
def test_a_full_disk_is_a_storage_error_and_leaves_valid_files(small_disk, tmp_path, filled):
    (small_disk / "ballast").write_bytes(bytes(filled))
    with pytest.raises(StorageError, match="the disk is full"):
        run_of("xor", tmp_path)
    (folder,) = [path for path in small_disk.iterdir() if path.is_dir()]
    assert json.loads((folder / "run.json").read_text())["status"] == "failed"
    for path in folder.glob("*.npz"):
        read_arrays(path)


def test_a_disk_that_is_full_when_the_pictures_are_drawn_is_not_passed_over(small_disk, tmp_path):
    class Filling(Notes):
        def on_finished(self, record, predictions) -> None:
            with contextlib.suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as ballast:
                while True:
                    ballast.write(bytes(4096))

    with pytest.raises(StorageError, match=r"Could not write .*: the disk is full"):
        run_of("xor", tmp_path, "epochs=2", watcher=Filling())
    (folder,) = [path for path in small_disk.iterdir() if path.is_dir()]
    assert read_record(folder).status == "completed"


def test_a_diverged_run_is_diagnosed_with_the_rate_that_would_have_been_stable(tmp_path):
    patient = Patient()
    with pytest.raises(TrainingError, match="Training diverged") as caught:
        run_of("house-prices", tmp_path, "optimizer.learning_rate=0.06", watcher=patient, bare=True)
    (folder,) = (tmp_path / "runs").iterdir()
    record = read_record(folder)
    assert record.status == "failed"
    assert patient.findings == ["divergence"]
    assert record.diagnosis[0].evidence["stable below"] == pytest.approx(0.048, abs=0.001)
    (problem,) = caught.value.problems
    assert problem.hint == record.diagnosis[0].remedy
    assert "--set optimizer.learning_rate=0.02" in problem.hint


def test_a_diagnosis_that_fails_costs_nothing_else(tmp_path, monkeypatch):
    from nnrun.diagnosis import training_diagnosis

    monkeypatch.setattr(training_diagnosis, "diagnose", lambda evidence: 1 / 0)
    notes = Notes()
    run = run_of("xor", tmp_path, "epochs=2", watcher=notes, bare=True)
    assert notes.warnings == ["The training could not be diagnosed: ZeroDivisionError: division by zero"]
    assert read_record(run.folder).status == "completed"


def test_a_report_that_fails_costs_nothing_else(tmp_path, monkeypatch):
    from nnrun.report.page import write

    monkeypatch.setattr(write, "write_report", lambda folder: 1 / 0)
    notes = Notes()
    run = run_of("xor", tmp_path, "epochs=2", watcher=notes, plotted=False)
    assert notes.warnings == ["The report could not be written: ZeroDivisionError: division by zero"]
    assert read_record(run.folder).status == "completed"


class Stopped(RunListener):
    """Interrupts a run at one of its steps."""

    def __init__(self, step: str) -> None:
        setattr(self, step, self.stop)

    def stop(self, *told: object) -> None:
        raise Interrupted("Interrupted.")


@pytest.mark.parametrize(("step", "status"), [("on_claimed", "interrupted"), ("on_finished", "completed")])
def test_a_run_that_is_interrupted_before_or_after_its_training_says_how_far_it_came(tmp_path, step, status):
    with pytest.raises(Interrupted, match="Interrupted"):
        run_of("xor", tmp_path, "epochs=2", watcher=Stopped(step), bare=True)
    (folder,) = (tmp_path / "runs").iterdir()
    assert read_record(folder).status == status
