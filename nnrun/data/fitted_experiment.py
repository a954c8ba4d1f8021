"""An experiment with all that was fitted to its training rows."""

from __future__ import annotations

from dataclasses import replace

from nnrun.data.dataset import Dataset
from nnrun.data.predict_settings import fitted_samples
from nnrun.experiment.experiment import Experiment


def fitted_experiment(experiment: Experiment, dataset: Dataset) -> Experiment:
    """The experiment with the fitted columns of its data, and the samples to predict as numbers.

    Args:
        experiment: the experiment.
        dataset: its data.
    """
    columns = replace(dataset.columns or experiment.columns, raw=experiment.columns.raw)
    return fitted_samples(replace(experiment, columns=columns))
