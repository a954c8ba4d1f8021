"""What a diagnosis goes by: the history of a training and what its network does with some of the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from nnrun.data.dataset import Array

Task = Literal["classes", "binary", "values"]


@dataclass(frozen=True, eq=False)
class LayerEvidence:
    """A layer at the end of the training.

    Args:
        name: its name.
        kind: Keras's class name.
        path: where `--set` finds it, such as `layers.0`.
        activation: `relu`, `sigmoid`, `tanh`, …; empty where it has none of its own.
        last: whether it is an output of the network.
        outputs: what it gives for some training rows, (rows, …, units).
        gradient: the root mean square of the derivatives of the loss by its weights; None without weights.
        weight: the root mean square of its weights; None without weights.
        silent_since: the epoch after which all units that are silent now have been so, 0 for the initial weights;
            None where few units are silent, or where the weights of the epochs were not kept.
    """

    name: str
    kind: str
    path: str
    activation: str
    last: bool
    outputs: Array
    gradient: float | None = None
    weight: float | None = None
    silent_since: int | None = None


@dataclass(frozen=True, eq=False)
class PredictionEvidence:
    """What the network answers to some training rows, and what it should.

    Args:
        task: what kind of answer it is.
        answers: probabilities or values, (rows, units).
        targets: of the same shape; classes as vectors of one 1 among 0s.
        weights: how much each row counts, (rows,).
    """

    task: Task
    answers: Array
    targets: Array
    weights: Array

    def skill(self) -> float:
        """1 − Σ (answer − target)² / Σ (target − mean target)²: 1 is perfect, 0 as good as the mean alone.

        For values this is R²; for probabilities Brier's skill score. NaN where all targets are the same.
        """
        share = (self.weights / self.weights.sum())[:, None]  # (rows, 1)
        mean = (share * self.targets).sum(axis=0)  # (units,)
        rest = float((share * (self.answers - self.targets) ** 2).sum())
        whole = float((share * (self.targets - mean) ** 2).sum())
        return 1 - rest / whole if whole > 0 else float("nan")

    def accuracy(self) -> float:
        """The share of the rows whose class is the answered one, by their weights."""
        right = self._classes(self.answers) == self._classes(self.targets)  # (rows,)
        return float(np.average(right, weights=self.weights))

    def majority(self) -> float:
        """The share of the largest class, by the weights of the rows."""
        return float(np.bincount(self._classes(self.targets), weights=self.weights).max() / self.weights.sum())

    def _classes(self, values: Array) -> Array:
        if values.shape[1] > 1:
            return np.asarray(values.argmax(axis=1))
        return (values[:, 0] > 0.5).astype(np.int64)


@dataclass(frozen=True)
class Descent:
    """How the weights are changed.

    Args:
        optimizer: Keras's class name.
        rate: the learning rate at the end.
        plain: whether it is gradient descent without momentum, limits or decay.
        clips: whether it limits the gradient.
    """

    optimizer: str
    rate: float
    plain: bool
    clips: bool = False


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that the rules look at.

    Args:
        history: the metrics by name, a number per epoch.
        epochs: how many epochs were asked for.
        kept: the epoch whose weights the model has.
        stopped: whether a callback ended the training.
        diverged: why the training could not go on; None when it could.
        loss: Keras's class name of the loss of the lone output; empty where there are several.
        descent: how the weights are changed.
        layers: the layers from the input on.
        inputs: some training rows as the network takes them, (rows, numbers).
        input_names: a name per input number; empty where they have none.
        prepared: whether the inputs are scaled by the data settings or by the first layers, or are no quantities.
        targets_scaled: whether the data settings scale the targets.
        outcome: what the network answers; None where there are several outputs or their targets are of another form.
        class_rows: how many training rows each class has; empty where the targets are no classes.
        balanced: whether the rows of the classes are weighted.
        validation_rows: how many validation rows were looked up among the training rows.
        repeated_rows: how many of them stand there too, inputs and targets.
        repeated_by_chance: how many would stand there if the columns of the inputs were independent of each other.
        linear: whether the network is one linear neuron, or several side by side; with a bias where `bias` says so.
        bias: whether there is a bias.
    """

    history: Mapping[str, Sequence[float]]
    epochs: int
    kept: int
    stopped: bool
    diverged: str | None
    loss: str
    descent: Descent
    layers: tuple[LayerEvidence, ...]
    inputs: Array
    input_names: tuple[str, ...]
    prepared: bool
    targets_scaled: bool
    outcome: PredictionEvidence | None
    class_rows: Mapping[str, int]
    balanced: bool
    validation_rows: int
    repeated_rows: int
    repeated_by_chance: float
    linear: bool
    bias: bool

    @property
    def losses(self) -> Array:
        """The training loss of every epoch, (epochs,)."""
        return np.asarray(self.history.get("loss", ()), np.float64)

    def but(self, **changes: object) -> Evidence:
        """The same with some of it changed."""
        return replace(self, **changes)  # type: ignore[arg-type]
