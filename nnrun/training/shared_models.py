"""The models that several runs of one process share; loads TensorFlow with the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # these import TensorFlow, which waits until a run has its folder
    from nnrun.data.dataset import Dataset
    from nnrun.experiment.experiment import Experiment
    from nnrun.model.runtime import Runtime
    from nnrun.training.model_cache import ModelCache
    from nnrun.training.setup import TrainingSetup
    from nnrun.training.train import Training, TrainingPlan

# 120 MB of 32-bit numbers, in models and their data.
_MOST_NUMBERS = 30_000_000
# After so many compiled programs a process is replaced, where that can be: nothing else frees what is kept of them.
MOST_PROGRAMS = 40


class SharedModels:
    """Builds the models of runs, and trains a run on the model and the program of an earlier one where they fit.

    Args:
        most_numbers: how many numbers models and data may have together to be kept for later runs.
    """

    def __init__(self, most_numbers: int = _MOST_NUMBERS) -> None:
        self.most_numbers = most_numbers
        self._cache: ModelCache | None = None
        self._alone = 0  # trainings whose program no other one takes

    @property
    def programs(self) -> int:
        """How many programs were compiled."""
        return self._alone + (self._cache.programs if self._cache else 0)

    @property
    def are_full(self) -> bool:
        """Whether a fresh process should take the place of this one."""
        return self.programs >= MOST_PROGRAMS

    def setup(self, experiment: Experiment, dataset: Dataset, runtime: Runtime) -> TrainingSetup:
        """The model of an experiment with its data, as `build_setup` makes it; the one before can no longer be used.

        Raises:
            ExperimentError: as for `build_setup`.
        """
        from nnrun.experiment.code.custom_section import SECTION  # here, since every command imports this file

        if runtime.several or dataset.streamed or SECTION in experiment.resolved:
            from nnrun.training.setup import build_setup

            return build_setup(experiment, dataset, runtime)
        return self._cache_for(runtime).network(experiment, dataset)

    def training(self, setup: TrainingSetup, plan: TrainingPlan) -> Training:
        """A training of what `setup` has made, on the program of an earlier run where that fits."""
        if self._cache is None or not self._cache.has(setup.model):
            from nnrun.training.train import Training

            self._alone += 1
            return Training(setup.model, *setup.fed, plan)
        return self._cache.training(setup, plan)

    def _cache_for(self, runtime: Runtime) -> ModelCache:
        """The cache of models for a device and so many threads."""
        from nnrun.training.model_cache import ModelCache

        known = self._cache
        if known is None or (known.runtime.device, known.runtime.threads) != (runtime.device, runtime.threads):
            self._cache = known = ModelCache(runtime, self.most_numbers)
        known.runtime = runtime
        return known
