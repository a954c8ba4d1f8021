"""Time per epoch, and of whole trainings, of Keras's `fit`, nnrun's engines, and loops by hand in PyTorch and JAX.

    python benchmarks/epoch.py [--only ROW...] [--repeat N] [--whole] [--format markdown]

Each contender takes its turn in every round; the tables show the least time that an epoch took. PyTorch and JAX take
part where they are installed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np
from contenders.worker import Worker
from rows import ROWS, Row
from table import FORMATS, Table, at_least, at_most, milliseconds, ratio

# The contenders by the module that holds them; those by hand where their library is installed.
ENGINES, FIT = "engines", "keras_fit"
BY_HAND = {"torch": "torch_loop", "jax": "jax_scan"}
FITS = ("fit", "fit, steps", "fit, XLA")
WHOLE = ("fit", "graph", "xla")
COLUMNS = (*FITS, "graph", "xla", "PyTorch", "JAX")

TARGET_OF_JAX = 1.5
# A whole training by `auto` against one by the better engine.
TARGET_OF_CHOICE = 1.3


@dataclass
class Result:
    """What was measured of a row.

    Args:
        row: the row.
        auto: the engine that `auto` means.
        seconds: the least time of an epoch, or the time of a whole training, by contender.
        notes: what is to be known of each contender.
        losses: the first epoch's loss by contender.
    """

    row: Row
    auto: str
    seconds: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)

    def times(self, above: str, below: str = "auto") -> float | None:
        """How many times the time of one is that of another; None where one of them did not take part."""
        seconds = self.seconds | {"auto": self.seconds[self.auto]}
        return seconds[above] / seconds[below] if {above, below} <= seconds.keys() else None

    @property
    def best_fit(self) -> str:
        """The fastest way to use `fit`."""
        return self._fastest(FITS)

    @property
    def better_engine(self) -> str:
        """The faster of the two engines."""
        return self._fastest(("graph", "xla"))

    def _fastest(self, names: tuple[str, ...]) -> str:
        return min((name for name in names if name in self.seconds), key=self.seconds.__getitem__)

    def agrees(self) -> bool:
        """Whether the first epoch has one loss, whatever computes it."""
        losses = list(self.losses.values())
        return bool(np.ptp(losses) <= self.row.same * max(losses))


class Stage:
    """The processes of all libraries that train a row.

    Args:
        stack: ends them.
        row: the row.
        by_hand: whether the loops by hand take part, as far as the row has them.
    """

    def __init__(self, stack: ExitStack, row: Row, *, by_hand: bool) -> None:
        extra = [module for package, module in BY_HAND.items() if by_hand and row.by_hand and find_spec(package)]
        self.row = row
        self.workers = {library: stack.enter_context(Worker(library, row)) for library in (ENGINES, FIT, *extra)}

    def measure_epochs(self, repeat: int) -> Result:
        """The least time of an epoch by contender, over some rounds."""
        result, holders = self._prepare()
        for name in list(holders) * repeat:
            seconds = holders[name].ask("train", name)
            result.seconds[name] = min(seconds, result.seconds.get(name, np.inf))
        return result

    def measure_whole(self) -> Result:
        """The time of a whole training by contender, once each."""
        result, holders = self._prepare()
        for name in holders:
            if name in WHOLE:
                result.seconds[name] = holders[name].ask("whole", name)
        return result

    def _prepare(self) -> tuple[Result, dict[str, Worker]]:
        """Compiles all contenders; also the worker that holds each of them."""
        engines = self.workers[ENGINES]
        weights = engines.ask("tell", "initial_weights")
        result, holders = Result(self.row, engines.ask("tell", "auto")), {}
        for worker in self.workers.values():
            for name, (loss, note) in worker.ask("prepare", weights).items():
                result.losses[name], result.notes[name] = loss, note
                holders[name] = worker
        return result, holders


def main() -> int:
    """Prints the tables; returns 1 when two contenders did not compute the same."""
    arguments = _arguments()
    print(f"{_machine()}\n")
    results = []
    for row in [row for row in ROWS if not arguments.only or row.name in arguments.only]:
        start = time.perf_counter()
        with ExitStack() as stack:
            stage = Stage(stack, row, by_hand=not arguments.whole)
            results.append(stage.measure_whole() if arguments.whole else stage.measure_epochs(arguments.repeat))
        print(f"{row.name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    tables = [_whole_table(results)] if arguments.whole else [_epoch_table(results), _ratio_table(results)]
    print("\n".join(table.render(arguments.format) for table in tables))
    different = [result for result in results if not result.agrees()]
    for result in different:
        listed = ", ".join(f"{name} {loss:.6g}" for name, loss in result.losses.items())
        print(f"Not the same work: {result.row.name}: the first epoch's loss is {listed}", file=sys.stderr)
    return 1 if different else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="rounds of all contenders (default: 3)")
    parser.add_argument("--only", nargs="+", choices=[row.name for row in ROWS], metavar="ROW", help="some rows alone")
    parser.add_argument("--whole", action="store_true", help="time whole trainings, compiling included")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the tables are written (default: text)")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error(f"--repeat takes a number from 1. Received: {arguments.repeat}")
    return arguments


def _machine() -> str:
    names = ["keras", "tensorflow", *(package for package in BY_HAND if find_spec(package))]
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{packages}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start"


def _epoch_table(results: list[Result]) -> Table:
    columns = [name for name in COLUMNS if any(name in result.seconds for result in results)]
    table = Table("Milliseconds per epoch", ["training", *columns, "auto is"])
    for result in results:
        cells = [milliseconds(result.seconds.get(name)) + _steps(result, name) for name in columns]
        table.rows.append([result.row.name, *cells, result.auto])
    return table


def _steps(result: Result, name: str) -> str:
    return f" ({result.notes[name]})" if name == "fit, steps" and name in result.notes else ""


def _ratio_table(results: list[Result]) -> Table:
    header = ["training", "fit / auto", "target", "best fit / auto", "target", "auto / JAX", "target"]
    table = Table("How many times the time", [*header, "graph compiles", "xla compiles"])
    for result in results:
        fit, best, jax = result.times("fit"), result.times(result.best_fit), result.times("auto", "JAX")
        target = [at_least(fit, result.row.target), at_least(best, 1), at_most(jax, TARGET_OF_JAX)]
        ratios = [cell for pair in zip(map(ratio, (fit, best, jax)), target, strict=True) for cell in pair]
        table.rows.append([result.row.name, *ratios, *(result.notes.get(name, "–") for name in ("graph", "xla"))])
    return table


def _whole_table(results: list[Result]) -> Table:
    header = ["training", *WHOLE, "auto is", "fit / auto", "target", "auto / better engine", "target"]
    table = Table("Seconds of a whole training, compiling included", header)
    for result in results:
        fit, choice = result.times("fit"), result.times("auto", result.better_engine)
        cells = [f"{result.seconds[name]:.2f}" if name in result.seconds else "–" for name in WHOLE]
        target = [at_least(fit, 1), at_most(choice, TARGET_OF_CHOICE)]
        table.rows.append([result.row.name, *cells, result.auto, ratio(fit), target[0], ratio(choice), target[1]])
    return table


if __name__ == "__main__":
    raise SystemExit(main())
