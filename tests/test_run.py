"""One run from its file to its folder: what is there at the end."""

import csv
import json
import shutil

import keras
import numpy as np
import pytest
from msgspec import structs
from training_runs import ALWAYS_DRAWN, FILES, Notes, Patient, assert_same_weights, pictures, run_of

from experiments import EXPERIMENTS, FLOWERS
from nnrun.errors import TrainingError
from nnrun.report.redraw import redraw
from nnrun.run import train_file
from nnrun.run_options import RunOptions
from nnrun.runs.arrays import read_arrays
from nnrun.runs.checkpoint import find_checkpoint
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.data_record import read_data_record
from nnrun.runs.identity import differences, machine_differences
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import identity_of_record, read_record

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def xor(tmp_path_factory) -> CompletedRun:
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


def test_the_record_says_what_the_result_depends_on(xor):
    record = xor.record
    assert {"python", "nnrun", "keras", "tensorflow", "numpy", "h5py"} <= set(record.versions)
    assert record.processor
    assert record.operating_system
    assert record.environment is not None
    found = find_checkpoint(xor.folder)
    assert found is not None
    known = structs.replace(identity_of_record(record), files=None)
    assert differences(found.checkpoint.identity, known) == machine_differences(found.checkpoint.identity, known) == []
    assert record.data_sha256 == found.checkpoint.identity.data


def test_the_metrics_have_a_row_per_epoch(xor):
    metrics = read_metrics(xor.folder / "metrics.csv")
    assert list(metrics) == ["epoch", "loss", "binary_accuracy", "learning_rate", "seconds"]
    assert metrics["epoch"] == list(range(1, 501))
    assert metrics["loss"][-1] == xor.record.final_metrics["loss"]


def test_the_model_loads_in_plain_keras_and_predicts_what_the_table_says(xor):
    model = keras.saving.load_model(xor.folder / "model.keras")
    with (xor.folder / "predictions.csv").open() as stream:
        header, *rows = csv.reader(stream)
    assert header == ["row", "age", "income", "loyal", "predicted_loyal"]
    points = np.float32([[float(cell) for cell in row[1:3]] for row in rows])
    np.testing.assert_allclose(model.predict(points, verbose=0)[:, 0], [float(row[4]) for row in rows], rtol=1e-6)
    assert [float(row[3]) for row in rows] == [float(row[1] != row[2]) for row in rows]


