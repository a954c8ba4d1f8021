"""Keras's `fit` as everyone uses it: TensorFlow with its own settings, and none of nnrun's.

On a machine without a GPU Keras compiles a model with `jit_compile=False` unless it is told otherwise, and so does
`build_model`. The other two settings of `compile` that make small models faster are contenders of their own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from rows import Row

from contenders.contender import SECONDS, WATCHED, Contender
from nnrun.data.epoch_order import epoch_orders
from nnrun.data.rows import Rows
from nnrun.experiment.experiment import Experiment
from nnrun.model.runtime import silent_stderr

# The steps per call of the program that are tried; a number beyond an epoch's stands for all of its steps.
_STEPS = (8, 32, 10**9)


def start(row: Row) -> None:
    """Imports Keras, which waits until this process is known to be the one for `fit`."""
    os.environ |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with silent_stderr():
        import keras  # noqa: F401


def contenders(row: Row, weights: list[np.ndarray]) -> Iterator[tuple[str, Contender]]:
    """`fit` by default, with the best number of steps per call, and with XLA for each step."""
    experiment, rows = row.load()
    yield "fit", _contender(Fit(experiment, rows))
    steps = -(-rows.count // experiment.batch_size)
    if steps > 1:
        tried = [Fit(experiment, rows, steps=number) for number in sorted({min(number, steps) for number in _STEPS})]
        prepared = {_contender(fit, f"{fit.steps} steps a call"): fit for fit in tried}
        yield "fit, steps", min(prepared, key=lambda contender: prepared[contender].epochs(1))
    yield "fit, XLA", _contender(Fit(experiment, rows, xla=True))


@dataclass
class Fit:
    """A model that `fit` trains.

    Args:
        experiment: what to train.
        rows: what to train on.
        steps: the steps that one call of the program takes.
        xla: whether XLA compiles the step.
    """

    experiment: Experiment
    rows: Rows
    steps: int = 1
    xla: bool = False

    def __post_init__(self) -> None:
        from nnrun.model.build import build_model

        self.model = build_model(self.experiment, self.rows)
        self.model.steps_per_execution = self.steps
        self.model.jit_compile = self.xla
        self.pace = float("inf")

    def first_loss(self) -> float:
        """Trains the epoch that nnrun begins with."""
        order = epoch_orders(self.experiment.seed, self.rows.count, 0, 1)[0]
        return float(self._fit(self.rows.take(order), shuffle=False).history["loss"][0])

    def epochs(self, count: int) -> float:
        """Trains some epochs; the seconds of the fastest."""
        begins: list[float] = []
        ends: list[float] = []
        watch = _callback(
            on_epoch_begin=lambda epoch, logs: begins.append(time.perf_counter()),
            on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()),
        )
        self._fit(self.rows, epochs=count, callbacks=[watch])
        self.pace = float(np.min(np.subtract(ends, begins)))
        return self.pace

    def whole(self) -> float:
        """Trains all epochs; what is left when the watch ends is reckoned at the pace of the later half."""
        ends = [time.perf_counter()]

        def watch(epoch: int, logs: object) -> None:
            ends.append(time.perf_counter())
            self.model.stop_training = ends[-1] - ends[0] > WATCHED and epoch > 0

        self._fit(self.rows, epochs=self.experiment.epochs, callbacks=[_callback(on_epoch_end=watch)])
        left = self.experiment.epochs - (len(ends) - 1)
        return ends[-1] - ends[0] + left * float(np.median(np.diff(ends)[len(ends) // 2 :]))

    def _fit(self, rows: Rows, **settings: Any) -> Any:
        x, y = rows.batch()
        return self.model.fit(x, y, batch_size=self.experiment.batch_size, verbose=0, **settings)


def _contender(fit: Fit, note: str = "") -> Contender:
    loss = fit.first_loss()
    return Contender(loss, lambda: fit.epochs(_fitting(fit)), _whole(fit), note)


def _fitting(fit: Fit) -> int:
    """How many epochs fill a round."""
    return max(1, int(SECONDS / fit.pace)) if np.isfinite(fit.pace) else 1


def _whole(fit: Fit) -> Callable[[], float]:
    def train() -> float:
        begin = time.perf_counter()
        fresh = Fit(fit.experiment, fit.rows, fit.steps, fit.xla)
        return time.perf_counter() - begin + fresh.whole()

    return train


def _callback(**events: Callable[[int, object], None]) -> Any:
    import keras

    return keras.callbacks.LambdaCallback(**events)
