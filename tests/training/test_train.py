"""A training in chunks: what is watched, where it ends, and that chunks never change a result."""

import numpy as np
import pytest

from experiments import data_of, shipped, written
from nnrun.data.rows import network_rows
from nnrun.errors import Interrupted
from nnrun.model.build import build_model
from nnrun.training import train as room
from nnrun.training.train import Training, TrainingPlan

pytestmark = pytest.mark.keras

NOISY = """
data:
  generator: {moons: {samples: 60, noise: 0.2}}
  validation_split: 0.2
layers:
  - Dense: {units: 6, activation: relu}
  - Dropout: {rate: 0.3}
  - Dense: {units: 1, activation: sigmoid}
optimizer: adam
loss: binary_crossentropy
epochs: 12
batch_size: 16
"""


def trained(experiment, tmp_path, observe=None, engine="graph", epochs=None):
    dataset = data_of(experiment, tmp_path)
    training = network_rows(experiment, dataset.training)
    validation = network_rows(experiment, dataset.validation) if dataset.validation else None
    model = build_model(experiment, training)
    plan = TrainingPlan(experiment.seed, epochs or experiment.epochs, experiment.batch_size, experiment.shuffle, engine)
    training = Training(model, training, validation, plan)
    training.run(observe)
    return training.finish(), [w.numpy() for w in model.weights]


def test_the_size_of_the_chunks_changes_nothing(tmp_path, monkeypatch):
    experiment = written(NOISY)
    alone, weights = trained(experiment, tmp_path)
    monkeypatch.setattr(room, "_CHUNK_SECONDS", 0.0)  # every chunk one epoch
    chunks = []
    other, others = trained(experiment, tmp_path, observe=chunks.append)
    assert [len(chunk["loss"]) for chunk in chunks] == [1] * 12
    assert other.history["loss"] == alone.history["loss"]
    assert other.history["val_loss"] == alone.history["val_loss"]
    assert all(np.array_equal(a, b) for a, b in zip(weights, others, strict=True))


def test_plain_fit_and_graph_give_the_same_history_and_weights(tmp_path):
    experiment = written(NOISY)
    graph, weights = trained(experiment, tmp_path, engine="graph", epochs=4)
    keras, others = trained(experiment, tmp_path, engine="keras", epochs=4)
    assert all(np.array_equal(a, b) for a, b in zip(weights, others, strict=True))
    for name in ("loss", "val_loss", "learning_rate"):
        assert graph.history[name] == keras.history[name]
    assert all(np.array_equal(a, b) for a, b in zip(graph.trace, keras.trace, strict=True))


def test_the_trace_goes_from_the_initial_weights_to_the_final_ones(tmp_path):
    experiment = shipped("xor", "epochs=5")
    result, weights = trained(experiment, tmp_path)
    initial = build_model(experiment, network_rows(experiment, data_of(experiment, tmp_path).training)).weights
    for values, first, last in zip(result.trace, initial, weights, strict=True):
        assert values.shape == (6, *last.shape)
        np.testing.assert_array_equal(values[0], first.numpy())
        np.testing.assert_array_equal(values[-1], last)


def test_a_model_too_large_has_no_trace(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MAX_TRACE_SIZE", 65 * 6 - 1)
    result, _ = trained(shipped("xor", "epochs=5"), tmp_path)
    assert result.trace is None
    assert result.epochs == 5


def test_divergence_goes_back_to_the_last_finite_epoch(tmp_path):
    experiment = shipped("house-prices", "optimizer.learning_rate=1.0")
    seen = []
    result, weights = trained(experiment, tmp_path, observe=seen.append)
    assert result.diverged is not None
    assert result.diverged.endswith(f"in epoch {result.epochs + 1}")
    assert np.isfinite(result.history["loss"]).all()
    assert sum(len(chunk["loss"]) for chunk in seen) == result.epochs
    assert all(np.isfinite(values).all() for values in (*weights, *result.trace))
    exact, others = trained(experiment, tmp_path, epochs=result.epochs)
    assert exact.diverged is None
    assert all(np.array_equal(a, b) for a, b in zip(weights, others, strict=True))


def test_divergence_in_the_first_epoch_leaves_no_epoch(tmp_path):
    result, weights = trained(shipped("house-prices", "optimizer.learning_rate=1e30", "batch_size=1"), tmp_path)
    assert result.diverged is not None
    assert result.epochs == 0
    assert all(np.isfinite(values).all() for values in weights)


def test_what_the_observer_raises_ends_the_training(tmp_path):
    def stop(history):
        raise Interrupted("enough")

    with pytest.raises(Interrupted, match="enough"):
        trained(shipped("xor"), tmp_path, observe=stop)


def test_unshuffled_epochs_take_the_rows_in_their_order(tmp_path):
    shuffled, _ = trained(shipped("bilinear", "epochs=3"), tmp_path)
    straight, _ = trained(shipped("bilinear", "epochs=3", "shuffle=false"), tmp_path)
    assert shuffled.history["loss"] != straight.history["loss"]


@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
def test_the_best_epoch_of_a_network_without_weights_is_kept_too(tmp_path):
    text = NOISY.partition("layers:")[0] + "layers: [Flatten]\noptimizer: adam\nloss: mse\nepochs: 2\nkeep: best\n"
    experiment = written(text.replace("validation_split: 0.2", "one_hot: true"))
    rows = network_rows(experiment, data_of(experiment, tmp_path).training)
    training = Training(build_model(experiment, rows), rows, None, TrainingPlan(0, 2, 32, True, "graph", keep="best"))
    training.run()
    assert training.finish().kept in (1, 2)
