"""What a trained model says, as tables and pictures show it."""

import numpy as np
import pytest

from experiments import data_of, written
from nnrun.data.rows import network_rows
from nnrun.model.build import build_model
from nnrun.predict.predict import answer_part

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
def test_where_the_loss_takes_logits_the_answers_are_probabilities(data, units, loss, tmp_path):
    experiment = written(LOGITS.format(data=data, units=units, loss=loss))
    dataset = data_of(experiment, tmp_path)
    rows = network_rows(experiment, dataset.training)
    model = build_model(experiment, rows)
    (answers,) = answer_part(model, experiment, dataset).answers
    logits = model(rows.inputs[0]).numpy()
    assert (answers.min() >= 0) & (answers.max() <= 1)
    if units == 1:
        np.testing.assert_allclose(np.log(answers / (1 - answers)), logits, rtol=1e-4, atol=1e-5)
    else:
        np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_array_equal(answers.argmax(axis=1), logits.argmax(axis=1))


@pytest.mark.parametrize("split", ["test_split: 0.3, validation_split: 0.3", "validation_split: 0.3", "test_split: 0"])
def test_the_rows_are_shown_as_the_data_have_them_to_the_last_bit(split, tmp_path):
    scales = f"{split}, scale: standard, scale_targets: minmax"
    experiment = written(SCALED.replace("SPLIT", scales))
    dataset = data_of(experiment, tmp_path)
    plain = data_of(written(SCALED.replace("SPLIT", split)), tmp_path)
    name, part = plain.evaluated
    answers = answer_part(build_model(experiment, network_rows(experiment, dataset.training)), experiment, dataset)
    assert answers.part == name
    np.testing.assert_array_equal(answers.points, np.concatenate([part.inputs["a"], part.inputs["b"]], axis=1))
    np.testing.assert_array_equal(answers.truth[0], part.targets["y"])
