"""The arithmetic of the summary adds up to the parameters that Keras counts."""

import pytest

from experiments import data_of, shipped, written
from nnrun.data.rows import network_rows
from nnrun.model.build import build_model
from nnrun.model.summary import summarize

pytestmark = pytest.mark.keras

EVERY_RULE = """
data:
  generator: {blobs: {samples: 12, centers: 2, features: 16}}
layers:
  - Reshape: {target_shape: [4, 4, 1]}
  - Conv2D: {filters: 3, kernel_size: [2, 3], padding: same}
  - Conv2D: {filters: 2, kernel_size: 2, use_bias: false}
  - BatchNormalization
  - Reshape: {target_shape: [3, 6]}
  - Conv1D: {filters: 4, kernel_size: 2}
  - LSTM: {units: 3, return_sequences: true}
  - GRU: {units: 4, return_sequences: true}
  - SimpleRNN: {units: 5, return_sequences: true}
  - LayerNormalization
  - SeparableConv1D: {filters: 3, kernel_size: 2, padding: same}
  - Bidirectional: {layer: {LSTM: {units: 2}}}
  - PReLU
  - Dense: {units: 6, use_bias: false}
  - Dense: {units: 2, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: 1
"""


def summary_of(experiment, tmp_path):
    return summarize(build_model(experiment, network_rows(experiment, data_of(experiment, tmp_path).training)))


def test_the_rounding_network_is_counted_as_a_teacher_would(tmp_path):
    hidden, output = summary_of(shipped("rounding"), tmp_path)
    assert (hidden.arithmetic, hidden.parameters, hidden.shape) == ("8 × (1 + 1)", 16, "(8)")
    assert (output.arithmetic, output.parameters, output.kind) == ("2 × (8 + 1)", 18, "Dense")


def test_every_arithmetic_adds_up(tmp_path):
    rows = summary_of(written(EVERY_RULE), tmp_path)
    assert len(rows) == 15
    for row in rows:
        worked_out = eval(row.arithmetic.replace("×", "*")) if row.arithmetic else 0
        assert worked_out == row.parameters, row
