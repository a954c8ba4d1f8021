"""Experiments on windows of a series for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments import data_of, written
from nnrun.data.dataset import Dataset
from nnrun.experiment.experiment import Experiment


def experiment_of(window: Mapping[str, Any], folder: Path, /, **data: Any) -> Experiment:
    """An experiment whose samples are windows; its network only takes them.

    Args:
        window: the section `window`.
        folder: the folder that paths are relative to.
        data: other data settings; by default the generator is a sine wave of 100 steps.
    """
    settings = {"generator": {"sine": {"samples": 100, "noise": 0}}, "window": dict(window), **data}
    units = window.get("steps", 1) * len(window.get("targets", ["one"]))
    text = f"""
data: {json.dumps(settings)}
layers: [{{Flatten: {{}}}}, {{Dense: {{units: {units}}}}}]
optimizer: sgd
loss: mse
epochs: 1
"""
    return written(text, folder)


def dataset_of(window: Mapping[str, Any], folder: Path, /, **data: Any) -> Dataset:
    """The data of `experiment_of`."""
    return data_of(experiment_of(window, folder, **data), folder)
