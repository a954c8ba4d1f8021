"""Time per epoch inside one process: Keras's `fit`, nnrun's engines `graph` and `xla`, and a hand-written JAX scan.

    python benchmarks/epoch.py [--repeat N] [--only NAME]

Each takes its turn in every round; the table shows the least time that an epoch took. The JAX columns appear where JAX
is installed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrun.data.generate import generate
from nnrun.data.order import epoch_orders
from nnrun.data.rows import Rows, network_rows
from nnrun.model.runtime import start_tensorflow
from nnrun.spec.experiment import Experiment
from nnrun.spec.load import load_experiment

if TYPE_CHECKING:  # imports TensorFlow, which waits for `start_tensorflow`
    from nnrun.training.program import Program

EXPERIMENTS = Path(__file__).resolve().parent.parent / "experiments"
HAS_JAX = find_spec("jax") is not None

# Each contender is timed for at least this long in every round.
_SECONDS = 0.25
# Engines that compute the same have the same losses, but for the last digits.
_SAME = 0.01


@dataclass(frozen=True)
class Case:
    """A training to be timed.

    Args:
        name: what the table calls it.
        file: the experiment file's stem.
        asked: how many times less an epoch of `xla` is to take than one of `fit`.
        random_rows: the number of random rows in place of the experiment's own data; 0 for its own.
    """

    name: str
    file: str
    asked: int
    random_rows: int = 0


CASES = (
    Case("xor", "xor", 2000),
    Case("bilinear", "bilinear", 2000),
    Case("rounding", "rounding", 100),
    Case("784-32-10", "mnist-sequential", 10, random_rows=6000),
)
ASKED_OF_JAX = 1.6

# Trains for a while and gives the least seconds that an epoch took.
Contender = Callable[[], float]


def main() -> int:
    """Prints the table; returns 1 when two engines did not compute the same."""
    arguments = _arguments()
    os.environ["JAX_PLATFORMS"] = "cpu"
    start_tensorflow("cpu")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start\n")
    print(_header())
    same = True
    for case in CASES:
        if arguments.only in (None, case.name):
            times, agreed = _time(case, arguments.repeat)
            same &= agreed
            print(_row(case, times), flush=True)
    return 0 if same else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="rounds of all contenders (default: 5)")
    parser.add_argument("--only", choices=[case.name for case in CASES], help="one training alone")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error(f"--repeat takes a number from 1. Received: {arguments.repeat}")
    return arguments


def _header() -> str:
    names = ["training", "`fit`, ms", "`graph`, ms", "`xla`, ms", "fit / graph", "fit / xla", "asked"]
    names += ["JAX, ms", "xla / JAX", "asked"] if HAS_JAX else []
    return f"| {' | '.join(names)} |\n|{' --- |' * len(names)}"


def _row(case: Case, times: dict[str, float]) -> str:
    fit, graph, xla = times["fit"], times["graph"], times["xla"]
    cells = [case.name, *(f"{1000 * seconds:.4g}" for seconds in (fit, graph, xla))]
    cells += [f"{fit / graph:.0f}", f"{fit / xla:.0f}", f"≥ {case.asked}"]
    if HAS_JAX:
        cells += [f"{1000 * times['jax']:.4g}", f"{xla / times['jax']:.2f}", f"≤ {ASKED_OF_JAX}"]
    return f"| {' | '.join(cells)} |"


def _time(case: Case, repeat: int) -> tuple[dict[str, float], bool]:
    """The least seconds of an epoch by contender, and whether all engines computed the same."""
    from nnrun.training.program import Program

    experiment = load_experiment(EXPERIMENTS / f"{case.file}.yaml")
    rows = _random_rows(case.random_rows) if case.random_rows else _own_rows(experiment)
    weights = _model(experiment, rows).get_weights()
    size = experiment.batch_size
    graph, xla = (
        Program(_model(experiment, rows), size, rows, None, trace=False, xla=compiled) for compiled in (False, True)
    )
    orders = epoch_orders(experiment.seed, rows.count, 0, xla.capacity)  # (epochs, rows)
    losses = {"graph": graph.run(orders[:1]).logs["loss"], "xla": xla.run(orders[:1]).logs["loss"]}
    contenders: dict[str, Contender] = {
        "fit": _fit(experiment, rows),
        "graph": _chunks(graph.run, orders, _fitting(graph, orders)),
        "xla": _chunks(xla.run, orders, _fitting(xla, orders)),
    }
    if HAS_JAX:
        from jax_scan import Scan

        scan = Scan(case.name, weights, rows.inputs[0], rows.targets[0], size)
        losses["jax"] = scan.run(orders[:1])
        epochs = _fitting(xla, orders)
        scan.run(orders[:epochs])  # compiled for this number of epochs, so that compiling is not timed
        contenders["jax"] = _chunks(scan.run, orders, epochs)
    times = {name: [contender()] for name, contender in contenders.items()}
    for _ in range(repeat - 1):
        for name, contender in contenders.items():
            times[name].append(contender())
    return {name: min(seconds) for name, seconds in times.items()}, _agree(case, losses)


def _own_rows(experiment: Experiment) -> Rows:
    return network_rows(experiment, generate(experiment.data, experiment.seed, Path.home() / ".keras").training)


def _random_rows(count: int) -> Rows:
    """Rows like MNIST's: 784 numbers in 0-1 and a one-hot class of ten."""
    rng = np.random.default_rng(0)
    x = rng.random((count, 784), np.float32)  # (count, 784)
    y = np.eye(10, dtype=np.float32)[rng.integers(10, size=count)]  # (count, 10)
    return Rows((x,), (y,))


