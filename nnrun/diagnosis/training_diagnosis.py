"""The diagnostics of a training that has ended."""

from __future__ import annotations

import numpy as np

from nnrun.data.windows.baseline import training_baseline
from nnrun.diagnosis.diagnose import diagnose
from nnrun.diagnosis.gather import gather
from nnrun.predict.task import task_of
from nnrun.runs.finding import Finding
from nnrun.training.setup import TrainingSetup
from nnrun.training.train import Trained


def diagnose_training(setup: TrainingSetup, trained: Trained) -> tuple[Finding, ...]:
    """The findings about a training that has ended; none for a healthy one. The model is unchanged."""
    experiment, model = setup.experiment, setup.model
    task = task_of(experiment, experiment.outputs[0], model.outputs[0].shape[1:])
    rng = np.random.default_rng(experiment.seed)
    window, last = experiment.data.window, None
    if window is not None and task == "values":
        last = training_baseline(setup.dataset, experiment.outputs[0].targets, window)
    return diagnose(gather(model, experiment, setup.training, setup.validation, trained, task, rng, last))