def test_the_trace_ends_in_the_final_weights(xor):
    weights, trace = read_arrays(xor.folder / "weights.npz"), read_arrays(xor.folder / "trace.npz")
    assert set(trace) == {"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}
    for name, values in trace.items():
        assert values.shape == (501, *weights[name].shape)
        np.testing.assert_array_equal(values[-1], weights[name])
        np.testing.assert_array_equal(values[500], weights[f"best/{name}"])


def test_the_resolved_file_repeats_the_run_exactly(xor, tmp_path):
    again = run_of(str(xor.folder / "resolved.yaml"), tmp_path, bare=True)
    assert_same_weights(xor, again)
    assert (again.folder / "resolved.yaml").read_bytes() == (xor.folder / "resolved.yaml").read_bytes()


def test_a_scaled_experiment_answers_in_its_own_units(tmp_path):
    scaled = ("data.scale=standard", "data.scale_targets=standard", "optimizer.learning_rate=0.1", "expect=[]")
    run = run_of("house-prices", tmp_path, *scaled, bare=True)
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


def test_rare_words_are_others_in_the_predictions_and_the_report(tmp_path):
    shutil.copy(FLOWERS, tmp_path)
    (tmp_path / "flowers.yaml").write_text(FLOWER)
    changed = ("data.prepare={columns: {place: {max_words: 1}}}", "epochs=1", "expect=[]")
    run = run_of(str(tmp_path / "flowers.yaml"), tmp_path, *changed, plotted=False)
    with (run.folder / "predictions.csv").open(newline="") as file:
        assert {row["place"] for row in csv.DictReader(file)} <= {"garden", "meadow", "woods", "(other)"}
    assert "place[" not in (run.folder / "report.html").read_text()
    (words,) = (each.words.words for each in read_data_record(run.folder).inputs if each.words)
    assert f"{words[0]}, (other)" in (run.folder / "report.md").read_text().replace("\\", "")


def test_a_csv_file_of_numbers_and_words_trains_and_its_answers_are_words(tmp_path):
    shutil.copy(FLOWERS, tmp_path)
    (tmp_path / "flowers.yaml").write_text(FLOWER)
    run = run_of(str(tmp_path / "flowers.yaml"), tmp_path)
    assert [verdict.met for verdict in run.record.expectations] == [True]
    assert pictures(run) == {"confusion.png", "classes.png"} | ALWAYS_DRAWN
    with (run.folder / "predictions.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [
        *("row", "petal", "sepal", "place", "species", "predicted_species"),
        *("p(species=setosa)", "p(species=versicolor)", "p(species=virginica)"),
    ]
    assert len(rows) == 3
    assert {row[5] for row in rows} <= {"setosa", "versicolor", "virginica"}
    with FLOWERS.open(newline="") as file:
        data = list(csv.DictReader(file))
    for row in rows:
        source = data[int(row[0]) - 1]
        assert (float(row[1]), row[3], row[4]) == (float(source["petal"]), source["place"], source["species"])
    (tmp_path / "flowers.yaml").unlink()
    again = run_of(str(run.folder / "resolved.yaml"), tmp_path, bare=True)
    assert again.record.final_metrics == run.record.final_metrics


def test_an_expectation_that_is_not_met_completes_the_run(tmp_path):
    run = run_of("xor", tmp_path, "epochs=2", 'expect=["loss <= 0.001", "loss <= 1"]', bare=True)
    assert run.record.status == "completed"
    assert [verdict.met for verdict in run.record.expectations] == [False, True]


def test_a_metric_of_a_number_per_class_has_a_column_per_class(tmp_path):
    run = run_of("digits-sequential", tmp_path, "metrics=[F1Score]", 'expect=["val_f1_score_9 >= 0.5"]', bare=True)
    assert [verdict.met for verdict in run.record.expectations] == [True]
    assert {f"f1_score_{i}" for i in range(10)} < set(read_metrics(run.folder / "metrics.csv"))


def test_the_diagnosis_is_told_and_kept(tmp_path):
    patient = Patient()
    run = run_of("dying-relu", tmp_path, "epochs=5", watcher=patient, bare=True)
    assert patient.findings == ["dead units", "no better than a baseline"]
    content = json.loads((run.folder / "run.json").read_text())
    assert [set(finding) for finding in content["diagnosis"]] == [{"kind", "message", "evidence", "remedy"}] * 2
    assert read_record(run.folder) == run.record


def test_the_layers_and_the_final_numbers_are_kept(xor):
    record = read_record(xor.folder)
    assert [layer.cells()[-1] for layer in record.layers] == ["16 × (2 + 1) = 48", "1 × (16 + 1) = 17"]
    numbers = json.loads((xor.folder / "metrics.json").read_text())
    assert (numbers["loss"], numbers["best.epoch"]) == (record.final_metrics["loss"], record.best_metrics["epoch"])


def test_a_finished_run_and_a_diverged_one_have_their_report(xor, tmp_path):
    assert "binary_accuracy &gt;= 1" in (xor.folder / "report.html").read_text(encoding="utf-8")
    assert "| `binary_accuracy >= 1.0` | ✓ passed |" in (xor.folder / "report.md").read_text(encoding="utf-8")
    with pytest.raises(TrainingError, match="Training diverged"):
        run_of("house-prices", tmp_path, "optimizer.learning_rate=1.0", plotted=False)
    (folder,) = (tmp_path / "runs").iterdir()
    assert "**failed**" in (folder / "report.md").read_text(encoding="utf-8")
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "Training diverged: loss became inf" in text
    assert '<span class="bad">failed</span>' in text


def test_the_pictures_can_be_drawn_again_from_the_folder_alone(xor):
    plots = xor.folder / "plots"
    before = {path.name: path.read_bytes() for path in plots.iterdir()}
    for path in plots.iterdir():
        if not path.name.startswith("scene"):
            path.unlink()
    assert {path.name for path in redraw(xor.folder)} == before.keys() - {"scene.json", "scene.npz"}
    assert {path.name: path.read_bytes() for path in plots.iterdir()} == before


def test_the_animation_can_be_left_away(tmp_path):
    options = RunOptions(tmp_path / "keras", animated=False)
    file = EXPERIMENTS / "xor.yaml"
    run = train_file(file, options, Notes(), overrides=("epochs=3", "expect=[]"), runs_dir=tmp_path / "runs")
    assert "learning.gif" not in pictures(run)