def _model(experiment: Experiment, rows: Rows) -> Any:
    from nnrun.model.build import build_model

    return build_model(experiment, rows)


def _fit(experiment: Experiment, rows: Rows) -> Contender:
    """Keras's `fit`: the epochs after the first of a call, each from the end of the one before it."""
    import keras

    model = _model(experiment, rows)
    x, y = rows.batch()
    ends: list[float] = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))

    def train(epochs: int) -> float:
        ends.clear()
        model.fit(x, y, batch_size=experiment.batch_size, epochs=epochs, verbose=0, callbacks=[watch])
        return float(np.diff(ends).min())

    epochs = 1 + max(3, int(_SECONDS / train(3)))
    return lambda: train(epochs)


def _fitting(program: Program, orders: np.ndarray) -> int:
    """How many epochs a call takes, so that the call itself weighs nothing beside them."""
    epochs, seconds = 1, 0.0
    while seconds < _SECONDS / 4 and epochs < program.capacity:
        epochs = min(4 * epochs, program.capacity)
        start = time.perf_counter()
        program.run(orders[:epochs])
        seconds = time.perf_counter() - start
    return epochs


def _chunks(run: Callable[[np.ndarray], Any], orders: np.ndarray, epochs: int) -> Contender:
    """Calls of `epochs` epochs each, as many as the time allows; the seconds per epoch of the fastest call."""

    def train() -> float:
        fastest, end = np.inf, time.perf_counter() + _SECONDS
        while (start := time.perf_counter()) < end:
            run(orders[:epochs])
            fastest = min(fastest, (time.perf_counter() - start) / epochs)
        return float(fastest)

    return train


def _agree(case: Case, losses: dict[str, np.ndarray]) -> bool:
    """Whether the first epoch has one loss, whatever computes it."""
    first = {name: float(values[0]) for name, values in losses.items()}
    if np.ptp(list(first.values())) <= _SAME * max(first.values()):
        return True
    listed = ", ".join(f"{name} {loss:.6g}" for name, loss in first.items())
    print(f"Not the same work: {case.name}: the first epoch's loss is {listed}", file=sys.stderr)
    return False


if __name__ == "__main__":
    raise SystemExit(main())
