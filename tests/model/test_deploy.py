"""The deployed model takes and gives the data's own units."""

import keras
import numpy as np
import pytest

from experiments import data_of, written
from nnrun.data.rows import network_rows, unscaled
from nnrun.model.build import build_model
from nnrun.model.deploy import predict, with_scaling

pytestmark = pytest.mark.keras

SCALED = """
data:
  generator:
    function: {samples: 40, a: "uniform(100, 200)", b: "normal(-5, 2)", y: "3 * a - b"}
  scale: standard
  scale_targets: minmax
layers: [{Dense: {units: 4, activation: tanh}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 1
"""


def test_scaling_around_the_model_equals_scaling_before_and_after_it(tmp_path):
    experiment = written(SCALED)
    dataset = data_of(experiment, tmp_path)
    scaled = network_rows(experiment, dataset.training)
    model = build_model(experiment, scaled)
    deployed = with_scaling(model, experiment, dataset.input_scaling, dataset.target_scaling)
    own = network_rows(experiment, unscaled(dataset.training, dataset.input_scaling, dataset.target_scaling))
    assert own.inputs[0].mean() > 40
    by_hand = dataset.target_scaling["y"].invert(predict(model, scaled.inputs)[0])
    np.testing.assert_allclose(predict(deployed, own.inputs)[0], by_hand, rtol=1e-5)


def test_a_model_without_scaling_is_deployed_as_it_is(tmp_path):
    experiment = written(SCALED.replace("scale: standard", "scale: none").replace("scale_targets: minmax", ""))
    dataset = data_of(experiment, tmp_path)
    model = build_model(experiment, network_rows(experiment, dataset.training))
    assert with_scaling(model, experiment, {}, {}) is model


def test_predictions_do_not_depend_on_the_batch(tmp_path):
    experiment = written(SCALED)
    rows = network_rows(experiment, data_of(experiment, tmp_path).training)
    model = build_model(experiment, rows)
    np.testing.assert_allclose(predict(model, rows.inputs, batch=7)[0], predict(model, rows.inputs)[0], rtol=1e-6)


PREPARED = """
data:
  generator:
    function: {samples: 40, a: "uniform(1, 200)", b: "normal(-5, 2)", y: "3 * a + 1"}
  prepare:
    scale: robust
    columns:
      a: {missing: mean, log: true, clip: [2, 150]}
      y: {log: true, scale: standard}
layers: [{Dense: {units: 4, activation: tanh}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 1
"""


def test_the_deployed_model_fills_clips_and_takes_logarithms_itself(tmp_path):
    experiment = written(PREPARED)
    dataset = data_of(experiment, tmp_path)
    rows = network_rows(experiment, dataset.training)
    model = build_model(experiment, rows)
    deployed = with_scaling(model, experiment, dataset.input_scaling, dataset.target_scaling)
    raw = network_rows(experiment, dataset.training.original).inputs[0].copy()
    by_hand = dataset.target_scaling["y"].invert(predict(model, rows.inputs)[0])
    np.testing.assert_allclose(predict(deployed, [raw])[0], by_hand, rtol=1e-4)
    filled, raw[0, 0] = raw.copy(), np.nan
    filled[0, 0] = dataset.input_scaling["a"].fill[0]
    np.testing.assert_array_equal(predict(deployed, [raw])[0], predict(deployed, [filled])[0])


def test_the_saved_model_is_the_same_in_plain_keras(tmp_path):
    experiment = written(PREPARED)
    dataset = data_of(experiment, tmp_path)
    model = build_model(experiment, network_rows(experiment, dataset.training))
    deployed = with_scaling(model, experiment, dataset.input_scaling, dataset.target_scaling)
    deployed.save(tmp_path / "model.keras")
    raw = network_rows(experiment, dataset.training.original).inputs
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(predict(loaded, raw)[0], predict(deployed, raw)[0])
