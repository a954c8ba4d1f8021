"""A training that is needed only where no completed run has its results; one process at a time trains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nnrun.experiment.experiment import Experiment
from nnrun.model.runtime import identity_here
from nnrun.run_listener import RunListener
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.identity import Identity
from nnrun.runs.judge.baseline_run import baseline_for
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.lock import one_at_a_time
from nnrun.runs.record import experiment_facts
from nnrun.store.finished_run import find_finished_run
from nnrun.store.start_run import pin_start

_WAITING = "waiting for another process training this experiment"


@dataclass(frozen=True)
class NeededRun:
    """What is to be trained where it was not trained before.

    Args:
        experiment: the experiment, whose `start` is pinned.
        now: what else decides the result of a training now.
        runs_dir: the folder of all runs.
        baseline: the run that its expectations compare it with.
    """

    experiment: Experiment
    now: Identity
    runs_dir: Path
    baseline: RunEvidence | None = None

    def find(self) -> CompletedRun | None:
        """The completed run that a training now would repeat, as `find_finished_run`; TensorFlow is not loaded."""
        return find_finished_run(self.experiment, self.now, self.runs_dir, self.baseline)

    def find_or_train(self, train: Callable[[], CompletedRun], listener: RunListener) -> tuple[CompletedRun, bool]:
        """The completed run of this or another process, and whether this one has trained it.

        Where another process is training the experiment, this one waits for it, and trains if the other does not
        complete its run.

        Args:
            train: trains the experiment.
            listener: is notified that this process waits.

        Raises:
            Interrupted: a signal came.
            ExperimentError, StorageError: as for `find_finished_run`, and all that `train` raises.
        """
        waited = False

        def wait() -> None:
            nonlocal waited
            if not waited:
                listener.on_stage(_WAITING)
            waited = True
            listener.on_safe_point()

        with one_at_a_time(self.runs_dir, str(experiment_facts(self.experiment)["settings_sha256"]), wait):
            found = self.find()
            return (found, False) if found else (train(), True)


def needed_run(
    experiment: Experiment,
    folder: Path,
    runs_dir: Path,
    *,
    device: str | None,
    threads: int | None,
    baseline: Path | None = None,
) -> NeededRun:
    """The training of an experiment here and now; TensorFlow is not loaded for it.

    Args:
        experiment: the experiment.
        folder: the folder that it lies in.
        runs_dir: the folder of all runs.
        device, threads: as for `identity_here`.
        baseline: as for `baseline_for`.

    Raises:
        ExperimentError: as for `pin_start` and `baseline_for`.
        RunError, StorageError: as for `baseline_for`.
    """
    other = baseline_for(experiment.placed_expectations, baseline)
    return NeededRun(pin_start(experiment, folder, runs_dir), identity_here(device, threads), runs_dir, other)
