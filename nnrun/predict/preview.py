"""What a network with one input says while it is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import keras
import numpy as np

from nnrun.data.dataset import Dataset
from nnrun.data.rows import flat_rows, point_arrays, unscaled
from nnrun.experiment.experiment import Experiment
from nnrun.model.deploy import with_scaling
from nnrun.plots.thinning import thin_rows
from nnrun.predict.predict import number_names, say

_ROWS = 200
_POINTS = 100


@dataclass(frozen=True)
class Live:
    """What a network with one input says at one moment of its training.

    Args:
        input: the input's name.
        target: the target's name.
        rows: training rows, the input and the target of each.
        prediction: points of the curve, ascending in the input.
    """

    input: str
    target: str
    rows: Sequence[tuple[float, float]]
    prediction: Sequence[tuple[float, float]]


def live_prediction(experiment: Experiment, dataset: Dataset, network: keras.Model) -> Callable[[], Live] | None:
    """What tells the present prediction of a network of one input number and one output number; None for any other.

    Args:
        experiment: the experiment.
        dataset: its data.
        network: the network that is trained, on scaled data.
    """
    names = number_names(experiment.columns.inputs)
    if len(names) != 1 or len(experiment.outputs) != 1 or network.outputs[0].shape[1:] != (1,):
        return None
    scales = (dataset.input_scaling, dataset.target_scaling)
    part = unscaled(dataset.training.take(thin_rows(dataset.training.rows, _ROWS)), *scales)
    x, y = (flat_rows(next(iter(values.values())))[:, 0] for values in (part.inputs, part.targets))  # (rows,) each
    line = np.linspace(x.min(), x.max(), _POINTS, dtype=np.float32)  # (points,)
    inputs = point_arrays(experiment, line[:, None])
    deployed = cache(lambda: with_scaling(network, experiment, *scales))  # nobody may ever look
    rows = list(zip(x.tolist(), y.tolist(), strict=True))

    def look() -> Live:
        answers = flat_rows(say(deployed(), experiment, inputs)[0])[:, 0]  # (points,)
        target = experiment.outputs[0].targets[0]
        return Live(names[0], target, rows, list(zip(line.tolist(), answers.tolist(), strict=True)))

    return look
