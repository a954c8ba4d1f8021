"""The evidence of a diagnosis: the history of a training and what its network computes for some training samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.network.output_ranges import LastActivation
from nnrun.predict.task import Task, classes_from


@dataclass(frozen=True, eq=False)
class LayerEvidence:
    """A layer at the end of the training.

    Args:
        name: its name.
        kind: Keras's class name.
        path: its path for `--set`, such as `layers.0`.
        activation: `relu`, `sigmoid`, `tanh`, …; empty where it has none of its own.
        is_output: whether it is an output of the network.
        outputs: its outputs for some training samples, (samples, …, units).
        dead: how many of its units output 0 for every training sample; None where `outputs` has all of these.
        has_activation: whether it has the setting `activation`.
        gradient: the root mean square of the derivatives of the loss by its weights; None without weights.
        weight: the root mean square of its weights; None without weights.
        fixed: a setting that gives its weights, or those of the layer before it, the same numbers with every seed.
        dead_since: the epoch since which all units that are dead now have been dead, 0 for the initial weights;
            None where few units are dead, or where the weights of the epochs were not kept.
    """

    name: str
    kind: str
    path: str
    activation: str
    is_output: bool
    outputs: Array
    gradient: float | None = None
    weight: float | None = None
    dead_since: int | None = None
    dead: int | None = None
    has_activation: bool = True
    fixed: str = ""


@dataclass(frozen=True, eq=False)
class OutputEvidence:
    """An output of the network and the targets that it is compared with.

    Args:
        layer: the layer.
        loss: Keras's class name of the loss.
        loss_path: the path of the loss for `--set`.
        from_logits: whether the loss takes logits.
        targets: the targets of some training samples as the network is trained on them, (samples, …).
        last: the activation that makes the output; None where that is not known.
    """

    layer: LayerEvidence
    loss: str
    loss_path: str
    from_logits: bool
    targets: Array
    last: LastActivation | None = None


@dataclass(frozen=True, eq=False)
class PredictionEvidence:
    """Predictions for some training samples, and their targets.

    Args:
        task: what the network predicts.
        predictions: probabilities or values, (samples, units).
        targets: of the same shape; classes are one-hot encoded.
        weights: the sample weights, (samples,).
        last: of windows the predictions of a last-value baseline, (samples, units); None where that is not known.
    """

    task: Task
    predictions: Array
    targets: Array
    weights: Array
    last: Array | None = None

    def skill(self) -> float:
        """1 − Σ (prediction − target)² / Σ (target − mean target)²: 1 is perfect, 0 as good as the mean alone.

        For values this is R²; for probabilities Brier's skill score. NaN where all targets are the same.
        """
        share = (self.weights / self.weights.sum())[:, None]  # (samples, 1)
        mean = (share * self.targets).sum(axis=0)  # (units,)
        rest = float((share * (self.predictions - self.targets) ** 2).sum())
        whole = float((share * (self.targets - mean) ** 2).sum())
        return 1 - rest / whole if whole > 0 else float("nan")

    def over_last_value(self) -> float:
        """The squared error as a multiple of that of a last-value baseline; NaN where that is not known or 0."""
        if self.last is None:
            return float("nan")
        share = self.weights[:, None]  # (samples, 1)
        own, baseline = (float((share * (a - self.targets) ** 2).sum()) for a in (self.predictions, self.last))
        return own / baseline if baseline > 0 else float("nan")

    def accuracy(self) -> float:
        """The share of the samples whose class is predicted, each counted once whatever its weight, as Keras does."""
        correct = classes_from(self.task, self.predictions) == classes_from(self.task, self.targets)  # (samples,)
        return float(correct.mean())

    def majority_share(self) -> float:
        """The share of the largest class, each sample counted once whatever its weight."""
        labels = classes_from(self.task, self.targets)  # (samples,)
        return float(np.bincount(labels).max() / len(labels))


@dataclass(frozen=True)
class OptimizerEvidence:
    """The optimizer at the end of the training.

    Args:
        learning_rate: at the end.
        plain: whether it is gradient descent without momentum, clipping, weight decay or averaging.
        clips: whether it clips the gradient.
        usual: Keras's learning rate for it; None where that is not known.
        scheduled: whether a callback sets the learning rate of every epoch.
    """

    learning_rate: float
    plain: bool
    clips: bool = False
    usual: float | None = None
    scheduled: bool = False


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything that the rules check.

    Args:
        history: the metrics by name, one value per epoch.
        epochs: the requested number of epochs.
        seed: of the experiment's weights.
        kept: the epoch whose weights the model has.
        stopped: whether a callback stopped the training.
        diverged: why the training diverged; None where it did not.
        loss: Keras's class name of the loss of the only output; empty where there are several outputs.
        optimizer: the optimizer.
        layers: the layers from the input on.
        inputs: some training samples as the network takes them, (samples, numbers).
        input_names: a name per input number; empty where they have none.
        inputs_scaled: whether the data settings or the first layers scale the inputs, or the inputs are no quantities.
        targets_scaled: whether the data settings scale the targets.
        predictions: None where there are several outputs, or where targets and outputs differ in shape.
        class_counts: the number of training samples per class; empty where the targets are no classes.
        class_weighted: whether the classes are weighted.
        validation_rows: how many rows of the validation set were compared with the training set.
        duplicate_rows: how many of them are in the training set too, inputs and targets.
        expected_duplicates: how many would be there if the columns of the inputs were independent of each other.
        is_linear: whether the network is a single Dense layer without activation and regularizers.
        has_bias: whether that layer has a bias.
        outputs: every output of the network that has one array.
        regularized: what keeps the network from fitting the training set, such as "the kernel_regularizer of dense".
        seed_path: the setting that has the seed of the weights.
    """

    history: Mapping[str, Sequence[float]]
    epochs: int
    seed: int
    kept: int
    stopped: bool
    diverged: str | None
    loss: str
    optimizer: OptimizerEvidence
    layers: tuple[LayerEvidence, ...]
    inputs: Array
    input_names: tuple[str, ...]
    inputs_scaled: bool
    targets_scaled: bool
    predictions: PredictionEvidence | None
    class_counts: Mapping[str, int]
    class_weighted: bool
    validation_rows: int
    duplicate_rows: int
    expected_duplicates: float
    is_linear: bool
    has_bias: bool
    outputs: tuple[OutputEvidence, ...] = ()
    seed_path: str = "seed"
    regularized: tuple[str, ...] = ()

    @property
    def losses(self) -> Array:
        """The training loss of every epoch, (epochs,)."""
        return np.asarray(self.history.get("loss", ()), np.float64)
