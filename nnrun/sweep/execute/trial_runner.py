"""The training of one trial into its folder."""

from __future__ import annotations

import json
import re
import shutil
import traceback
from pathlib import Path
from typing import Any

import msgspec

from nnrun.data.generate import generate
from nnrun.errors import ExperimentError, Interrupted, Problem, StorageError, TrainingError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.dump import dump
from nnrun.model.runtime import start_tensorflow
from nnrun.network.metric_names import measured_instead, refuse_unmeasured
from nnrun.run import kept_weights, results, training_plan
from nnrun.runs import layout
from nnrun.runs.arrays import finite_bytes
from nnrun.runs.metrics_file import MetricsFile
from nnrun.runs.open_run import now
from nnrun.runs.record import RunRecord, begun, to_json
from nnrun.sweep.execute.model_cache import ModelCache
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.plan.trial import SEED, Bound, Trial
from nnrun.sweep.results.outcome import TrialOutcome, outcome_of
from nnrun.sweep.search.objective_tracker import Unmeasured
from nnrun.sweep.trial_folders import begin_trial, end_trial, write_part
from nnrun.training.failures import divergence, tensorflow_errors
from nnrun.training.setup import TrainingSetup
from nnrun.training.snapshot import History
from nnrun.training.train import Trained, Training

# Trials of several points come in turn where the seed is not what changes fastest.
_MOST_TEXTS = 256

_SEED = re.compile(r"^seed: \d+$", re.MULTILINE)


class TrialRunner:
    """Trains trials one after another in this process.

    Args:
        job: what they have in common.
    """

    def __init__(self, job: TrialContext) -> None:
        self.job = job
        self.bench = ModelCache(start_tensorflow(job.device, job.threads))
        self.texts: dict[str, str] = {}

    def train(self, trial: Trial) -> TrialOutcome:
        """Trains a trial; what is wrong with it alone is its outcome.

        Raises:
            ExperimentError: what is to be reached, or what is searched for, is not measured.
            StorageError: a file could not be written.
            Interrupted: a signal came; nothing is left of the trial.
        """
        hidden = begin_trial(self.job.folder, trial)
        try:
            record, history = self._trained(trial, hidden)
            write_part(hidden / layout.RECORD, to_json(record))
            folder = end_trial(self.job.folder, trial, hidden)
        except BaseException:
            shutil.rmtree(hidden, ignore_errors=True)
            raise
        return outcome_of(trial.index, folder, record, history, self.job.reach, self.job.tracker)

    def _trained(self, trial: Trial, folder: Path) -> tuple[RunRecord, History]:
        """Writes all files but the record."""
        record, history = self._record(trial.experiment), {}
        write_part(folder / layout.EXPERIMENT, trial.experiment.source)
        write_part(folder / "resolved.yaml", self._resolved(trial))
        try:
            network = self._network(trial.experiment)
            record = msgspec.structs.replace(record, **network.facts())
            trained, behind = self._train(network, trial, folder)
            history = trained.history
            with MetricsFile(folder / "metrics.csv") as metrics:
                metrics.append(history)
            changes = self._finish(network, trained, folder)
            if behind is not None:
                reason = f"Pruned after epoch {trained.epochs} of {trial.experiment.epochs}: {behind}"
                changes |= {"status": "pruned", "reason": reason, "expectations": ()}
        except (Interrupted, StorageError, Unmeasured):
            raise
        except (ExperimentError, TrainingError) as error:
            changes = {"status": "failed", "reason": error.problems[0].message}
        except Exception as error:
            write_part(folder / "traceback.txt", traceback.format_exc())
            changes = {"status": "failed", "reason": f"{type(error).__name__}: {error}"}
        moment = now()
        seconds = round((moment - record.started).total_seconds(), 3)
        return msgspec.structs.replace(record, finished=moment, seconds=seconds, **changes), history

    def _network(self, experiment: Experiment) -> TrainingSetup:
        dataset = generate(experiment, self.job.keras_home, self.job.files)
        network = self.bench.network(experiment, dataset)
        names = network.metrics()
        refuse_unmeasured(experiment, names)
        if self.job.tracker is not None:
            self.job.tracker.refuse_unmeasured([name for name in names if not name.startswith("test_")])
        reach = self.job.reach
        if reach is not None and reach.metric not in names:
            hint = measured_instead(reach.metric, names)
            raise Unmeasured(Problem(f'Unknown metric "{reach.metric}" in the target of the trials.', hint=hint))
        return network

    def _train(self, network: TrainingSetup, trial: Trial, folder: Path) -> tuple[Trained, str | None]:
        """Trains to the end, or to a bound that the trial does not keep; what came of it, and which bound in words."""
        plan = training_plan(network.experiment, network.engine, folder)
        training = self.bench.training(network, plan)
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
        """How a training falls behind a bound, in words; None where it keeps it or has ended already."""
        sought = self.job.tracker
        if sought is None or training.stopped or training.diverged or not sought.falls_behind(training.history, bound):
            return None
        best = sought.best(training.history)
        return f"{sought.objective} is {best!r}, and trials before it had {bound.value!r} there."

    def _finish(self, network: TrainingSetup, trained: Trained, folder: Path) -> dict[str, Any]:
        """Writes the weights; what the record says of the training."""
        if trained.diverged:
            error = divergence(network.experiment, trained.diverged)
            return {"status": "failed", "reason": error.problems[0].message, "epochs": trained.epochs}
        if self.job.weights:
            write_part(folder / layout.WEIGHTS, finite_bytes(kept_weights(network, trained)))
        return {"status": "completed", **results(network, trained)}

    def _record(self, experiment: Experiment) -> RunRecord:
        return begun(experiment, now(), self.job.command, self.job.versions, self.job.git)

    def _resolved(self, trial: Trial) -> str:
        """The trial's `resolved.yaml`; texts take long to make, and trials of one point differ in the seed alone."""
        key = json.dumps([setting for setting in trial.settings.items() if setting[0] != SEED])
        if key not in self.texts:
            if len(self.texts) >= _MOST_TEXTS:
                self.texts.clear()
            self.texts[key] = dump(trial.experiment.resolved)
        return _SEED.sub(f"seed: {trial.experiment.seed}", self.texts[key], count=1)
