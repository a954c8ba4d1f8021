"""The trainings that are timed, a row of the tables each, and their data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnrun.data.generate import generate
from nnrun.data.rows import Rows, network_rows
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parent / "experiments"


@dataclass(frozen=True)
class Row:
    """A training to be timed.

    Args:
        name: what the tables call it.
        file: the experiment file.
        target: by which factor an epoch of `auto` should be faster than one of `fit`.
        epochs: how many, in place of the experiment's own; 0 for its own.
        random_rows: the number of random rows in place of the experiment's own data; 0 for its own.
        same: how far apart the first epoch's losses may be that engines give, relative to the largest.
        by_hand: whether JAX and PyTorch train it too.
    """

    name: str
    file: Path
    target: float = 1
    epochs: int = 0
    random_rows: int = 0
    same: float = 0.01
    by_hand: bool = False

    @property
    def recipe(self) -> str:
        """What is trained, however many rows or epochs of it."""
        return self.name.partition(",")[0]

    def load(self) -> tuple[Experiment, Rows]:
        """The experiment and its training rows."""
        experiment = load_experiment(self.file, [f"epochs={self.epochs}"] if self.epochs else [])
        if self.random_rows:
            return experiment, _random_rows(experiment, self.random_rows)
        dataset = generate(experiment, Path.home() / ".keras")
        return experiment, network_rows(experiment, dataset.training)


def _random_rows(experiment: Experiment, count: int) -> Rows:
    """Rows as those of MNIST, which would have to be downloaded: numbers in 0-1 and one of ten classes."""
    rng = np.random.default_rng(0)
    (column,) = experiment.columns.inputs
    x = rng.random((count, *column.shape), np.float32)  # (count, *shape)
    labels = rng.integers(10, size=(count, 1), dtype=np.int32)  # (count, 1)
    return Rows((x,), (np.eye(10, dtype=np.float32)[labels[:, 0]] if experiment.data.one_hot else labels,))


def _shipped(stem: str) -> Path:
    return SHIPPED / f"{stem}.yaml"


def _own(stem: str) -> Path:
    return HERE / "experiments" / f"{stem}.yaml"


# Dropout draws other numbers under XLA: one epoch's losses differ by more than rounding.
_DROPOUT = 0.1

ROWS = (
    Row("xor", _shipped("xor"), target=5000, by_hand=True),
    Row("bilinear", _shipped("bilinear"), target=5000, by_hand=True),
    Row("house-prices", _shipped("house-prices"), by_hand=True),
    Row("rounding", _shipped("rounding"), target=150, by_hand=True),
    Row("rounding, 100 epochs", _shipped("rounding"), target=150, epochs=100, by_hand=True),
    Row("784-32-10", _shipped("mnist-sequential"), target=12, random_rows=6_000, by_hand=True),
    Row("784-32-10, 100 epochs", _shipped("mnist-sequential"), target=12, epochs=100, random_rows=6_000, by_hand=True),
    Row("784-32-10, 60,000 rows", _shipped("mnist-sequential"), random_rows=60_000),
    Row("784-512-512-10", _own("dense"), random_rows=6_000, same=_DROPOUT),
    Row("convolution", _own("convolution"), target=3, random_rows=1_000),
    Row("LSTM", _own("recurrence"), target=3),
    Row("text", _own("text")),
    Row("two inputs", _own("two-inputs")),
)
