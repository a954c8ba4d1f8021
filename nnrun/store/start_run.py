"""The run that an experiment starts from, found by its name and pinned by the digest of its weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.start_section import SECTION, StartSettings
from nnrun.experiment.text.regular_file import is_below
from nnrun.runs.start_weights import digest_of, read_start_weights
from nnrun.store.references import find_run


def pin_start(experiment: Experiment, folder: Path, runs_dir: Path) -> Experiment:
    """The experiment whose `start` has the folder of the run and the SHA-256 of its weights; any other as it is.

    Args:
        experiment: the experiment.
        folder: the folder of its file.
        runs_dir: the folder of all runs, in which names are looked up.

    Raises:
        ExperimentError: there is no such run; it lies in neither folder, unless the command line names it or the file
            knows the digest of its weights; or as for `read_start_weights`.
    """
    if experiment.start is None:
        return experiment
    found = _find(experiment.start, runs_dir)
    _refuse_elsewhere(found, folder, runs_dir)
    pinned = replace(found, sha256=digest_of(read_start_weights(found).arrays))
    return replace(experiment, start=pinned, resolved={**experiment.resolved, SECTION: pinned.resolved})


def _find(start: StartSettings, runs_dir: Path) -> StartSettings:
    try:
        return replace(start, run=str(find_run(start.run, runs_dir).absolute()))
    except StorageError as error:
        raise ExperimentError(*(replace(problem, place=start.place) for problem in error.problems)) from error


def _refuse_elsewhere(start: StartSettings, folder: Path, runs_dir: Path) -> None:
    """Refuses a run that an experiment of others could take from anywhere; weights that it knows are no secret."""
    by_option = start.place is not None and start.place.line == 0
    if by_option or start.sha256 or any(is_below(Path(start.run), root) for root in (folder, runs_dir)):
        return
    message = f"The run {start.run} lies outside the folder of the experiment file and that of all runs."
    raise ExperimentError(
        Problem(message, start.place, f"To start from it, add to the command: --start-from {start.run}")
    )
