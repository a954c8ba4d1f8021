"""A run gives the weights of a plain Keras script, bit for bit: another process, and `fit` as everyone calls it."""

import subprocess
import sys

import numpy as np
import pytest
from training_runs import run_of

from nnrun.runs.arrays import read_arrays

pytestmark = pytest.mark.keras

EXPERIMENT = """
name: plain
seed: 7
data:
  generator: {digits: {samples: 300}}
  validation_split: 0.2
layers:
  - Dense: {units: 24, activation: relu}
  - BatchNormalization
  - Dropout: {rate: 0.3}
  - Dense: {units: 10, activation: softmax}
optimizer: {Adam: {learning_rate: 0.01}}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
epochs: 4
"""
# Only the rows and their order come from nnrun.
SCRIPT = """
import sys
import keras
import numpy as np
from nnrun.data.generate import generate
from nnrun.data.epoch_order import epoch_orders
from nnrun.load import load_experiment
from pathlib import Path

data = generate(load_experiment(Path("plain.yaml")), Path("keras"))
x, y = data.training.inputs["pixels"], data.training.targets["digit"]
validation = data.validation.inputs["pixels"], data.validation.targets["digit"]
keras.utils.set_random_seed(7)
model = keras.Sequential([
    keras.Input((64,)),
    keras.layers.Dense(24, activation="relu"),
    keras.layers.BatchNormalization(),
    keras.layers.Dropout(0.3),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
for order in epoch_orders(7, len(x), 0, 4):
    model.fit(x[order], y[order], batch_size=32, shuffle=False, verbose=0, validation_data=validation)
np.savez("plain.npz", *model.get_weights())
"""


def test_a_run_has_the_weights_of_a_plain_script(tmp_path):
    (tmp_path / "plain.yaml").write_text(EXPERIMENT)
    (tmp_path / "plain.py").write_text(SCRIPT)
    result = subprocess.run([sys.executable, "plain.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    folder = run_of(str(tmp_path / "plain.yaml"), tmp_path, bare=True).folder
    ours = {name: array for name, array in read_arrays(folder / "weights.npz").items() if not name.startswith("best/")}
    with np.load(tmp_path / "plain.npz") as archive:
        theirs = [archive[name] for name in archive.files]
    assert len(theirs) == len(ours) == 8
    by_shape = {(array.shape, array.tobytes()) for array in ours.values()}
    assert by_shape == {(array.shape, array.tobytes()) for array in theirs}
