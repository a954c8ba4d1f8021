"""Which seeds decide the data of an experiment, so that trainings with other seeds need not make them again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.generator import Resources
from nnrun.data.generators.registry import make_source
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.column_steps import balance_of
from nnrun.experiment.experiment import Experiment


def random_sources(experiment: Experiment, keras_home: Path, files: DataFiles) -> frozenset[str]:
    """The seeds that the data depend on: `data` where the generator draws numbers, `split` where rows are shuffled.

    Whether it draws is seen from the generator of random numbers after the rows are made once. A generator that has
    drawn nothing makes the same rows for every seed.

    Args:
        experiment: the experiment; its data are not streamed.
        keras_home: the folder of Keras's downloaded sets.
        files: the files that were read when the experiment was checked.

    Raises:
        ExperimentError, StorageError: as for `generate`.
    """
    settings = experiment.data
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    allowed = AllowedCells(settings.preparation)
    make_source(settings.generator, Resources(rng, keras_home), files, allowed, split=settings.split)
    drawn = rng.bit_generator.state != before or settings.validation is not None or settings.test is not None
    shares = settings.validation_split or settings.test_split or settings.folds or settings.use != 1
    shuffled = shares or settings.window or balance_of(settings.preparation) != "none"
    return frozenset(name for name, used in (("data", drawn), ("split", shuffled)) if used)
