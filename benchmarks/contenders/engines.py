"""nnrun's engines `graph` and `xla`: all that the benchmarks know of the room `training`."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rows import Row

from contenders.contender import WATCHED, Calls, Contender
from nnrun.data.epoch_order import epoch_orders
from nnrun.data.rows import Rows
from nnrun.experiment.experiment import Experiment
from nnrun.model.runtime import start_tensorflow
from nnrun.training.rule import ComputedBy, choose_engine, side_by_side

ENGINES: tuple[ComputedBy, ...] = ("graph", "xla")


def start(row: Row) -> None:
    """Starts TensorFlow as a run of the row does."""
    experiment, _ = row.load()
    start_tensorflow("cpu", side_by_side=side_by_side(experiment))


def contenders(row: Row, weights: list[np.ndarray]) -> Iterator[tuple[str, Contender]]:
    """The engines that can train the row: XLA has no deterministic gradient of max pooling."""
    import tensorflow as tf

    for engine in ENGINES:
        try:
            yield engine, _contender(row, engine)
        except tf.errors.UnimplementedError as error:
            print(f"{row.name}: no {engine}: {error.message.splitlines()[0]}", file=sys.stderr, flush=True)


def _contender(row: Row, engine: ComputedBy) -> Contender:
    from nnrun.training.program import Program

    experiment, rows = row.load()
    begin = time.perf_counter()
    program = Program(_model(experiment, rows), experiment.batch_size, rows, None, trace=False, xla=engine == "xla")
    orders = epoch_orders(experiment.seed, rows.count, 0, program.capacity)  # (epochs, rows)
    loss = float(program.run(orders[:1]).logs["loss"][0])
    note = f"{time.perf_counter() - begin:.1f} s"

    def run(orders: Any) -> None:
        if program.run(orders).epochs < len(orders):
            raise RuntimeError(f"{row.name} diverged: there are no more epochs to time")

    return Contender(loss, Calls(run, orders).train, _whole(engine, experiment, rows), note)


def auto(row: Row) -> ComputedBy:
    """The engine that `auto` means for the row."""
    experiment, rows = row.load()
    return choose_engine(experiment, rows.count)


def initial_weights(row: Row) -> list[np.ndarray]:
    """The weights that the row's training begins with, in Keras's order."""
    return list(_model(*row.load()).get_weights())


def _model(experiment: Experiment, rows: Rows) -> Any:
    from nnrun.model.build import build_model

    return build_model(experiment, rows)


class _Enough(Exception):
    """Ends a training that was watched for long enough."""


def _whole(engine: ComputedBy, experiment: Experiment, rows: Rows) -> Callable[[], float]:
    """All epochs of a fresh model; what is left when the watch ends is reckoned at the pace of the last chunk."""
    from nnrun.training.train import Training, TrainingPlan

    plan = TrainingPlan(experiment.seed, experiment.epochs, experiment.batch_size, experiment.shuffle, engine)

    def whole() -> float:
        begin, done, pace = time.perf_counter(), 0, 0.0

        def observe(history: dict[str, list[float]]) -> None:
            nonlocal done, pace
            pace = history["seconds"][-1]
            done += len(history["seconds"])
            if time.perf_counter() - begin > WATCHED and done > 1:
                raise _Enough

        with contextlib.suppress(_Enough):
            Training(_model(experiment, rows), rows, None, plan).run(observe)
        return time.perf_counter() - begin + (experiment.epochs - done) * pace

    return whole
