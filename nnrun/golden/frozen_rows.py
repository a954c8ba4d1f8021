"""The rows of an experiment under each of its seeds: their digest, and how many the training set has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nnrun.data.fitted_experiment import fitted_experiment
from nnrun.data.generate import generate
from nnrun.data.random_sources import random_sources
from nnrun.data.rows import training_rows
from nnrun.experiment.seeds import SEED
from nnrun.runs.trained_files import dataset_digest
from nnrun.sweep.plan.plan import SweepPlan


@dataclass(frozen=True)
class FrozenRows:
    """The rows of the trials of a sweep over seeds.

    Args:
        digests: the SHA-256 of the training and validation rows by seed; None where they are streamed.
        training: the number of training rows; None where they are streamed.
    """

    digests: Mapping[int, str | None]
    training: int | None


def rows_of_seeds(plan: SweepPlan, keras_home: Path) -> FrozenRows:
    """Makes the rows of each trial of a sweep over seeds; those that no seed changes are made once.

    Args:
        plan: the sweep.
        keras_home: the folder of Keras's downloaded sets.

    Raises:
        ExperimentError, StorageError: as for `generate`.
    """
    seeds = {int(plan.trials.settings(position)[SEED]): position for position in range(len(plan.trials))}
    first = plan.checked[0].experiment
    if first.data.stream:
        return FrozenRows(dict.fromkeys(seeds), None)
    alike = not random_sources(first, keras_home, plan.files)
    found: dict[int, str | None] = {}
    for seed, position in list(seeds.items())[: 1 if alike else None]:
        experiment = plan.trials[position].experiment
        dataset = generate(experiment, keras_home, plan.files)
        fitted = fitted_experiment(experiment, dataset)
        found[seed] = dataset_digest(fitted, dataset)
    count = training_rows(fitted, dataset.training).count
    return FrozenRows(dict.fromkeys(seeds, next(iter(found.values()))) if alike else found, count)
