"""A training from the first epoch to the last, in chunks short enough to watch and to interrupt."""

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
from nnrun.experiment.experiment import Keep
from nnrun.training.callback_runner import Callbacks, EpochVerdict
from nnrun.training.fit import PlainFit
from nnrun.training.program import EpochChunk, Program
from nnrun.training.rule import ComputedBy
from nnrun.training.snapshot import History, Snapshot
from nnrun.training.state import State, put_state, take_state
from nnrun.training.weight_snapshots import Keepsake, Replay, keep

# A chunk aims at this many seconds, so that progress is alive and an interruption is heard soon.
_CHUNK_SECONDS = 0.25
# A chunk is at most this many times as long as the one before it, until its speed is known.
_GROWTH = 16
# The most numbers that the weights of all epochs together may have to be kept.
MOST_TRACED = 2_000_000

Observer = Callable[[History], None]
# The learning rate of an epoch, by its number from 0.
Schedule = Callable[[int], Any]


@dataclass(frozen=True)
class TrainingPlan:
    """How to train.

    Args:
        seed: decides the order of the rows in every epoch.
        epochs: how many, from 1.
        batch_size: rows per step, from 1.
        shuffle: whether every epoch has its own order.
        engine: what computes the epochs.
        keep: whether the model ends with the weights of the last epoch or of the best one.
        callbacks: Keras's, in their order.
        schedule: the learning rate by the number of the epoch, from 0, if one is to be set before every epoch.
        longest_chunk: the most epochs between two looks, if there is such a limit.
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


@dataclass(frozen=True, eq=False)
class Trained:
    """What came of a training.

    Args:
        history: the metrics by name, `learning_rate` and `seconds`, a number per epoch.
        trace: each weight from its initial value on, (epochs + 1, …), in the order of `model.weights`; None for
            models too large.
        kept: the epoch, from 1, whose weights the model has; 0 where no epoch was finite.
        stopped: whether a callback ended the training before its last epoch.
        diverged: why the training could not go on, in words; None when it could.
    """

    history: History
    trace: list[Array] | None
    kept: int
    stopped: bool = False
    diverged: str | None = None

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return len(self.history.get("loss", ()))


@dataclass(frozen=True, eq=False)
class _Mark:
    """A training at the end of a chunk; replaced as a whole, so that whoever reads it finds one moment."""

    epochs: int
    state: State
    keepsakes: dict[int, Keepsake]


class Training:
    """A training under way, which changes the model in place.

    Args:
        model: compiled.
        training: the rows to learn from.
        validation: the rows to validate with after every epoch, if any.
        plan: how to train.
        start: where an interrupted training of the same plan and data goes on.
        engine: the engine of an earlier training of the same model and data; by default a new one.
    """

    def __init__(
        self,
        model: keras.Model,
        training: Rows,
        validation: Rows | None,
        plan: TrainingPlan,
        start: Snapshot | None = None,
        engine: Program | PlainFit | None = None,
    ) -> None:
        self.model = model
        self.rows = training.count
        self.plan = plan
        self.traced = is_traced(model, plan.epochs) and (start is None or bool(start.trace))
        self.engine = engine or _engine(model, training, validation, plan, self.traced)
        self.callbacks = Callbacks(model, plan.callbacks)
        self.history: History = {}
        self.traces = [[w.numpy()[None]] for w in model.weights] if self.traced else []
        self.diverged: str | None = None
        self.mark = _Mark(0, take_state(model), {})
        if start is not None:
            self._go_on_from(start)

    def _go_on_from(self, start: Snapshot) -> None:
        put_state(self.model, start.state)
        self.history = {name: list(values) for name, values in start.history.items()}
        self.traces = [[values] for values in start.trace] if self.traced else []
        for epoch in range(start.epochs):
            self.callbacks.show({n: values[epoch] for n, values in start.history.items() if n != "seconds"}, epoch)
        self.mark = _Mark(start.epochs, start.state, dict(start.keepsakes))

    @property
    def stopped(self) -> bool:
        """Whether a callback has ended the training."""
        return self.callbacks.seen.stop_training

    def run(self, observe: Observer | None = None, until: int | None = None) -> None:
        """Trains to the end, or to an epoch before it.

        When a loss stops being finite the training ends: the model goes back to the last epoch that was finite, and
        history and trace end with it.

        Args:
            observe: called with the history of every chunk of epochs as it ends; what it raises ends the training.
            until: the epoch, from 1, after which to pause.
        """
        last = min(self.plan.epochs, until or self.plan.epochs)
        while self.mark.epochs < last and not self.stopped and self.diverged is None:
            history = self._advance(last)
            if observe and history["seconds"]:
                observe(history)

    def _advance(self, last: int) -> History:
        """Trains a chunk of epochs and cuts it where a callback or a number that is not finite says so."""
        first = self.mark.epochs
        limits = (self.engine.size, last - first, self.engine.capacity, self.plan.longest_chunk or last)
        began = time.perf_counter()
        chunk = self._compute(first, min(limits))
        seconds = (time.perf_counter() - began) / chunk.epochs
        good = _finite_epochs(self.model, chunk)
        verdict = self.callbacks.look(_first_epochs(chunk, good).logs, first)
        if good < chunk.epochs and verdict == EpochVerdict(good):
            self.diverged = _divergence(chunk, first, good)
        if verdict.epochs < chunk.epochs:
            chunk = self._once_more(chunk, first, verdict.epochs)
        if verdict.rate is not None:
            self.model.optimizer.learning_rate = verdict.rate
        self.engine.size = int(max(1, min(_GROWTH * self.engine.size, _CHUNK_SECONDS / max(seconds, 1e-9))))
        return self._take(chunk, first, seconds)

    def _once_more(self, chunk: EpochChunk, first: int, epochs: int) -> EpochChunk:
        """Goes back to the chunk's start and trains its first epochs alone."""
        put_state(self.model, self.mark.state)
        return self._compute(first, epochs) if epochs else _first_epochs(chunk, 0)

    def _compute(self, first: int, count: int) -> EpochChunk:
        """Trains `count` epochs from the present state on."""
        plan = self.plan
        orders = epoch_orders(plan.seed, self.rows, first, count) if plan.shuffle else rows_in_order(self.rows, count)
        if plan.schedule is None:
            return self.engine.run(orders)
        return self.engine.run(orders, np.array([plan.schedule(first + i) for i in range(count)], np.float32))

    def _take(self, chunk: EpochChunk, first: int, seconds: float) -> History:
        """Makes a chunk part of the training."""
        history = {name: [float(value) for value in values] for name, values in chunk.logs.items()}
        history["seconds"] = [seconds] * chunk.epochs
        for name, values in history.items():
            self.history.setdefault(name, []).extend(values)
        for parts, part in zip(self.traces, chunk.trace, strict=False):
            parts.append(part)
        before = self.mark.state

        def find(epoch: int) -> Keepsake | None:
            if not first < epoch <= first + chunk.epochs:
                return None
            if epoch == first + chunk.epochs:
                return [w.numpy() for w in self.model.weights]
            return [values[epoch - first - 1] for values in chunk.trace] or Replay(first, before)

        keepsakes = keep(self.mark.keepsakes, self._wanted(), find)
        self.mark = _Mark(first + chunk.epochs, take_state(self.model), keepsakes)
        return history

    def _wanted(self) -> set[int]:
        best = {best_epoch(self.history)} if self.plan.keep == "best" and self.history["loss"] else set()
        return self.callbacks.wanted() | best

    def snapshot(self) -> Snapshot:
        """The training at the end of its latest chunk; may be taken at any moment, from any thread."""
        mark = self.mark
        history = {name: values[: mark.epochs] for name, values in self.history.items()}
        return Snapshot(mark.epochs, mark.state, history, self._trace(mark.epochs), mark.keepsakes)

    def _trace(self, epochs: int) -> list[Array]:
        return [np.concatenate(parts)[: epochs + 1] for parts in self.traces]  # each (epochs + 1, …)

    def finish(self) -> Trained:
        """Gives the model the weights that it shall end with, and tells what came of the training."""
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        wanted = self.callbacks.end()
        if self.plan.keep == "best" and self.mark.epochs:
            wanted = best_epoch(self.history)
        if wanted is not None and self.model.weights:
            self.model.set_weights(self._weights_of(wanted))
        trace = self._trace(self.mark.epochs) if self.traced else None
        return Trained(self.history, trace, wanted or self.mark.epochs, self.stopped, self.diverged)

    def _weights_of(self, epoch: int) -> list[Array]:
        kept = self.mark.keepsakes[epoch]
        if not isinstance(kept, Replay):
            return kept
        now = take_state(self.model)
        put_state(self.model, kept.state)
        self._compute(kept.first, epoch - kept.first)
        weights = [w.numpy() for w in self.model.weights]
        put_state(self.model, now)
        return weights


def is_traced(model: keras.Model, epochs: int) -> bool:
    """Whether the weights of all epochs together are few enough to be kept."""
    return (epochs + 1) * sum(int(np.prod(w.shape)) for w in model.weights) <= MOST_TRACED


def best_epoch(history: History) -> int:
    """The epoch, from 1, of the lowest validation loss, or of the lowest loss where nothing was validated."""
    losses = history.get("val_loss") or history["loss"]
    return int(np.argmin(losses)) + 1


def _engine(
    model: keras.Model, training: Rows, validation: Rows | None, plan: TrainingPlan, traced: bool
) -> Program | PlainFit:
    if plan.engine == "keras":
        return PlainFit(model, plan.batch_size, training, validation, trace=traced)
    xla = plan.engine == "xla"
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
    """How many of the chunk's epochs ended with finite losses and weights."""
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
