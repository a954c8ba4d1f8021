"""The callbacks of an experiment as Keras objects."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Component, Experiment
from nnrun.model.components import build_component
from nnrun.runs import layout

# The first is part of the compiled program, the second of every training.
_NO_OBJECT = ("LearningRateScheduler", "TerminateOnNaN")


def build_callbacks(experiment: Experiment, folder: Path) -> list[keras.callbacks.Callback]:
    """The callbacks that run between the epochs; their earlier files in the folder are removed.

    Args:
        experiment: the experiment.
        folder: where callbacks write their files.

    Raises:
        ExperimentError: Keras refuses a callback.
    """
    if any(component.name == "TensorBoard" for component in experiment.callbacks):
        shutil.rmtree(folder / layout.TENSORBOARD, ignore_errors=True)
    return [_build(component, folder) for component in experiment.callbacks if component.name not in _NO_OBJECT]


def _build(component: Component, folder: Path) -> keras.callbacks.Callback:
    if component.name == "TensorBoard" and importlib.util.find_spec("tensorboard") is None:
        hint = "pip install 'nnrun[tensorboard]', or leave the callback out."
        raise ExperimentError(Problem("TensorBoard is not installed.", component.place, hint))
    places: dict[str, dict[str, Any]] = {
        "CSVLogger": {"filename": str(folder / layout.CALLBACK_LOG)},
        "TensorBoard": {"log_dir": str(folder / layout.TENSORBOARD), "write_graph": False},
    }
    return build_component(component, **places.get(component.name, {}))


def build_schedule(experiment: Experiment) -> Callable[[int], Any] | None:
    """The learning rate by the number of the epoch, from 0, if a `LearningRateScheduler` sets it.

    Raises:
        ExperimentError: Keras refuses the schedule.
    """
    for component in experiment.callbacks:
        if component.name == "LearningRateScheduler":
            schedule = component.arguments["schedule"]
            return build_component(schedule)  # type: ignore[no-any-return]  # Keras has no types
    return None
