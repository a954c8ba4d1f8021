"""What the pictures of a run are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras

from nnrun.data.dataset import Array, Dataset
from nnrun.data.rows import Rows
from nnrun.experiment.experiment import Experiment
from nnrun.predict.predictor import Predictions


@dataclass(frozen=True, eq=False)
class PictureSource:
    """A finished run to draw pictures of.

    Args:
        experiment: the experiment.
        dataset: the data.
        network: the trained network, on scaled data.
        rows: the training set, as the network takes it.
        model: the network in the data's own units.
        history: the metrics by name, a number per epoch.
        trace: the weights at every epoch, in the network's order, for small models.
        judged: predictions for the test set, else the validation set, else the training set.
    """

    experiment: Experiment
    dataset: Dataset
    network: keras.Model
    rows: Rows
    model: keras.Model
    history: Mapping[str, Sequence[float]]
    trace: Sequence[Array] | None
    judged: Predictions
