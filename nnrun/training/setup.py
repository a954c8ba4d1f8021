"""A compiled model together with its data and its engine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Dataset
from nnrun.data.rows import Rows, network_rows, point_arrays, training_rows
from nnrun.data.scaling import units
from nnrun.experiment.experiment import Experiment
from nnrun.model.build import build_model
from nnrun.model.index_check import check_indices
from nnrun.model.runtime import Runtime
from nnrun.model.summary import LayerSummary, summarize
from nnrun.model.target_check import reach_warnings
from nnrun.training.program import LEARNING_RATE, log_names, scalars
from nnrun.training.rule import ComputedBy, choose_engine


@dataclass(frozen=True, eq=False)
class TrainingSetup:
    """A compiled model with its data.

    Args:
        experiment: the experiment.
        dataset: the data by column.
        runtime: where it is trained.
        engine: what computes its epochs.
        model: the model.
        training: the training set.
        validation: the validation set, if any.
        test: the test set, if any.
    """

    experiment: Experiment
    dataset: Dataset
    runtime: Runtime
    engine: ComputedBy
    model: keras.Model
    training: Rows
    validation: Rows | None
    test: Rows | None

    def summary(self) -> list[LayerSummary]:
        """Its layers in numbers."""
        return summarize(self.model)

    def parts(self) -> dict[str, int]:
        """The number of rows of each part of the data."""
        parts = {"training": self.training, "validation": self.validation, "test": self.test}
        return {name: rows.count for name, rows in parts.items() if rows}

    def metrics(self) -> list[str]:
        """The names of the loss and all metrics, with `val_` and `test_` for these parts."""
        names = [name for name in log_names(self.model, validated=self.validation is not None) if name != LEARNING_RATE]
        return [*names, *(f"test_{name}" for name in names if self.test and not name.startswith("val_"))]

    def facts(self) -> dict[str, Any]:
        """What is recorded about it."""
        return {
            "device": self.runtime.device,
            "threads": self.runtime.threads,
            "environment": self.runtime.environment,
            "engine": self.engine,
            "parameters": self.model.count_params(),
            "target_units": units(self.dataset.target_scaling),
        }

    def warnings(self) -> list[str]:
        """What the user should know before the training that `check` could not know, a text each."""
        known = {warning.place for warning in self.experiment.warnings}
        reach = [warning for warning in reach_warnings(self.experiment, self.training) if warning.place not in known]
        return [text for text in (self.runtime.warning, *(warning.as_warning() for warning in reach)) if text]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the training and validation set, in hexadecimal digits."""
        digest = hashlib.sha256()
        for rows in (self.training, self.validation):
            for array in rows.flat() if rows else ():
                digest.update(f"{array.dtype} {array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def test_metrics(self) -> dict[str, float]:
        """The loss and metrics on the test set, each by its name with `test_`; none without a test set."""
        if self.test is None:
            return {}
        x, y, *weights = self.test.batch()
        results = self.model.evaluate(
            x,
            y,
            sample_weight=weights[0] if weights else None,
            batch_size=self.experiment.batch_size,
            verbose=0,
            return_dict=True,
        )
        numbers = scalars({name: np.asarray(value) for name, value in results.items()})
        return {f"test_{name}": float(value) for name, value in numbers.items()}


def build_setup(
    experiment: Experiment, dataset: Dataset, runtime: Runtime, engine: ComputedBy | None = None
) -> TrainingSetup:
    """Builds the experiment's model for its data.

    Args:
        experiment: the experiment.
        dataset: its data.
        runtime: where it is trained.
        engine: what computes the epochs; by default the experiment's.

    Raises:
        ExperimentError: Keras refuses the model, or the rows do not fit.
    """
    training, validation, test = split_rows(experiment, dataset)
    engine = engine or choose_engine(experiment, training.count, several_devices=runtime.several)
    with runtime.scope():
        model = build_model(experiment, training)
    return TrainingSetup(experiment, dataset, runtime, engine, model, training, validation, test)


def split_rows(experiment: Experiment, dataset: Dataset) -> tuple[Rows, Rows | None, Rows | None]:
    """The training, validation and test set, as arrays in the order of the network's inputs and outputs.

    Raises:
        ExperimentError: the validation set, the test set or the points to predict have an index that an Embedding
            lacks. (Those of the training set are checked when the model is built.)
    """
    training = training_rows(experiment, dataset.training)
    validation = network_rows(experiment, dataset.validation) if dataset.validation else None
    test = network_rows(experiment, dataset.test) if dataset.test else None
    for rows in (validation, test):
        if rows:
            check_indices(experiment, rows.inputs)
    if experiment.predict and experiment.data.scale == "none":  # otherwise the inputs of the network are other numbers
        check_indices(experiment, point_arrays(experiment, experiment.predict))
    return training, validation, test
