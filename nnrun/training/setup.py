"""A compiled model together with its data and its engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras

from nnrun.data.dataset import Dataset
from nnrun.data.fitted_experiment import fitted_experiment
from nnrun.data.preparation.scaling import units
from nnrun.data.rows import Rows, network_rows, point_arrays, rows_digest, training_rows
from nnrun.data.stream.streamed_rows import StreamedSets
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment
from nnrun.model.build import build_model
from nnrun.model.evaluate import evaluate
from nnrun.model.index_check import check_indices
from nnrun.model.runtime import Runtime
from nnrun.model.start import put_start_weights
from nnrun.model.summary import summarize
from nnrun.model.target_check import check_targets, target_warnings
from nnrun.runs.layer_summary import LayerSummary
from nnrun.training.own_engine import engine_of_own_parts
from nnrun.training.program import LEARNING_RATE, log_names
from nnrun.training.rule import ComputedBy, choose_engine
from nnrun.training.streamed_program import StreamedEvaluation
from nnrun.training.train import Fed


@dataclass(frozen=True, eq=False)
class TrainingSetup:
    """A compiled model with its data.

    Args:
        experiment: the experiment; its columns are those of the dataset.
        dataset: the data by column.
        runtime: where it is trained.
        engine: what computes its epochs.
        model: the model.
        training: the training set; of streamed data a sample of it, and so for the others.
        validation: the validation set, if any.
        test: the test set, if any.
        note: why this engine computes it, where the user should know.
    """

    experiment: Experiment
    dataset: Dataset
    runtime: Runtime
    engine: ComputedBy
    model: keras.Model
    training: Rows
    validation: Rows | None
    test: Rows | None
    note: str | None = None

    def summary(self) -> tuple[LayerSummary, ...]:
        """Its layers in numbers."""
        return summarize(self.model)

    @property
    def fed(self) -> tuple[Fed, Fed | None]:
        """The training and the validation set as the model is trained on them: in memory or streamed."""
        streamed = self.dataset.streamed
        return (self.training, self.validation) if streamed is None else (streamed.training, streamed.validation)

    def parts(self) -> dict[str, int]:
        """The number of rows of each part of the data."""
        whole = self.dataset.streamed or self
        parts = {"training": whole.training, "validation": whole.validation, "test": whole.test}
        return {name: rows.count for name, rows in parts.items() if rows}

    def metrics(self) -> list[str]:
        """The names of the loss and all metrics, with `val_` and `test_` for these parts."""
        names = [name for name in log_names(self.model, validated=self.validation is not None) if name != LEARNING_RATE]
        return [*names, *(f"test_{name}" for name in names if self.test and not name.startswith("val_"))]

    def facts(self) -> dict[str, Any]:
        """What is recorded about it."""
        return {
            "device": self.runtime.device,
            "processor": self.runtime.processor,
            "operating_system": self.runtime.system,
            "threads": self.runtime.threads,
            "environment": self.runtime.environment,
            "engine": self.engine,
            "data_sha256": self.digest,
            "parameters": self.model.count_params(),
            "training_rows": self.parts()["training"],
            "target_units": units(self.dataset.target_scaling),
        }

    def warnings(self) -> list[str]:
        """What the user should know before the training that `check` could not know, a text each."""
        known = {warning.place for warning in self.experiment.warnings}
        reach = [warning for warning in target_warnings(self.experiment, self.training) if warning.place not in known]
        return [
            text for text in (self.runtime.warning, self.note, *(warning.as_warning() for warning in reach)) if text
        ]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the training and validation set, in hexadecimal digits."""
        return rows_digest(self.training, self.validation)

    def test_metrics(self) -> dict[str, float]:
        """The loss and metrics on the test set, each by its name with `test_`; none without a test set."""
        if self.test is None:
            return {}
        streamed = self.dataset.streamed
        if streamed and streamed.test:
            found = StreamedEvaluation(self.model, self.experiment.batch_size, streamed.test).run()
            return {f"test_{name}": value for name, value in found.items()}
        found = evaluate(self.model, self.test, self.experiment.batch_size)
        return {f"test_{name}": value for name, value in found.items()}


def build_setup(
    experiment: Experiment, dataset: Dataset, runtime: Runtime, engine: ComputedBy | None = None
) -> TrainingSetup:
    """Builds the experiment's model for its data.

    Args:
        experiment: the experiment.
        dataset: its data.
        runtime: where it is trained.
        engine: what computes the epochs of a resumed training, whose weights come from its checkpoint; None for a new
            one, which has the engine of the experiment and the weights of the run that it starts from.

    Raises:
        ExperimentError: Keras refuses the model, the rows do not fit, or neither do the weights.
    """
    experiment = fitted_experiment(experiment, dataset)
    training, validation, test = split_rows(experiment, dataset)
    note = None
    with runtime.scope():
        model = build_model(experiment, training)
    check_held_out(experiment, model, dataset, (validation, test))
    if dataset.streamed:
        check_streamed(experiment, model, dataset, dataset.streamed)
    if engine is None:
        rows = dataset.streamed.training.count if dataset.streamed else training.count
        engine = choose_engine(experiment, rows, several_devices=runtime.several)
        engine, note = engine_of_own_parts(experiment, model, training, validation, engine)
        put_start_weights(model, experiment)
    if dataset.streamed and engine == "keras":
        what = "Code of your own that takes the engine keras does" if note else "Several devices do"
        hint = f"Train {'' if note else 'on one device, or '}without data.stream if the memory suffices."
        raise ExperimentError(Problem(f"{what} not take streamed data.", hint=hint))
    return TrainingSetup(experiment, dataset, runtime, engine, model, training, validation, test, note)


def check_streamed(experiment: Experiment, model: keras.Model, dataset: Dataset, streamed: StreamedSets) -> None:
    """Checks all streamed rows as those in memory are checked.

    Raises:
        ExperimentError: a target does not suit its loss, or an Embedding lacks an index.
    """
    for each in (streamed.training, streamed.validation, streamed.test):
        for rows in each.in_order() if each else ():
            check_indices(experiment, rows.inputs)
            if each is streamed.training:
                check_targets(experiment, model, rows)
            else:
                check_held_out(experiment, model, dataset, [rows])


def check_held_out(
    experiment: Experiment, model: keras.Model, dataset: Dataset, held_out: Sequence[Rows | None]
) -> None:
    """Checks the targets of the validation and the test set, unless they are scaled as the training set is.

    Scaled ones may lie beyond those of the training set, which the loss takes.

    Raises:
        ExperimentError: a target does not suit its loss.
    """
    for rows in held_out if not dataset.target_scaling else ():
        if rows:
            check_targets(experiment, model, rows)


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
    if experiment.predict and not dataset.input_scaling:  # otherwise the inputs of the network are other numbers
        check_indices(experiment, point_arrays(experiment, experiment.predict))
    return training, validation, test
