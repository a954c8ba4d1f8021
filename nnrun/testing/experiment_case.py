"""An experiment file that is tested, and how long its training may take beside others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnrun.experiment.compile_cache_key import compile_cache_key
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.folds import unchosen_folds
from nnrun.load import load_experiment
from nnrun.run_options import RunOptions
from nnrun.runs.recorded_files import data_files_of

# The rows of a data set whose number is not known before it is read.
_ROWS = 10_000


@dataclass(frozen=True)
class ExperimentCase:
    """An experiment file that is tested.

    Args:
        index: its number among the files, from 0.
        file: the file as the user named it, or as it was found.
        name: the experiment's name.
        seed: its seed.
        folds: into how many folds its rows are divided, all of which are trained; None for an ordinary training.
        work: its number of training steps, to begin with the longest training.
        program: what its compiled program depends on, apart from its data.
    """

    index: int
    file: Path
    name: str
    seed: int
    folds: int | None
    work: int
    program: str


def load_case(index: int, file: Path, options: RunOptions) -> ExperimentCase:
    """Checks an experiment file as `nnrun check` does, without reading long data files to their end.

    Args:
        index: its number.
        file: the file.
        options: which data files and which code may be read.

    Raises:
        ExperimentError: it is not valid.
    """
    files = data_files_of(file, *options.files, in_part=True)
    experiment = load_experiment(file, files=files)
    folds = unchosen_folds(experiment.resolved)
    program = compile_cache_key(experiment.resolved)
    return ExperimentCase(index, file, experiment.name, experiment.seed, folds, _steps(experiment), program)


def _steps(experiment: Experiment) -> int:
    rows = experiment.columns.samples or _ROWS
    return experiment.epochs * -(-rows // experiment.batch_size)
