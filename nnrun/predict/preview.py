"""The predictions of a network with one input while it is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import keras
import numpy as np

from nnrun.data.dataset import Dataset
from nnrun.data.rows import flat_rows, point_arrays, unscaled
from nnrun.experiment.columns import feature_names
from nnrun.experiment.experiment import Experiment
from nnrun.plots.thinning import thin_rows
from nnrun.predict.predictor import make_predictor

_SAMPLES = 200
_POINTS = 100


@dataclass(frozen=True)
class Preview:
    """The predictions of a network with one input at one moment of its training.

    Args:
        input: the input's name.
        target: the target's name.
        samples: training samples, the input and the target of each.
        curve: points of the predicted curve, ascending in the input.
    """

    input: str
    target: str
    samples: Sequence[tuple[float, float]]
    curve: Sequence[tuple[float, float]]


def make_preview(experiment: Experiment, dataset: Dataset, network: keras.Model) -> Callable[[], Preview] | None:
    """A function that previews a network of one input number and one output number; None for any other network.

    Args:
        experiment: the experiment.
        dataset: its data.
        network: the network that is trained, on scaled data.
    """
    names = feature_names(experiment.columns.inputs)
    if len(names) != 1 or len(experiment.outputs) != 1 or network.outputs[0].shape[1:] != (1,):
        return None
    part = dataset.training.take(thin_rows(dataset.training.rows, _SAMPLES))
    part = unscaled(part, dataset.input_scaling, dataset.target_scaling)
    x, y = (flat_rows(next(iter(values.values())))[:, 0] for values in (part.inputs, part.targets))  # (samples,) each
    line = np.linspace(x.min(), x.max(), _POINTS, dtype=np.float32)  # (points,)
    inputs = point_arrays(experiment, line[:, None])
    predictor = cache(lambda: make_predictor(network, experiment, dataset))  # the preview may never be shown
    samples = list(zip(x.tolist(), y.tolist(), strict=True))

    def preview() -> Preview:
        outputs = flat_rows(predictor().predict(inputs)[0])[:, 0]  # (points,)
        target = experiment.outputs[0].targets[0]
        return Preview(names[0], target, samples, list(zip(line.tolist(), outputs.tolist(), strict=True)))

    return preview
