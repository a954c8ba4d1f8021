"""The training of one trial into its folder."""

from __future__ import annotations

import json
import re
from typing import Any

from nnrun.data.generate import generate
from nnrun.errors import Interrupted, Problem, StorageError
from nnrun.experiment.experiment import Experiment
from nnrun.model.runtime import start_tensorflow
from nnrun.network.metric_names import measured_instead, refuse_unmeasured
from nnrun.runs import layout
from nnrun.runs.record import begun, now
from nnrun.runs.staging import staged_folder
from nnrun.runs.writer import RunWriter
from nnrun.sweep.execute.model_cache import ModelCache
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.plan.trial import SEED, Bound, Trial
from nnrun.sweep.results.outcome import TrialOutcome, outcome_of
from nnrun.sweep.search.objective_tracker import Unmeasured
from nnrun.training.experiment_training import plan_training, record_results, weight_arrays
from nnrun.training.failures import divergence, is_out_of_memory, tensorflow_errors
from nnrun.training.setup import TrainingSetup
from nnrun.training.snapshot import History
from nnrun.training.train import Trained, Training

# Trials of several configurations alternate where the seed is not the setting that varies fastest.
_MOST_TEXTS = 256

_SEED = re.compile(r"^seed: \d+$", re.MULTILINE)


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

    def _train_into(self, writer: RunWriter, trial: Trial) -> History:
        """Writes all files of a trial; returns the metrics of the epochs that were trained."""
        history: History = {}
        writer.write_experiment(trial.experiment.source)
        writer.write_resolved(self._resolved(trial))
        try:
            setup = self._build(trial.experiment)
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

    def _build(self, experiment: Experiment) -> TrainingSetup:
        dataset = generate(experiment, self.context.keras_home, self.context.files)
        setup = self.models.network(experiment, dataset)
        names = setup.metrics()
        refuse_unmeasured(experiment, names)
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
            error = divergence(setup.experiment, trained.diverged)
            writer.end("failed", error.problems[0].message, epochs=trained.epochs)
            return
        if self.context.weights:
            writer.write_weights(weight_arrays(setup, trained))
        results: dict[str, Any] = record_results(setup, trained)
        if behind is None:
            writer.end("completed", **results)
        else:
            reason = f"Pruned after epoch {trained.epochs} of {setup.experiment.epochs}: {behind}"
            writer.end("pruned", **results | {"reason": reason, "expectations": ()})

    def _resolved(self, trial: Trial) -> str:
        """The trial's settings as YAML; texts take long to make, and trials of one configuration differ in the seed."""
        key = json.dumps([setting for setting in trial.settings.items() if setting[0] != SEED])
        if key not in self.texts:
            if len(self.texts) >= _MOST_TEXTS:
                self.texts.clear()
            self.texts[key] = self.context.resolved_text(trial)
        return _SEED.sub(f"seed: {trial.experiment.seed}", self.texts[key], count=1)
