"""Callbacks act at the epoch where they would in `fit`, with the same weights at the end, whatever the chunks."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event

from experiments import data_of, shipped, written
from nnrun.data.rows import network_rows
from nnrun.model.build import build_model
from nnrun.model.callback_objects import build_callbacks, build_schedule
from nnrun.training.state import put_state, take_state
from nnrun.training.train import Training, TrainingPlan

pytestmark = pytest.mark.keras

EPOCHS = 18
# Few rows, a high rate and noise: the validation loss goes up and down.
RESTLESS = """
data:
  generator: {moons: {samples: 60, noise: 0.3}}
  validation_split: 0.4
layers:
  - Dense: {units: 5, activation: tanh}
  - Dropout: {rate: 0.2}
  - Dense: {units: 1, activation: sigmoid}
optimizer: {Adam: {learning_rate: 0.1}}
loss: binary_crossentropy
metrics: [binary_accuracy]
epochs: 18
batch_size: 12
shuffle: false
"""


class Bench:
    """One model, once for `fit` and once for the compiled loop, from the same state every time."""

    def __init__(self, experiment, home, engine="graph") -> None:
        self.experiment = experiment
        dataset = data_of(experiment, home)
        self.training, self.validation = network_rows(experiment, dataset.training), None
        if dataset.validation:
            self.validation = network_rows(experiment, dataset.validation)
        self.model = build_model(experiment, self.training)
        self.start = take_state(self.model)
        self.engine_name, self.engine = engine, None

    def fit(self, callbacks):
        put_state(self.model, self.start)
        x, y = self.training.batch()
        history = self.model.fit(
            x,
            y,
            batch_size=self.experiment.batch_size,
            epochs=self.experiment.epochs,
            shuffle=False,
            verbose=0,
            validation_data=self.validation.batch() if self.validation else None,
            callbacks=callbacks,
        ).history
        return history, self.values()

    def train(self, callbacks, *, chunk, schedule=None, keep="last", cut=None):
        put_state(self.model, self.start)
        plan = TrainingPlan(
            seed=0,
            epochs=self.experiment.epochs,
            batch_size=self.experiment.batch_size,
            shuffle=False,
            engine=self.engine_name,
            keep=keep,
            callbacks=callbacks(),
            schedule=schedule,
            longest_chunk=chunk,
        )
        training = Training(self.model, self.training, self.validation, plan, engine=self.engine)
        training.engine.size = chunk
        self.engine = training.engine
        training.run(until=cut)
        if cut:
            plan = TrainingPlan(**{**vars(plan), "callbacks": callbacks()})
            snapshot = training.snapshot()
            training.callbacks.end_training()
            training = Training(self.model, self.training, self.validation, plan, snapshot, self.engine)
            training.run()
        trained = training.finish()
        return trained, self.values()

    def values(self):
        return [w.numpy() for w in self.model.weights], float(self.model.optimizer.learning_rate)


@pytest.fixture(scope="module")
def restless(tmp_path_factory) -> Bench:
    return Bench(written(RESTLESS), tmp_path_factory.mktemp("keras"))


def assert_same(trained, values, history, expected) -> None:
    assert trained.epochs == len(history["loss"])
    for name in ("loss", "val_loss", "binary_accuracy", "val_binary_accuracy"):
        assert trained.history[name] == history[name]
    assert all(np.array_equal(a, b) for a, b in zip(values[0], expected[0], strict=True))
    assert values[1] == expected[1]


stoppers = st.builds(
    dict,
    monitor=st.sampled_from(["val_loss", "loss", "val_binary_accuracy"]),
    patience=st.integers(0, 5),
    min_delta=st.sampled_from([0, 0.001, 0.05]),
    restore_best_weights=st.booleans(),
    start_from_epoch=st.integers(0, 4),
    baseline=st.sampled_from([None, 0.5]),
    mode=st.just("auto"),
)
plateaus = st.builds(
    dict,
    monitor=st.sampled_from(["val_loss", "loss"]),
    factor=st.sampled_from([0.3, 0.5]),
    patience=st.integers(1, 4),
    cooldown=st.integers(0, 2),
    min_delta=st.sampled_from([1e-4, 0.02]),
    min_lr=st.sampled_from([0.0, 0.02]),
)
chunks = st.integers(1, EPOCHS)
# Within a chunk the one stops the training and restores weights, the other lowers the rate, several times.
STOPPER = {"monitor": "val_loss", "patience": 2, "restore_best_weights": True}
PLATEAU = {"monitor": "val_loss", "patience": 1, "factor": 0.5, "cooldown": 1}
few = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
many = settings(few, max_examples=150)


def check_stopping(restless, stopper, chunk):
    history, expected = restless.fit([keras.callbacks.EarlyStopping(**stopper)])
    trained, values = restless.train(lambda: [keras.callbacks.EarlyStopping(**stopper)], chunk=chunk)
    assert_same(trained, values, history, expected)
    assert trained.stopped == (len(history["loss"]) < EPOCHS)


def check_both(restless, stopper, plateau, chunk, cut):
    def callbacks():
        return [keras.callbacks.ReduceLROnPlateau(**plateau), keras.callbacks.EarlyStopping(**stopper)]

    history, expected = restless.fit(callbacks())
    trained, values = restless.train(callbacks, chunk=chunk, cut=cut)
    assert_same(trained, values, history, expected)
    rates = [np.float32(rate) for rate in trained.history["learning_rate"]]
    assert rates == [np.float32(rate) for rate in history["learning_rate"]]


@few
@given(stopper=stoppers, chunk=chunks)
@example(stopper=STOPPER, chunk=EPOCHS)
def test_early_stopping_ends_where_fit_does_with_the_same_weights(restless, stopper, chunk):
    check_stopping(restless, stopper, chunk)


@few
@given(stopper=stoppers, plateau=plateaus, chunk=chunks, cut=st.integers(1, EPOCHS - 1))
@example(stopper={**STOPPER, "patience": 8}, plateau=PLATEAU, chunk=7, cut=5)
def test_a_plateau_lowers_the_rate_where_fit_does_even_across_an_interruption(restless, stopper, plateau, chunk, cut):
    check_both(restless, stopper, plateau, chunk, cut)


@pytest.mark.slow
@many
@given(stopper=stoppers, chunk=chunks)
def test_early_stopping_in_many_cases(restless, stopper, chunk):
    check_stopping(restless, stopper, chunk)


@pytest.mark.slow
@many
@given(stopper=stoppers, plateau=plateaus, chunk=chunks, cut=st.integers(1, EPOCHS - 1))
def test_plateaus_in_many_cases(restless, stopper, plateau, chunk, cut):
    check_both(restless, stopper, plateau, chunk, cut)


@pytest.fixture(scope="module")
def best(restless, tmp_path_factory):
    """The history of `fit`, and the weights that its `ModelCheckpoint` has kept."""
    path = str(tmp_path_factory.mktemp("best") / "best.weights.h5")
    callback = keras.callbacks.ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
    history, _ = restless.fit([callback])
    restless.model.load_weights(path)
    return history, restless.values()[0]


@pytest.mark.parametrize("chunk", [1, 4, EPOCHS])
@pytest.mark.parametrize("cut", [None, 7])
def test_keep_best_ends_with_the_weights_that_a_checkpoint_of_the_best_epoch_has(restless, best, chunk, cut):
    history, expected = best
    trained, (weights, _) = restless.train(list, chunk=chunk, keep="best", cut=cut)
    assert trained.kept == int(np.argmin(history["val_loss"])) + 1
    assert trained.epochs == EPOCHS
    assert all(np.array_equal(a, b) for a, b in zip(weights, expected, strict=True))


def test_weights_of_a_past_epoch_are_found_without_a_trace_too(restless, monkeypatch):
    stopper = {"patience": 3, "restore_best_weights": True}
    history, expected = restless.fit([keras.callbacks.EarlyStopping(**stopper)])
    monkeypatch.setattr("nnrun.training.train.MAX_TRACE_SIZE", 0)
    untraced = Bench(restless.experiment, None)
    for cut in (None, 7):
        trained, values = untraced.train(lambda: [keras.callbacks.EarlyStopping(**stopper)], chunk=EPOCHS, cut=cut)
        assert trained.trace is None
        assert_same(trained, values, history, expected)


SCHEDULES = (
    "{ExponentialDecay: {initial_learning_rate: 0.2, decay_steps: 3, decay_rate: 0.5}}",
    "{CosineDecay: {initial_learning_rate: 0.2, decay_steps: 10}}",
    "{PiecewiseConstantDecay: {boundaries: [1, 5], values: [0.2, 0.1, 0.01]}}",
)


@pytest.mark.parametrize(("engine", "schedules"), [("graph", SCHEDULES), ("keras", SCHEDULES[2:])])
def test_a_scheduler_sets_the_rate_of_every_epoch(engine, schedules, tmp_path):
    short = RESTLESS.replace(f"epochs: {EPOCHS}", "epochs: 8")
    bench = Bench(written(short), tmp_path, engine)
    for text in schedules:
        schedule = build_schedule(written(f"{short}callbacks: [{{LearningRateScheduler: {{schedule: {text}}}}}]\n"))
        scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate=schedule: float(rate(epoch)))
        history, expected = bench.fit([scheduler])
        trained, values = bench.train(list, chunk=3, schedule=schedule, cut=4)
        assert_same(trained, values, history, expected)
        rates = [np.float32(schedule(epoch)) for epoch in range(8)]
        assert [np.float32(rate) for rate in trained.history["learning_rate"]] == rates


def test_the_csv_log_is_that_of_fit_and_an_interruption_leaves_no_mark_in_it(restless, tmp_path):
    experiment = written(f"{RESTLESS}callbacks: [CSVLogger, TensorBoard]\n")
    restless.fit([keras.callbacks.CSVLogger(str(tmp_path / "expected.csv"))])
    trained, _ = restless.train(lambda: build_callbacks(experiment, tmp_path), chunk=5, cut=7)
    assert (tmp_path / "log.csv").read_text() == (tmp_path / "expected.csv").read_text()
    losses = sorted(scalars_in(tmp_path / "tensorboard" / "validation", "epoch_loss"))
    assert losses == [(epoch, np.float32(loss)) for epoch, loss in enumerate(trained.history["val_loss"])]


def scalars_in(folder, name):
    """The steps and values of a scalar in the event files of a folder, whose names do not tell their order."""
    for path in folder.iterdir():
        for record in tf.data.TFRecordDataset(str(path)):
            event = Event.FromString(record.numpy())
            for value in event.summary.value:
                if value.tag == name:
                    yield event.step, np.float32(tf.make_ndarray(value.tensor))


def test_divergence_after_the_end_that_a_callback_chose_is_none(tmp_path):
    settings = ("optimizer.learning_rate=1.0", "callbacks=[EarlyStopping: {monitor: loss}]")
    bench = Bench(shipped("house-prices", *settings), tmp_path)
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=1)
    trained, _ = bench.train(lambda: [stopper], chunk=1000)
    assert trained.stopped
    assert trained.diverged is None
