"""One run from its file to its folder: what is there at the end, and what is left when something goes wrong."""

import contextlib
import csv
import json
import os
import shutil
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from experiments import EXPERIMENTS, FLOWERS, small_mnist
from nnrun.errors import ExperimentError, Interrupted, StorageError, Terminated, TrainingError
from nnrun.report.redraw import redraw
from nnrun.run import Run, train_file
from nnrun.run_listener import RunListener
from nnrun.runs.arrays import read_arrays
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record
from nnrun.training_options import RunOptions

pytestmark = pytest.mark.keras

FILES = {
    "experiment.yaml",
    "resolved.yaml",
    "run.json",
    "metrics.csv",
    "model.keras",
    "weights.npz",
    "trace.npz",
    "predictions.csv",
    "checkpoint",
    "plots",
    "report.html",
}


# And what they are drawn from.
ALWAYS_DRAWN = {
    *("history.png", "weights.png", "activations.png", "network.svg", "network.png"),
    *("scene.json", "scene.npz"),
}


class Notes(RunListener):
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.epochs = 0

    def on_epochs(self, history) -> None:
        self.epochs += len(history["loss"])

    def on_warning(self, message: str) -> None:
        self.warnings.append(message)


def run_of(name: str, tmp_path: Path, *overrides: str, watcher: RunListener | None = None) -> Run:
    file = EXPERIMENTS / f"{name}.yaml" if "/" not in name else Path(name)
    means = RunOptions(tmp_path / "keras")
    return train_file(file, means, watcher or Notes(), overrides=overrides, runs_dir=tmp_path / "runs")


def pictures(run: Run) -> set[str]:
    return {path.name for path in (run.folder / "plots").iterdir()}


@pytest.fixture(scope="module")
def xor(tmp_path_factory) -> Run:
    return run_of("xor", tmp_path_factory.mktemp("xor"))


def test_a_run_folder_holds_every_file(xor):
    assert {path.name for path in xor.folder.iterdir()} == FILES
    assert (xor.folder / "experiment.yaml").read_bytes() == (EXPERIMENTS / "xor.yaml").read_bytes()


def test_the_record_says_what_was_run_and_what_came_of_it(xor):
    record = read_record(xor.folder)
    assert record == xor.record
    assert (record.status, record.seed, record.engine, record.device) == ("completed", 0, "xla", "cpu")
    assert record.parameters == 65
    assert record.final_metrics["binary_accuracy"] == 1.0
    assert record.best_metrics["epoch"] == 500
    assert [verdict.met for verdict in record.expectations] == [True]
    assert record.versions["keras"] == keras.__version__


def test_the_metrics_have_a_row_per_epoch(xor):
    metrics = read_metrics(xor.folder / "metrics.csv")
    assert list(metrics) == ["epoch", "loss", "binary_accuracy", "learning_rate", "seconds"]
    assert metrics["epoch"] == list(range(1, 501))
    assert metrics["loss"][-1] == xor.record.final_metrics["loss"]


def test_the_model_loads_in_plain_keras_and_predicts_what_the_table_says(xor):
    model = keras.saving.load_model(xor.folder / "model.keras")
    with (xor.folder / "predictions.csv").open() as stream:
        header, *rows = csv.reader(stream)
    assert header == ["age", "income", "loyal"]
    points = np.float32([[float(cell) for cell in row[:2]] for row in rows])
    np.testing.assert_allclose(model.predict(points, verbose=0)[:, 0], [float(row[2]) for row in rows], rtol=1e-6)


