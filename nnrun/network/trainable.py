"""Experiments that are valid and cannot be one training here."""

from __future__ import annotations

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment
from nnrun.network.sizes import refuse_too_large


def refuse_untrainable(experiment: Experiment, memory: int | None) -> None:
    """Refuses an experiment with folds of which none is chosen, and one that needs more memory than this machine has.

    Args:
        experiment: the experiment.
        memory: the machine's memory in bytes; None where that is not known.

    Raises:
        ExperimentError: it cannot be one training.
    """
    if experiment.data.folds and experiment.data.fold is None:
        message = f"An experiment with {experiment.data.folds} folds is as many trainings."
        raise ExperimentError(Problem(message, hint="Train all with nnrun sweep, or one: --set data.fold=1"))
    refuse_too_large(experiment, memory)
