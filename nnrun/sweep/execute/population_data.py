"""The rows of the trials of a population; trials with the same data share them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array, Dataset
from nnrun.data.files.data_files import DataFiles
from nnrun.data.fitted_experiment import fitted_experiment
from nnrun.data.generate import generate
from nnrun.data.random_sources import random_sources
from nnrun.data.rows import Rows
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.seeds import SOURCES
from nnrun.sweep.plan.population_chunk import PopulationChunk
from nnrun.training.setup import split_rows

_DATA, _SPLIT = SOURCES.index("data"), SOURCES.index("split")


@dataclass(frozen=True, eq=False)
class TrialRows:
    """The data of a trial, as its network takes them.

    Args:
        experiment: its experiment, with the seeds of the data.
        dataset: the data.
        training: the training set.
        validation: the validation set, if any.
        test: the test set, if any.
    """

    experiment: Experiment
    dataset: Dataset
    training: Rows
    validation: Rows | None
    test: Rows | None

    @property
    def shapes(self) -> tuple[object, ...]:
        """What a program depends on: the shapes and types of all arrays."""
        sets = (self.training, self.validation)
        return tuple(tuple((a.shape, str(a.dtype)) for a in rows.flat()) if rows else None for rows in sets)


class PopulationData:
    """Makes the data of the trials of a chunk, each once.

    Trials with the same `numbers` have the same data; int64, (trials,).

    Args:
        chunk: the trials.
        keras_home: the folder of Keras's downloaded sets.
        files: the data files that were read when the trials were planned.
    """

    def __init__(self, chunk: PopulationChunk, keras_home: Path, files: DataFiles) -> None:
        self._chunk = chunk
        self._keras_home = keras_home
        self._files = files
        self._errors: dict[int, ExperimentError] = {}  # by variant
        self._known: dict[int, TrialRows | ExperimentError] = {}  # by number
        used = np.array([self._used_seeds(variant) for variant in range(len(chunk.variants))])  # (variants, 2)
        seeds = np.where(used[chunk.of], chunk.seeds[:, [_DATA, _SPLIT]], -1)  # (trials, 2)
        deciding = np.column_stack([chunk.of, seeds])
        _, firsts, numbers = np.unique(deciding, axis=0, return_index=True, return_inverse=True)
        self.numbers: Array = numbers.reshape(-1)
        self.firsts: list[int] = sorted(firsts.tolist())  # the first trial of each number

    def _used_seeds(self, variant: int) -> list[bool]:
        """Whether the data of a variant depend on the seed of the data, and on that of the split."""
        try:
            sources = random_sources(self._chunk.variants[variant], self._keras_home, self._files)
        except ExperimentError as error:
            self._errors[variant] = error
            sources = frozenset()
        return [SOURCES[source] in sources for source in (_DATA, _SPLIT)]

    def of(self, trial: int) -> TrialRows | ExperimentError:
        """The data of a trial by its position in the chunk, or why there are none."""
        number = int(self.numbers[trial])
        if number not in self._known:
            self._known[number] = self._make(int(self._chunk.of[trial]), trial)
        return self._known[number]

    def different(self, trials: Array) -> list[TrialRows]:
        """The data of some trials that all have data, each once."""
        _, firsts = np.unique(self.numbers[trials], return_index=True)
        return [rows for trial in trials[np.sort(firsts)] if isinstance(rows := self.of(int(trial)), TrialRows)]

    def _make(self, variant: int, trial: int) -> TrialRows | ExperimentError:
        if variant in self._errors:
            return self._errors[variant]
        seeds = dict(zip(SOURCES, map(int, self._chunk.seeds[trial]), strict=True))
        experiment = replace(self._chunk.variants[variant], named_seeds=seeds)
        try:
            dataset = generate(experiment, self._keras_home, self._files)
            experiment = fitted_experiment(experiment, dataset)
            return TrialRows(experiment, dataset, *split_rows(experiment, dataset))
        except ExperimentError as error:
            return error