def test_the_trace_ends_in_the_final_weights(xor):
    weights, trace = read_arrays(xor.folder / "weights.npz"), read_arrays(xor.folder / "trace.npz")
    assert set(trace) == {"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}
    for name, values in trace.items():
        assert values.shape == (501, *weights[name].shape)
        np.testing.assert_array_equal(values[-1], weights[name])
        np.testing.assert_array_equal(values[500], weights[f"best/{name}"])


def test_the_resolved_file_repeats_the_run_exactly(xor, tmp_path):
    again = run_of(str(xor.folder / "resolved.yaml"), tmp_path)
    assert_same_weights(xor, again)
    assert (again.folder / "resolved.yaml").read_bytes() == (xor.folder / "resolved.yaml").read_bytes()


def assert_same_weights(one: Run, other: Run) -> None:
    """By position: the layers of a stack and of a graph have other names."""
    for file in ("weights.npz", "trace.npz"):
        a, b = read_arrays(one.folder / file), read_arrays(other.folder / file)
        assert len(a) == len(b)
        for x, y in zip(a.values(), b.values(), strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("bilinear", {"prediction.png", "residuals.png", "learning.gif"}),
        ("bilinear-full-batch", {"prediction.png", "residuals.png", "learning.gif"}),
        ("dying-relu", {"prediction.png", "residuals.png", "learning.gif"}),
        ("house-prices", {"prediction.png", "residuals.png", "learning.gif"}),
        ("rounding", {"prediction.png", "confusion.png", "classes.png", "learning.gif"}),
        ("rounding-validation", {"prediction.png", "confusion.png", "classes.png", "learning.gif"}),
        ("moons", {"surface.png", "confusion.png", "classes.png", "learning.gif"}),
        ("spirals", {"surface.png", "confusion.png", "classes.png", "learning.gif"}),
    ],
)
def test_every_experiment_meets_its_expectations_and_draws_its_pictures(name, drawn, tmp_path):
    notes = Notes()
    run = run_of(name, tmp_path, watcher=notes)
    assert [verdict for verdict in run.record.expectations if not verdict.met] == []
    assert run.record.expectations
    assert notes.warnings == []
    assert pictures(run) == drawn | ALWAYS_DRAWN
    assert notes.epochs == len(read_metrics(run.folder / "metrics.csv")["epoch"])


def test_the_digits_end_with_the_same_weights_from_a_stack_and_from_a_graph(tmp_path):
    stack, graph = run_of("digits-sequential", tmp_path), run_of("digits-functional", tmp_path)
    assert_same_weights(stack, graph)
    assert all(verdict.met for verdict in (*stack.record.expectations, *graph.record.expectations))
    assert pictures(stack) == {"confusion.png", "classes.png", "mistakes.png"} | ALWAYS_DRAWN


def test_mnist_runs_from_the_file_in_keras_folder(tmp_path):
    small_mnist(tmp_path / "keras", rows=600)
    runs = [run_of(f"mnist-{form}", tmp_path, "epochs=12") for form in ("sequential", "functional")]
    assert_same_weights(*runs)
    assert runs[0].record.final_metrics["test_accuracy"] > 0.9
    assert runs[0].record.parameters == 25450
    with (runs[0].folder / "predictions.csv").open() as stream:
        header, *rows = csv.reader(stream)
    assert header[:2] == ["row", "true digit"]
    assert len(rows) == 80


def test_the_house_of_ten_flats_costs_what_its_neuron_says(tmp_path):
    run = run_of("house-prices", tmp_path)
    weights = read_arrays(run.folder / "weights.npz")
    with (run.folder / "predictions.csv").open() as stream:
        (flats, price) = list(csv.reader(stream))[1]
    assert float(price) == pytest.approx(float(flats) * weights["neuron/kernel"].item() + weights["neuron/bias"].item())
    assert float(price) == pytest.approx(99_712, abs=150)


def test_the_dying_neuron_does_not_move(tmp_path):
    trace = read_arrays(run_of("dying-relu", tmp_path).folder / "trace.npz")
    assert (trace["neuron/kernel"] == np.float32(-0.02)).all()
    assert (trace["neuron/bias"] == 0).all()


def test_a_scaled_experiment_answers_in_its_own_units(tmp_path):
    scaled = ("data.scale=standard", "data.scale_targets=standard", "optimizer.learning_rate=0.1", "expect=[]")
    run = run_of("house-prices", tmp_path, *scaled)
    model = keras.saving.load_model(run.folder / "model.keras")
    assert model.predict(np.float32([[10.0]]), verbose=0).item() == pytest.approx(100_000, rel=1e-3)


FLOWER = """
data: {generator: {csv: {path: flowers.csv}}, validation_split: 0.25, scale: standard}
layers: [{Dense: {units: 16, activation: relu}}, {Dense: {units: 3, activation: softmax}}]
optimizer: {Adam: {learning_rate: 0.05}}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
epochs: 60
expect: [accuracy >= 1]
"""


