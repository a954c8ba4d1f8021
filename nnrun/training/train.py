"""A training from the first epoch to the last, in chunks short enough for live progress and quick interruption."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.epoch_order import epoch_orders, rows_in_order
from nnrun.data.rows import Rows
from nnrun.data.stream.epoch_buffers import EpochOrder
from nnrun.data.stream.streamed_rows import StreamedRows
from nnrun.experiment.experiment import Keep
from nnrun.training.callback_runner import CallbackRunner, ChunkDecision
from nnrun.training.fit import PlainFit
from nnrun.training.program import EpochChunk, Program
from nnrun.training.rule import ComputedBy
from nnrun.training.snapshot import History, Replay, TrainingSnapshot, WeightSnapshot
from nnrun.training.state import State, put_state, take_state
from nnrun.training.streamed_program import StreamedProgram

# The target duration of a chunk: progress stays live, and an interruption takes effect soon.
_CHUNK_SECONDS = 0.25
# A chunk is at most this many times as long as the one before it, until its speed is known.
_GROWTH = 16
# The most numbers that the weights of all epochs together may have for a trace.
MAX_TRACE_SIZE = 2_000_000

Observer = Callable[[History], None]
# The learning rate of an epoch, by its number from 0.
Schedule = Callable[[int], Any]
# A set of the data, in memory or on disk, and what computes epochs on it.
Fed = Rows | StreamedRows
Engine = Program | PlainFit | StreamedProgram


@dataclass(frozen=True)
class TrainingPlan:
    """How to train.

    Args:
        seed: decides the order of the rows in every epoch.
        epochs: how many, from 1.
        batch_size: samples per gradient update, from 1.
        shuffle: whether every epoch has an order of its own.
        engine: what computes the epochs.
        keep: whether the model ends with the weights of the last epoch or of the best one.
        callbacks: Keras's, in the order in which they run.
        schedule: the learning rate by the number of the epoch, from 0, if it is set before every epoch.
        longest_chunk: the most epochs of a chunk, if there is such a limit.
        between: called after every buffer of streamed rows; an exception ends the training.
    """

    seed: int
    epochs: int
    batch_size: int
    shuffle: bool
    engine: ComputedBy
    keep: Keep = "last"
    callbacks: Sequence[keras.callbacks.Callback] = ()
    schedule: Schedule | None = None
    longest_chunk: int | None = None
    between: Callable[[], None] = lambda: None


@dataclass(frozen=True, eq=False)
class Trained:
    """The result of a training.

    Args:
        history: the metrics by name, `learning_rate` and `seconds`, a number per epoch.
        trace: each weight from its initial value on, (epochs + 1, …), in the order of `model.weights`; None for a
            model that is too large.
        kept: the epoch, from 1, whose weights the model has; 0 if no epoch was finite.
        stopped: whether a callback ended the training before its last epoch.
        diverged: why the training diverged, in words; None if it did not.
    """

    history: History
    trace: list[Array] | None
    kept: int
    stopped: bool = False
    diverged: str | None = None

    @property
    def epochs(self) -> int:
        """The number of trained epochs."""
        return len(self.history.get("loss", ()))


@dataclass(frozen=True, eq=False)
class _ChunkEnd:
    """A training at the end of a chunk; replaced as a whole, so that another thread reads one moment."""

    epochs: int
    state: State
    weights: dict[int, WeightSnapshot]


class Training:
    """A training in progress, which changes the model in place.

    Args:
        model: compiled.
        training: the training set.
        validation: the validation set, evaluated after every epoch, if any.
        plan: how to train.
        start: where an interrupted training with the same plan and data resumes.
        engine: the engine of an earlier training of the same model and data; by default a new one.
        rate: the learning rate of a resumed training from there on; None for that of `start`.
    """

    def __init__(
        self,
        model: keras.Model,
        training: Fed,
        validation: Fed | None,
        plan: TrainingPlan,
        start: TrainingSnapshot | None = None,
        engine: Engine | None = None,
        rate: float | None = None,
    ) -> None:
        self.model = model
        self.rows = training.count
        self.plan = plan
        self.traced = is_traced(model, plan.epochs) and (start is None or bool(start.trace))
        self.compiled = engine is not None  # already, by the earlier training
        self.engine = engine or _engine(model, training, validation, plan, self.traced)
        params = {"epochs": plan.epochs, "steps": -(-training.count // plan.batch_size), "verbose": 0}
        self.callbacks = CallbackRunner(model, plan.callbacks, params)
        if isinstance(self.engine, PlainFit):
            self.engine.callbacks = self.callbacks.own
        self.history: History = {}
        self.traces = [[w.numpy()[None]] for w in model.weights] if self.traced else []
        self.diverged: str | None = None
        self.latest = _ChunkEnd(0, take_state(model), {})
        if start is not None:
            self._resume_from(start, rate)

    def _resume_from(self, start: TrainingSnapshot, rate: float | None) -> None:
        put_state(self.model, start.state)
        if rate is not None:
            self.model.optimizer.learning_rate = rate
        self.history = {name: list(values) for name, values in start.history.items()}
        self.traces = [[values] for values in start.trace] if self.traced else []
        for epoch in range(start.epochs):
            self.callbacks.end_epoch({n: values[epoch] for n, values in start.history.items() if n != "seconds"}, epoch)
        self.latest = _ChunkEnd(start.epochs, take_state(self.model), dict(start.weights))

    @property
    def epochs(self) -> int:
        """The number of epochs up to the end of the latest chunk."""
        return self.latest.epochs

    @property
    def stopped(self) -> bool:
        """Whether a callback has ended the training."""
        return self.callbacks.view.stop_training

    def run(self, observe: Observer | None = None, until: int | None = None) -> None:
        """Trains to the end, or to an epoch before it.

        If a loss or weight is no longer finite, the training ends: the model gets the weights of the last finite epoch,
        and history and trace end with that epoch.

        Args:
            observe: called with the history of every chunk of epochs at its end; an exception ends the training.
            until: the epoch, from 1, after which to pause.
        """
        last = min(self.plan.epochs, until or self.plan.epochs)
        while self.epochs < last and not self.stopped and self.diverged is None:
            history = self._advance(last)
            if observe and history["seconds"]:
                observe(history)

    def _advance(self, last: int) -> History:
        """Trains a chunk of epochs, cut after the epoch at which a callback intervenes or the last finite one."""
        first = self.epochs
        limits = (self.engine.size, last - first, self.engine.capacity, self.plan.longest_chunk or last)
        self.callbacks.begin_chunk(first)
        began = time.perf_counter()
        chunk = self._compute(first, min(limits))
        seconds = (time.perf_counter() - began) / chunk.epochs
        good = _finite_epochs(self.model, chunk)
        decision = self.callbacks.end_chunk(_first_epochs(chunk, good).logs, first)
        if good < chunk.epochs and decision == ChunkDecision(good):
            self.diverged = _divergence(chunk, first, good)
        if decision.epochs < chunk.epochs:
            chunk = self._retrain(chunk, first, decision.epochs)
        if decision.rate is not None:
            self.model.optimizer.learning_rate = decision.rate
        self.engine.size = int(max(1, min(_GROWTH * self.engine.size, _CHUNK_SECONDS / max(seconds, 1e-9))))
        return self._append(chunk, first, seconds)

    def _retrain(self, chunk: EpochChunk, first: int, epochs: int) -> EpochChunk:
        """Restores the state before a chunk and trains its first epochs only."""
        put_state(self.model, self.latest.state)
        return self._compute(first, epochs) if epochs else _first_epochs(chunk, 0)

    def _compute(self, first: int, count: int) -> EpochChunk:
        """Trains `count` epochs from the current state on."""
        plan, epochs = self.plan, range(first, first + count)
        rates = None if plan.schedule is None else np.array([plan.schedule(epoch) for epoch in epochs], np.float32)
        if isinstance(self.engine, StreamedProgram):
            return self.engine.run([EpochOrder(plan.seed, epoch, plan.shuffle) for epoch in epochs], rates)
        orders = epoch_orders(plan.seed, self.rows, first, count) if plan.shuffle else rows_in_order(self.rows, count)
        return self.engine.run(orders, rates)

    def _append(self, chunk: EpochChunk, first: int, seconds: float) -> History:
        """Appends a chunk to history and trace; returns its own history."""
        history = {name: [float(value) for value in values] for name, values in chunk.logs.items()}
        history["seconds"] = [seconds] * chunk.epochs
        for name, values in history.items():
            self.history.setdefault(name, []).extend(values)
        for parts, part in zip(self.traces, chunk.trace, strict=False):
            parts.append(part)
        found = {epoch: self._weights_at(epoch, chunk, first) for epoch in self._saved_epochs()}
        weights = {epoch: saved for epoch, saved in found.items() if saved is not None}
        self.latest = _ChunkEnd(first + chunk.epochs, take_state(self.model), weights)
        return history

    def _weights_at(self, epoch: int, chunk: EpochChunk, first: int) -> WeightSnapshot | None:
        """The weights of an epoch of this chunk, or those that are saved of an earlier one."""
        if epoch <= first:
            return self.latest.weights.get(epoch)
        if epoch == first + chunk.epochs:
            return [w.numpy() for w in self.model.weights]
        return [values[epoch - first - 1] for values in chunk.trace] or Replay(first, self.latest.state)

    def _saved_epochs(self) -> set[int]:
        """The epochs, from 1, whose weights may be restored at the end."""
        best = {best_epoch(self.history)} if self.plan.keep == "best" and self.history["loss"] else set()
        return self.callbacks.saved_epochs() | best

    def snapshot(self) -> TrainingSnapshot:
        """The training at the end of its latest chunk; safe at any moment, from any thread."""
        latest = self.latest
        history = {name: values[: latest.epochs] for name, values in self.history.items()}
        return TrainingSnapshot(latest.epochs, latest.state, history, self._trace(latest.epochs), latest.weights)

    def trace_so_far(self) -> list[Array] | None:
        """Each weight from its initial value to the latest epoch, (epochs + 1, …); None where they are not kept."""
        return self._trace(self.epochs) if self.traced else None

    def _trace(self, epochs: int) -> list[Array]:
        return [np.concatenate(parts)[: epochs + 1] for parts in self.traces]  # each (epochs + 1, …)

    def finish(self) -> Trained:
        """Gives the model its final weights and returns the result of the training."""
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        restored = self.callbacks.end_training()
        if self.plan.keep == "best" and self.epochs:
            restored = best_epoch(self.history)
        if restored is not None and self.model.weights:
            self.model.set_weights(self._weights_of(restored))
        return Trained(self.history, self.trace_so_far(), restored or self.epochs, self.stopped, self.diverged)

    def _weights_of(self, epoch: int) -> list[Array]:
        saved = self.latest.weights[epoch]
        if not isinstance(saved, Replay):
            return saved
        current = take_state(self.model)
        put_state(self.model, saved.state)
        self._compute(saved.first, epoch - saved.first)
        weights = [w.numpy() for w in self.model.weights]
        put_state(self.model, current)
        return weights


def is_traced(model: keras.Model, epochs: int) -> bool:
    """Whether the weights of all epochs together are small enough for a trace."""
    return (epochs + 1) * sum(int(np.prod(w.shape)) for w in model.weights) <= MAX_TRACE_SIZE


def best_epoch(history: History) -> int:
    """The epoch, from 1, of the lowest validation loss, or of the lowest loss without a validation set."""
    losses = history.get("val_loss") or history["loss"]
    return int(np.argmin(losses)) + 1


def _engine(model: keras.Model, training: Fed, validation: Fed | None, plan: TrainingPlan, traced: bool) -> Engine:
    xla = plan.engine == "xla"
    if isinstance(training, StreamedRows):
        sets = (training, validation if isinstance(validation, StreamedRows) else None)
        return StreamedProgram(model, plan.batch_size, *sets, trace=traced, xla=xla, between=plan.between)
    if isinstance(validation, StreamedRows):
        raise TypeError("a validation set is streamed where the training set is")
    if plan.engine == "keras":
        return PlainFit(model, plan.batch_size, training, validation, trace=traced)
    return Program(
        model,
        plan.batch_size,
        training,
        validation,
        trace=traced,
        xla=xla,
        scheduled=plan.schedule is not None,
        epochs=plan.longest_chunk or plan.epochs,
    )


def _finite_epochs(model: keras.Model, chunk: EpochChunk) -> int:
    """The number of epochs of a chunk that ended with finite losses and weights."""
    good = chunk.epochs if chunk.finite else chunk.epochs - 1
    for values in chunk.trace:
        finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)  # (epochs,)
        good = min(good, int(np.argmin(finite)) if not finite.all() else good)
    if not chunk.trace and not all(np.isfinite(w.numpy()).all() for w in model.weights):
        good = min(good, chunk.epochs - 1)
    return good


def _divergence(chunk: EpochChunk, first: int, good: int) -> str:
    for name in ("loss", "val_loss"):
        value = chunk.logs.get(name, np.zeros(chunk.epochs))[good]
        if not np.isfinite(value):
            return f"{name} became {value} in epoch {first + good + 1}"
    return f"a weight became infinite or not a number in epoch {first + good + 1}"


def _first_epochs(chunk: EpochChunk, epochs: int) -> EpochChunk:
    logs = {name: values[:epochs] for name, values in chunk.logs.items()}
    return EpochChunk(epochs, logs, [values[:epochs] for values in chunk.trace], finite=True)
