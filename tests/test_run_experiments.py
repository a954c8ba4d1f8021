"""Every shipped experiment, and unusual ones, from its file to its pictures."""

import csv

import numpy as np
import pytest
from training_runs import ALWAYS_DRAWN, Notes, assert_same_weights, pictures, run_of

from experiments import small_mnist
from nnrun.runs.arrays import read_arrays
from nnrun.runs.metrics_file import read_metrics

pytestmark = pytest.mark.keras


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("bilinear", {"prediction.png", "residuals.png", "learning.gif"}),
        ("dying-relu", {"prediction.png", "residuals.png", "learning.gif"}),
        ("house-prices", {"prediction.png", "residuals.png", "learning.gif"}),
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
    assert (run.record.diagnosis == ()) == (name != "dying-relu")


@pytest.mark.parametrize("name", ["bilinear-full-batch", "rounding"])
def test_those_with_the_pictures_of_another_meet_their_expectations(name, tmp_path):
    record = run_of(name, tmp_path, bare=True).record
    assert record.expectations
    assert all(verdict.met for verdict in record.expectations)
    assert record.diagnosis == ()


def test_the_digits_end_with_the_same_weights_from_a_stack_and_from_a_graph(tmp_path):
    stack, graph = run_of("digits-sequential", tmp_path), run_of("digits-functional", tmp_path, bare=True)
    assert_same_weights(stack, graph)
    assert all(verdict.met for verdict in (*stack.record.expectations, *graph.record.expectations))
    assert stack.record.diagnosis == graph.record.diagnosis == ()
    assert pictures(stack) == {"confusion.png", "classes.png", "examples.png", "mistakes.png"} | ALWAYS_DRAWN


def test_mnist_runs_from_the_file_in_keras_folder(tmp_path):
    small_mnist(tmp_path / "keras", rows=600)
    runs = [run_of(f"mnist-{form}", tmp_path, "epochs=12", bare=True) for form in ("sequential", "functional")]
    assert_same_weights(*runs)
    assert runs[0].record.final_metrics["test_accuracy"] > 0.9
    assert runs[0].record.parameters == 25450
    with (runs[0].folder / "predictions.csv").open() as stream:
        header, *rows = csv.reader(stream)
    assert header[:3] == ["row", "digit", "predicted_digit"]
    assert len(rows) == 80


def test_the_house_of_ten_flats_costs_what_its_neuron_says(tmp_path):
    run = run_of("house-prices", tmp_path, bare=True)
    weights = read_arrays(run.folder / "weights.npz")
    with (run.folder / "predictions.csv").open() as stream:
        (_, flats, price) = list(csv.reader(stream))[1]
    assert float(price) == pytest.approx(float(flats) * weights["neuron/kernel"].item() + weights["neuron/bias"].item())
    assert float(price) == pytest.approx(99_712, abs=150)


def test_the_dying_neuron_does_not_move(tmp_path):
    trace = read_arrays(run_of("dying-relu", tmp_path, bare=True).folder / "trace.npz")
    assert (trace["neuron/kernel"] == np.float32(-0.02)).all()
    assert (trace["neuron/bias"] == 0).all()


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


INDICES = """
data: {generator: {modular: {modulus: 5}}}
layers: [{Embedding: {input_dim: 5, output_dim: 2}}, Flatten, {Dense: {units: 5, activation: softmax}}]
optimizer: adam
loss: sparse_categorical_crossentropy
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
        (INDICES, {"confusion.png", "classes.png"}),
    ],
    ids=["two outputs", "a constant column and one epoch", "constant columns", "sequences", "two indices"],
)
def test_unusual_experiments_are_drawn_without_a_warning(text, drawn, tmp_path):
    (tmp_path / "unusual.yaml").write_text(text)
    notes = Notes()
    run = run_of(str(tmp_path / "unusual.yaml"), tmp_path, watcher=notes)
    assert notes.warnings == []
    assert pictures(run) == drawn | ALWAYS_DRAWN