def test_a_csv_file_of_numbers_and_words_trains_and_its_answers_are_words(tmp_path):
    shutil.copy(FLOWERS, tmp_path)
    (tmp_path / "flowers.yaml").write_text(FLOWER)
    run = run_of(str(tmp_path / "flowers.yaml"), tmp_path)
    assert [verdict.met for verdict in run.record.expectations] == [True]
    assert pictures(run) == {"confusion.png", "classes.png"} | ALWAYS_DRAWN
    with (run.folder / "predictions.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [
        *("petal", "sepal", "place=garden", "place=meadow", "place=woods", "true species"),
        *("p(species=setosa)", "p(species=versicolor)", "p(species=virginica)", "species"),
    ]
    assert len(rows) == 3
    assert {row[-1] for row in rows} <= {"setosa", "versicolor", "virginica"}
    (tmp_path / "flowers.yaml").unlink()
    again = run_of(str(run.folder / "resolved.yaml"), tmp_path)
    assert again.record.final_metrics == run.record.final_metrics


def test_an_expectation_that_is_not_met_completes_the_run(tmp_path):
    run = run_of("xor", tmp_path, "epochs=2", 'expect=["loss <= 0.001", "loss <= 1"]')
    assert run.record.status == "completed"
    assert [verdict.met for verdict in run.record.expectations] == [False, True]


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


def test_a_metric_of_a_number_per_class_has_a_column_per_class(tmp_path):
    run = run_of("digits-sequential", tmp_path, "metrics=[F1Score]", 'expect=["val_f1_score_9 >= 0.5"]')
    assert [verdict.met for verdict in run.record.expectations] == [True]
    assert {f"f1_score_{i}" for i in range(10)} < set(read_metrics(run.folder / "metrics.csv"))


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
        run_of("house-prices", tmp_path, "optimizer.learning_rate=1.0")
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
    class Stops(Notes):
        def on_epochs(self, history) -> None:
            super().on_epochs(history)
            if self.epochs > 10:
                raise error

    watcher = Stops()
    with pytest.raises(type(error), match="ed"):
        run_of("xor", tmp_path, watcher=watcher)
    (folder,) = (tmp_path / "runs").iterdir()
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
    if sys.platform != "linux" or os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=512k tmpfs {disk}"):
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    os.system(f"umount {disk}")


@pytest.mark.parametrize("filled", [400_000, 480_000])
def test_a_full_disk_is_a_storage_error_and_leaves_valid_files(small_disk, tmp_path, filled):
    (small_disk / "ballast").write_bytes(bytes(filled))
    with pytest.raises(StorageError, match="the disk is full"):
        run_of("xor", tmp_path)
    (folder,) = [path for path in small_disk.iterdir() if path.is_dir()]
    assert json.loads((folder / "run.json").read_text())["status"] in ("running", "failed")
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


class Patient(Notes):
    """Keeps the findings too."""

    def on_diagnosed(self, findings) -> None:
        self.findings = [finding.kind for finding in findings]


def test_the_diagnosis_is_told_and_kept(tmp_path):
    patient = Patient()
    run = run_of("dying-relu", tmp_path, "epochs=5", watcher=patient)
    assert patient.findings == ["dead units", "no better than a baseline"]
    content = json.loads((run.folder / "run.json").read_text())
    assert [set(finding) for finding in content["diagnosis"]] == [{"kind", "message", "evidence", "remedy"}] * 2
    assert read_record(run.folder) == run.record


def test_a_diverged_run_is_diagnosed_with_the_rate_that_would_have_been_stable(tmp_path):
    patient = Patient()
    with pytest.raises(TrainingError, match="Training diverged") as caught:
        run_of("house-prices", tmp_path, "optimizer.learning_rate=0.06", watcher=patient)
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
    run = run_of("xor", tmp_path, "epochs=2", watcher=notes)
    assert notes.warnings == ["The training could not be diagnosed: ZeroDivisionError: division by zero"]
    assert read_record(run.folder).status == "completed"


def test_a_finished_run_and_a_diverged_one_have_their_report(xor, tmp_path):
    assert "binary_accuracy &gt;= 1" in (xor.folder / "report.html").read_text(encoding="utf-8")
    with pytest.raises(TrainingError, match="Training diverged"):
        run_of("house-prices", tmp_path, "optimizer.learning_rate=1.0")
    (folder,) = (tmp_path / "runs").iterdir()
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "Training diverged: loss became inf" in text
    assert '<span class="bad">failed</span>' in text


