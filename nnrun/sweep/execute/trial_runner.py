"""The training of one trial into its folder."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from nnrun.diagnosis.training_diagnosis import diagnose_training
from nnrun.errors import Interrupted, Problem, StorageError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.seeds import is_seed_path, seed_settings
from nnrun.experiment.text.dump import dump_inline
from nnrun.model.runtime import start_tensorflow
from nnrun.network.metric_names import measured_instead
from nnrun.predict.class_check import refuse_classes_of_values
from nnrun.predict.predictor import make_predictor
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.data_record import data_record
from nnrun.runs.judge.sample_predictions import SamplePredictions
from nnrun.runs.record import begun, now
from nnrun.runs.staging import staged_folder
from nnrun.runs.storage_errors import temporary_file_errors
from nnrun.runs.stored_weights import BEST
from nnrun.runs.writer import RunWriter
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.trial_data import TrialData
from nnrun.sweep.plan.trial import Bound, Trial
from nnrun.sweep.results.outcome import TrialOutcome, outcome_of
from nnrun.sweep.search.objective_tracker import Unmeasured
from nnrun.sweep.table.outcome_block import block_of_one
from nnrun.sweep.table.trial_block import TrialBlock
from nnrun.training.expectation_check import refuse_unknown
from nnrun.training.experiment_training import plan_training, record_results, weight_arrays
from nnrun.training.failures import divergence, is_out_of_memory, tensorflow_errors
from nnrun.training.model_cache import ModelCache
from nnrun.training.setup import TrainingSetup
from nnrun.training.snapshot import History
from nnrun.training.train import Trained, Training

# Trials of several configurations alternate where the seed is not the setting that varies fastest.
_MOST_TEXTS = 256

# The lines of a resolved experiment that have seeds: `seed: 0`, and `seeds: {weights: 1}`.
_SEEDS = re.compile(r"^seed: \d+\n(?:seeds:.*\n(?: .*\n)*)?", re.MULTILINE)


class TrialRunner:
    """Trains trials one after another in this process.

    Args:
        context: what the trials have in common.

    Raises:
        ResumeError: the finished trials of a resumed sweep were trained on another kind of device.
    """

    def __init__(self, context: TrialContext) -> None:
        self.context = context
        runtime = start_tensorflow(context.device, context.threads)
        context.refuse_other_device(runtime.device)
        self.models = ModelCache(runtime)
        self.data = TrialData(context.keras_home, context.files)
        self.texts: dict[str, str] = {}

    def train(self, trial: Trial) -> TrialOutcome:
        """Trains a trial; an error that concerns this trial alone is its outcome.

        Raises:
            ExperimentError: the target metric or the objective of a search is not measured.
            StorageError: a file could not be written.
            Interrupted: a signal came; nothing is left of the trial.
        """
        context = self.context
        record = begun(trial.experiment, now(), context.command, context.versions, context.git)
        folder = context.folder / layout.TRIALS / trial.name
        with staged_folder(folder) as hidden:
            writer = RunWriter(hidden, record, durable=False)
            history = self._train_into(writer, trial)
        return outcome_of(trial.index, folder, writer.record, history, context.reach, context.tracker)

    def train_row(self, trial: Trial) -> TrialBlock:
        """Trains a trial that has no folder; its row of the table. The errors are those of `train`."""
        context = self.context
        record = begun(trial.experiment, now(), context.command, context.versions, context.git)
        with temporary_file_errors(), tempfile.TemporaryDirectory(prefix="nnrun-") as name:
            folder = Path(name)
            writer = RunWriter(folder, record, durable=False)
            history = self._train_into(writer, trial)
            outcome = outcome_of(trial.index, folder, writer.record, history, context.reach, context.tracker)
            stored = read_arrays(folder / layout.WEIGHTS) if (folder / layout.WEIGHTS).exists() else {}
        weights = {name: values for name, values in stored.items() if not name.startswith(BEST)}
        return block_of_one(trial, outcome, history, context.most_epochs, weights)

    def _train_into(self, writer: RunWriter, trial: Trial) -> History:
        """Writes all files of a trial; returns the metrics of the epochs that were trained."""
        history: History = {}
        writer.write_experiment(trial.experiment.source, trial.experiment.code)
        writer.write_resolved(self._resolved(trial))
        try:
            setup = self.build(trial.experiment)
            writer.note(**setup.facts())
            trained, behind = self._train(setup, trial, writer)
            history = trained.history
            with writer.open_metrics() as metrics:
                metrics.append(history)
            self._finish(setup, trained, behind, writer)
        except (Interrupted, StorageError, Unmeasured):
            raise
        except Exception as error:
            if is_out_of_memory(error):  # no fault of the trial: a resumed sweep trains it again
                writer.end("interrupted", "There was not enough memory.")
            else:
                writer.fail(error)
        return history

    def build(self, experiment: Experiment) -> TrainingSetup:
        """The network and the data of an experiment; the network built before it can no longer be used.

        Raises:
            Unmeasured: the target of the trials or the objective of the search is no metric of it.
            ExperimentError: Keras refuses it, or the data cannot be made.
        """
        setup = self.models.network(experiment, self.data.of(experiment))
        refuse_unknown(setup)
        refuse_classes_of_values(experiment, setup.model)
        names = setup.metrics()
        if self.context.tracker is not None:
            self.context.tracker.refuse_unmeasured([name for name in names if not name.startswith("test_")])
        reach = self.context.reach
        if reach is not None and reach.metric not in names:
            hint = measured_instead(reach.metric, names)
            raise Unmeasured(Problem(f'Unknown metric "{reach.metric}" in the target of the trials.', hint=hint))
        return setup

    def _train(self, setup: TrainingSetup, trial: Trial, writer: RunWriter) -> tuple[Trained, str | None]:
        """Trains to the end, or to a bound that the trial misses; the training, and the missed bound in words."""
        plan = plan_training(setup.experiment, setup.engine, writer.folder)
        training = self.models.training(setup, plan)
        behind = None
        with tensorflow_errors():
            for bound in trial.bounds:
                if bound.epoch < plan.epochs and behind is None:
                    training.run(until=bound.epoch)
                    behind = self._behind(training, bound)
            if behind is None:
                training.run()
        return training.finish(), behind

    def _behind(self, training: Training, bound: Bound) -> str | None:
        """How a training misses a bound, in words; None where it does not or has already ended."""
        tracker = self.context.tracker
        if tracker is None or training.stopped or training.diverged:
            return None
        if not tracker.falls_behind(training.history, bound):
            return None
        best = tracker.best(training.history)
        return f"{tracker.objective} is {best!r}, and trials before it had {bound.value!r} there."

    def _finish(self, setup: TrainingSetup, trained: Trained, behind: str | None, writer: RunWriter) -> None:
        """Writes the weights and the end of the record."""
        if trained.diverged:
            with suppress(Exception):  # the trial has failed, with or without a diagnosis
                writer.note(diagnosis=diagnose_training(setup, trained))
            error = divergence(setup.experiment, trained.diverged)
            writer.end("failed", error.problems[0].message, epochs=trained.epochs)
            return
        if self.context.weights:
            writer.write_weights(weight_arrays(setup, trained))
            writer.write_data(data_record(setup.experiment, setup.dataset))
        if self.context.held_out:
            self._write_held_out(setup, writer)
        results: dict[str, Any] = record_results(
            setup,
            trained,
            seconds=writer.seconds_until(now()),
            predictions=lambda: _sample_predictions(setup),
        )
        if behind is None:
            writer.end("completed", **results)
        else:
            reason = f"Pruned after epoch {trained.epochs} of {setup.experiment.epochs}: {behind}"
            writer.end("pruned", **results | {"reason": reason, "expectations": ()})

    def _write_held_out(self, setup: TrainingSetup, writer: RunWriter) -> None:
        """Writes the predictions for the validation set, whose rows this fold has not seen."""
        validation = setup.dataset.validation
        if validation is not None:
            predictor = make_predictor(setup.model, setup.experiment, setup.dataset)
            table = predictor.tabulate(predictor.predict_part("validation", validation.original or validation))
            writer.write_held_out(table.header, table.rows)

    def _resolved(self, trial: Trial) -> str:
        """The trial's settings as YAML; texts take long to make, and trials of one configuration differ in seeds."""
        key = json.dumps([setting for setting in trial.settings.items() if not is_seed_path(setting[0])])
        if key not in self.texts:
            if len(self.texts) >= _MOST_TEXTS:
                self.texts.clear()
            self.texts[key] = self.context.resolved_text(trial)
        seeds = seed_settings(trial.experiment.resolved).items()
        lines = "".join(f"{setting}: {dump_inline(value)}\n" for setting, value in seeds)
        return _SEEDS.sub(lines, self.texts[key], count=1)


def _sample_predictions(setup: TrainingSetup) -> SamplePredictions:
    """The predictions for the samples of `predict`, of which a trial writes none."""
    predictor = make_predictor(setup.model, setup.experiment, setup.dataset)
    table = predictor.tabulate(predictor.predict_points(setup.experiment.predict, setup.dataset))
    return SamplePredictions(table.header, table.rows)
