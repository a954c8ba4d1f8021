"""A training from the first epoch to the last, in chunks short enough to watch and to interrupt."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.order import epoch_orders, rows_in_order
from nnrun.data.rows import Rows
from nnrun.training.fit import PlainFit
from nnrun.training.program import Chunk, Program
from nnrun.training.rule import ComputedBy
from nnrun.training.state import put_state, take_state

# A chunk aims at this many seconds, so that progress is alive and an interruption is heard soon.
_CHUNK_SECONDS = 0.25
# A chunk is at most this many times as long as the one before it, until its speed is known.
_GROWTH = 16
# The most numbers that the weights of all epochs together may have to be kept.
MOST_TRACED = 2_000_000

# Each metric by name with a number per epoch; `seconds` among them.
History = dict[str, list[float]]
Observer = Callable[[History], None]


@dataclass(frozen=True)
class Plan:
    """How to train.

    Args:
        seed: decides the order of the rows in every epoch.
        epochs: how many, from 1.
        batch_size: rows per step, from 1.
        shuffle: whether every epoch has its own order.
        engine: what computes the epochs.
    """

    seed: int
    epochs: int
    batch_size: int
    shuffle: bool
    engine: ComputedBy


@dataclass
class Trained:
    """What came of a training.

    Args:
        history: the metrics by name, `learning_rate` and `seconds`, a number per epoch.
        trace: each weight from its initial value on, (epochs + 1, …), in the order of `model.weights`; None for
            models too large.
        diverged: why the training ended before its last epoch, in words; None when it did not.
    """

    history: History = field(default_factory=dict)
    trace: list[Array] | None = None
    diverged: str | None = None

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return len(self.history.get("loss", ()))


def train(
    model: keras.Model, training: Rows, validation: Rows | None, plan: Plan, observe: Observer | None = None
) -> Trained:
    """Trains the model in place.

    When a loss stops being finite the training ends: the model goes back to the last epoch that was finite, and the
    history and trace end with it.

    Args:
        model: compiled.
        training: the rows to learn from.
        validation: the rows to validate with after every epoch, if any.
        plan: how to train.
        observe: called with the history of every chunk of epochs as it ends; what it raises ends the training.
    """
    traced = (plan.epochs + 1) * sum(int(np.prod(w.shape)) for w in model.weights) <= MOST_TRACED
    engine = _engine(model, training, validation, plan, traced)
    trained = Trained(trace=[w.numpy()[None] for w in model.weights] if traced else None)
    traces: list[list[Array]] = [[initial] for initial in trained.trace or []]
    size = 1
    while trained.epochs < plan.epochs and trained.diverged is None:
        first = trained.epochs
        count = min(size, plan.epochs - first, engine.capacity)
        orders = _orders(plan, training.count, first, count)
        before = take_state(model)
        began = time.perf_counter()
        chunk = engine.run(orders)
        seconds = (time.perf_counter() - began) / chunk.epochs
        good = _finite_epochs(model, chunk)
        if good < chunk.epochs:
            trained.diverged = _divergence(chunk, first, good)
            put_state(model, before)
            chunk = engine.run(orders[:good]) if good else _cut(chunk, 0)
        history = _history(chunk, seconds)
        for name, values in history.items():
            trained.history.setdefault(name, []).extend(values)
        for parts, part in zip(traces, chunk.trace, strict=False):
            parts.append(part)
        if observe and chunk.epochs:
            observe(history)
        size = int(max(1, min(_GROWTH * size, _CHUNK_SECONDS / max(seconds, 1e-9))))
    if traced:
        trained.trace = [np.concatenate(parts) for parts in traces]  # (epochs + 1, …)
    model.optimizer.finalize_variable_values(model.trainable_weights)
    return trained


def _engine(
    model: keras.Model, training: Rows, validation: Rows | None, plan: Plan, traced: bool
) -> Program | PlainFit:
    if plan.engine == "keras":
        return PlainFit(model, plan.batch_size, training, validation, trace=traced)
    xla = plan.engine == "xla"
    return Program(model, plan.batch_size, training, validation, trace=traced, xla=xla)


def _orders(plan: Plan, rows: int, first: int, count: int) -> Array:
    return epoch_orders(plan.seed, rows, first, count) if plan.shuffle else rows_in_order(rows, count)


def _history(chunk: Chunk, seconds: float) -> History:
    logs = {name: [float(value) for value in values] for name, values in chunk.logs.items()}
    return {**logs, "seconds": [seconds] * chunk.epochs}


def _finite_epochs(model: keras.Model, chunk: Chunk) -> int:
    """How many of the chunk's epochs ended with finite losses and weights."""
    good = chunk.epochs if chunk.finite else chunk.epochs - 1
    for values in chunk.trace:
        finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)  # (epochs,)
        good = min(good, int(np.argmin(finite)) if not finite.all() else good)
    if not chunk.trace and not all(np.isfinite(w.numpy()).all() for w in model.weights):
        good = min(good, chunk.epochs - 1)
    return good


def _divergence(chunk: Chunk, first: int, good: int) -> str:
    for name in ("loss", "val_loss"):
        value = chunk.logs.get(name, np.zeros(chunk.epochs))[good]
        if not np.isfinite(value):
            return f"{name} became {value} in epoch {first + good + 1}"
    return f"a weight became infinite or not a number in epoch {first + good + 1}"


def _cut(chunk: Chunk, epochs: int) -> Chunk:
    logs = {name: values[:epochs] for name, values in chunk.logs.items()}
    return Chunk(epochs, logs, [values[:epochs] for values in chunk.trace], finite=True)
