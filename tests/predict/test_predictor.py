"""The predictions of a trained model, as tables and pictures show them."""

import numpy as np
import pytest

from experiments import data_of, written
from nnrun.data.rows import network_rows
from nnrun.model.build import build_model
from nnrun.predict.predictor import make_predictor

pytestmark = pytest.mark.keras

SCALED = """
data: {generator: {table: {columns: [a, b, y], rows: [[0, 1, 0.1], [3, 1, 7], [0, 2, 0]], target: y}}, SPLIT}
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 1
"""
LOGITS = """
data: {{generator: {{{data}: {{samples: 12}}}}}}
layers: [{{Dense: {{units: {units}, bias_initializer: {{Constant: {{value: -0.25}}}}}}}}]
optimizer: sgd
loss: {{{loss}: {{from_logits: true}}}}
epochs: 1
"""


@pytest.mark.parametrize(
    ("data", "units", "loss"), [("blobs", 3, "SparseCategoricalCrossentropy"), ("moons", 1, "BinaryCrossentropy")]
)
def test_where_the_loss_takes_logits_the_predictions_are_probabilities(data, units, loss, tmp_path):
    experiment = written(LOGITS.format(data=data, units=units, loss=loss))
    dataset = data_of(experiment, tmp_path)
    rows = network_rows(experiment, dataset.training)
    model = build_model(experiment, rows)
    (outputs,) = make_predictor(model, experiment, dataset).predict_held_out(dataset).outputs
    logits = model(rows.inputs[0]).numpy()
    assert (outputs.min() >= 0) & (outputs.max() <= 1)
    if units == 1:
        np.testing.assert_allclose(np.log(outputs / (1 - outputs)), logits, rtol=1e-4, atol=1e-5)
    else:
        np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_array_equal(outputs.argmax(axis=1), logits.argmax(axis=1))


@pytest.mark.parametrize("split", ["test_split: 0.3, validation_split: 0.3", "validation_split: 0.3", "test_split: 0"])
def test_the_rows_are_shown_as_the_data_have_them_to_the_last_bit(split, tmp_path):
    scales = f"{split}, scale: standard, scale_targets: minmax"
    experiment = written(SCALED.replace("SPLIT", scales))
    dataset = data_of(experiment, tmp_path)
    plain = data_of(written(SCALED.replace("SPLIT", split)), tmp_path)
    name, part = plain.evaluated
    model = build_model(experiment, network_rows(experiment, dataset.training))
    predictions = make_predictor(model, experiment, dataset).predict_held_out(dataset)
    assert predictions.part == name
    np.testing.assert_array_equal(predictions.inputs, np.concatenate([part.inputs["a"], part.inputs["b"]], axis=1))
    np.testing.assert_array_equal(predictions.targets[0], part.targets["y"])


@pytest.mark.parametrize("split", ["test_split: 0.3, validation_split: 0.3", "test_split: 0"])
@pytest.mark.parametrize(
    ("points", "targets"),
    [
        ([[3, 1], [0, 1]], [7, 0.1]),
        ([[0, 2]], [0]),
        ([[3, 1], [3, 2]], None),  # the second is no row
        ([[0.1, 1]], None),
    ],
)
def test_points_that_the_data_have_stand_beside_their_targets(split, points, targets, tmp_path):
    experiment = written(SCALED.replace("SPLIT", f"{split}, scale: standard, scale_targets: minmax"))
    dataset = data_of(experiment, tmp_path)
    model = build_model(experiment, network_rows(experiment, dataset.training))
    predictor = make_predictor(model, experiment, dataset)
    found = predictor.predict_points(points, dataset)
    if targets is None:
        assert found.targets is None
        assert predictor.tabulate(found).header == ("row", "a", "b", "predicted_y")
    else:
        np.testing.assert_allclose(found.targets[0][:, 0], targets, rtol=1e-6, atol=1e-6)
        assert predictor.tabulate(found).header == ("row", "a", "b", "y", "predicted_y", "error")


def test_a_point_with_several_targets_has_none(tmp_path):
    experiment = written(SCALED.replace("[3, 1, 7]", "[0, 1, 7]").replace("SPLIT", "test_split: 0"))
    dataset = data_of(experiment, tmp_path)
    model = build_model(experiment, network_rows(experiment, dataset.training))
    predictor = make_predictor(model, experiment, dataset)
    assert predictor.predict_points([[0, 1]], dataset).targets is None
    assert predictor.predict_points([[0, 2]], dataset).targets is not None
