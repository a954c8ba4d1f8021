"""The data of trials; streamed rows are prepared and written once for trials in a row that train on the same."""

from __future__ import annotations

import json
from pathlib import Path

from nnrun.data.dataset import Dataset
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.experiment.experiment import Experiment


class TrialData:
    """Makes the data of trials, one after another.

    Args:
        keras_home: the folder of Keras's downloaded sets; streamed rows are kept below it.
        files: the data files that were read when the trials were planned.
    """

    def __init__(self, keras_home: Path, files: DataFiles) -> None:
        self._keras_home = keras_home
        self._files = files
        self._streamed: tuple[str, Dataset] | None = None

    def of(self, experiment: Experiment) -> Dataset:
        """The data of a trial; the errors are those of `generate`."""
        if not experiment.data.stream:
            return generate(experiment, self._keras_home, self._files)
        key = _rows_key(experiment)
        if self._streamed is None or self._streamed[0] != key:
            self._streamed = None  # its rows leave the disk before others are written
            self._streamed = key, generate(experiment, self._keras_home, self._files)
        self._files.verify(experiment.columns.files)
        return self._streamed[1]


def _rows_key(experiment: Experiment) -> str:
    """All that decides the rows that a network takes, and how they lie on disk."""
    inputs = [entry.columns for entry in experiment.inputs]
    outputs = [output.targets for output in experiment.outputs]
    seeds = experiment.seeds.data, experiment.seeds.split
    written = experiment.resolved["data"], seeds, experiment.batch_size, experiment.class_weight, inputs, outputs
    return json.dumps(written, default=str)
