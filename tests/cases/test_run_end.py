"""What a run says at its end: since when an expectation holds, and why a metric says nothing."""

import pytest

from nnrun.errors import ExperimentError
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.judge.judged_run import judge_run
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record
from nnrun.training.shared_models import SharedModels

pytestmark = pytest.mark.keras

EXPERIMENT = """
data: {generator: {table: {columns: [x, y], rows: ROWS, target: y}}, validation_split: 0.5}
layers: [{Dense: {units: 1, kernel_initializer: INITIALIZER}}]
optimizer: {SGD: {learning_rate: 0.05}}
loss: mse
metrics: [r2_score]
epochs: 12
expect: EXPECT
"""
LINE = "[[0, 0], [1, 2], [2, 4], [3, 6], [0.5, 1], [1.5, 3]]"
FLAT = "[[0, C], [1, C], [2, C], [3, C], [0.5, C], [1.5, C]]"


@pytest.fixture(scope="module")
def models() -> SharedModels:
    return SharedModels()


def verdicts(tmp_path, models, rows, expect, initializer="ones"):
    file = tmp_path / "exp.yaml"
    text = EXPERIMENT.replace("ROWS", rows).replace("EXPECT", expect).replace("INITIALIZER", initializer)
    file.write_text(text)
    options = RunOptions(tmp_path / "keras", plotted=False, models=models)
    run = train_file(file, options, RunListener(), runs_dir=tmp_path / "runs")
    record = read_record(run.folder)
    assert [one.since for one in record.expectations] == [one.since for one in run.record.expectations]
    page = (run.folder / "report.html").read_text()
    for verdict in record.expectations:
        assert (verdict.reason or (f"met first at epoch {verdict.since}" if verdict.since else "")) in page
    return record.expectations, read_metrics(run.folder / "metrics.csv")


def test_the_first_epoch_at_which_an_expectation_held_is_recorded(tmp_path, models):
    found, metrics = verdicts(tmp_path, models, LINE, '["val_loss < 0.2", "loss < 0", "val_loss > 0.2"]')
    first = next(epoch for epoch, loss in zip(metrics["epoch"], metrics["val_loss"], strict=True) if loss < 0.2)
    assert 1 < first < 12
    assert [(one.met, one.since) for one in found] == [(True, first), (False, None), (False, 1)]
    assert all(one.reason is None for one in found)


@pytest.mark.parametrize(
    ("constant", "initializer"), [("0", "zeros"), ("0", "ones"), ("0.1", "ones"), ("-7", "ones"), ("1000.3", "ones")]
)
def test_a_score_of_equal_targets_has_a_reason(constant, initializer, tmp_path, models):
    (score, loss), _ = verdicts(
        tmp_path, models, FLAT.replace("C", constant), '["val_r2_score > 0.9", "loss >= 0"]', initializer
    )
    assert not score.met
    assert score.reason is not None
    assert score.reason.startswith("val_r2_score is ")
    assert score.reason.endswith(": all targets of the validation set are equal")
    assert (loss.met, loss.reason) == (True, None)


CLASSES = """
data: {generator: {table: {columns: [x, kind], rows: [[0, a], [1, b], [2, b], [-1, a]], target: kind}}}
layers: [{Dense: {units: 8, activation: tanh}}, {Dense: {units: 2, activation: softmax}}]
optimizer: {Adam: {learning_rate: 0.1}}
loss: sparse_categorical_crossentropy
epochs: 12
predict: [1.5, -2]
expect:
  - 'predicted_class(1.5) == "b" and predicted_class(-2) != "b"'
  - prediction[0][1] > 0.5 and approx(prediction[0][0] + prediction[0][1], 1, 1e-5)
  - weight("dense_1", "kernel")[7, 1] in [-9, 9]
  - best(loss) < first(loss) and finite
  - loss < 0.4 by epoch 12
  - loss < at(loss, 2)
  - parameters == 34 and epochs == 12
  - loss <= 0.5 * baseline(loss)
"""


def test_a_finished_run_is_judged_by_its_files_as_it_was_at_its_end(tmp_path):
    file = tmp_path / "exp.yaml"
    file.write_text(CLASSES)
    other = tmp_path / "main.json"
    other.write_text('{"loss": 0.8}')
    options = RunOptions(tmp_path / "keras", plotted=False, reported=False, baseline=other)
    run = train_file(file, options, RunListener(), runs_dir=tmp_path / "runs")
    assert [one.expectation for one in run.record.expectations if not one.met] == []
    assert judge_run(run.folder, (), other).verdicts == run.record.expectations == read_record(run.folder).expectations


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('weight("dense", "kernel")[0, 8] > 0', r'The kernel of the layer "dense" has the shape \[1, 8\]'),
        ('weight("lstm", "kernl")[0, 8] > 0', 'The layer "lstm" has no weight "kernl"'),
        ("predicted_class(1.5) == 1", r"predicted_class\(1.5\) is a class, but the network predicts values"),
        ("loss <= baseline(loss)", "The expectation compares with another run"),
    ],
)
def test_what_the_model_does_not_have_is_refused_before_training(condition, message, tmp_path):
    file = tmp_path / "exp.yaml"
    layers = "[{Dense: {units: 8}}, {Reshape: {target_shape: [8, 1]}}, {LSTM: {units: 1}}]"
    start = CLASSES.partition("expect:")[0].replace(CLASSES.splitlines()[2], f"layers: {layers}")
    file.write_text(
        start.replace("loss: sparse_categorical_crossentropy", "loss: mse").replace("a]", "0]").replace("b]", "1]")
        + f"expect: ['{condition}']\n"
    )
    with pytest.raises(ExperimentError, match=message):
        train_file(file, RunOptions(tmp_path / "keras"), RunListener(), runs_dir=tmp_path / "runs")
    assert not list(tmp_path.glob("runs/*"))