def test_a_report_that_fails_costs_nothing_else(tmp_path, monkeypatch):
    from nnrun.report.page import write

    monkeypatch.setattr(write, "write_report", lambda folder: 1 / 0)
    notes = Notes()
    run = run_of("xor", tmp_path, "epochs=2", watcher=notes)
    assert notes.warnings == ["The report could not be written: ZeroDivisionError: division by zero"]
    assert read_record(run.folder).status == "completed"


def test_the_pictures_can_be_drawn_again_from_the_folder_alone(xor):
    plots = xor.folder / "plots"
    before = {path.name: path.read_bytes() for path in plots.iterdir()}
    for path in plots.iterdir():
        if not path.name.startswith("scene"):
            path.unlink()
    assert {path.name for path in redraw(xor.folder)} == before.keys() - {"scene.json", "scene.npz"}
    assert {path.name: path.read_bytes() for path in plots.iterdir()} == before


def test_the_animation_can_be_left_away(tmp_path):
    means = RunOptions(tmp_path / "keras", animated=False)
    file = EXPERIMENTS / "xor.yaml"
    run = train_file(file, means, Notes(), overrides=("epochs=3", "expect=[]"), runs_dir=tmp_path / "runs")
    assert "learning.gif" not in pictures(run)


TWO_OUTPUTS = """
data:
  generator:
    function:
      {samples: 40, a: "uniform(-1, 1)", b: a ** 2, sum: a + b, larger: a > b, inputs: [a, b], target: [sum, larger]}
layers:
  - Dense: {name: shared, units: 4, activation: relu}
  - Dense: {name: total, units: 1, inputs: shared}
  - Dense: {name: parity, units: 1, activation: sigmoid, inputs: shared}
outputs:
  total: {target: sum, loss: mse}
  parity: {target: larger, loss: binary_crossentropy, metrics: [accuracy]}
optimizer: adam
epochs: 3
"""
CONSTANT = """
data: {generator: {table: {columns: [x, y], rows: [[2, 5], [2, 5], [2, 5]]}}}
layers: [{Dense: {units: 2, activation: relu}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 1
"""
CONSTANT_PLANE = CONSTANT.replace("[x, y], rows: [[2, 5], [2, 5], [2, 5]]", "[x, z, y], rows: [[2, 1, 5], [2, 1, 5]]")
SEQUENCES = """
data: {generator: {table: {columns: [x, y], rows: [[1, 2], [3, 4], [5, 6]]}}}
layers: [{Reshape: {target_shape: [1, 1]}}, {LSTM: {units: 3}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 2
"""


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        (
            TWO_OUTPUTS,
            {
                *("surface-total.png", "surface-parity.png", "residuals-total.png"),
                *("confusion-parity.png", "classes-parity.png", "learning.gif"),
            },
        ),
        (CONSTANT, {"prediction.png", "residuals.png", "learning.gif"}),
        (CONSTANT_PLANE, {"surface.png", "residuals.png", "learning.gif"}),
        (SEQUENCES, {"prediction.png", "residuals.png", "learning.gif"}),
    ],
    ids=["two outputs", "a constant column and one epoch", "constant columns", "sequences"],
)
def test_unusual_experiments_are_drawn_without_a_warning(text, drawn, tmp_path):
    (tmp_path / "unusual.yaml").write_text(text)
    notes = Notes()
    run = run_of(str(tmp_path / "unusual.yaml"), tmp_path, watcher=notes)
    assert notes.warnings == []
    assert pictures(run) == drawn | ALWAYS_DRAWN


class Stopped(RunListener):
    """Interrupts a run at one of its steps."""

    def __init__(self, step: str) -> None:
        setattr(self, step, self.stop)

    def stop(self, *told: object) -> None:
        raise Interrupted("Interrupted.")


@pytest.mark.parametrize(("step", "status"), [("on_claimed", "interrupted"), ("on_finished", "completed")])
def test_a_run_that_is_interrupted_before_or_after_its_training_says_how_far_it_came(tmp_path, step, status):
    with pytest.raises(Interrupted, match="Interrupted"):
        run_of("xor", tmp_path, "epochs=2", watcher=Stopped(step))
    (folder,) = (tmp_path / "runs").iterdir()
    assert read_record(folder).status == status
