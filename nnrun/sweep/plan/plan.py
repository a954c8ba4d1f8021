"""From an experiment file and options to the trials of a sweep, every one of them checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.expectations import Expectation
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.validation import in_file_order
from nnrun.experiment.sweep_section import OPTION, SweepSettings
from nnrun.experiment.text.yaml_text import read_source
from nnrun.network.sizes import refuse_too_large
from nnrun.runs.record import recorded_digests
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.plan.trial import SEED, VARIANT, Trial
from nnrun.sweep.plan.trial_experiments import TrialExperiments, combinations
from nnrun.sweep.search.search import Search, plan_search

# After so many different problems, or trials that have one, further trials would hardly add one.
_MOST_PROBLEMS = 20
_MOST_FAILED = 200


@dataclass(frozen=True)
class SweepRequest:
    """A requested sweep, as plain values.

    Args:
        source: the bytes of the experiment file.
        file: the file as the user named it.
        folder: the absolute path of the folder that paths in the file are relative to.
        overrides: settings of every trial, each `PATH=VALUE`.
        grids: settings and their values, each `PATH=VALUES`.
        data_folders: folders whose data files may be read, wherever the experiment lies.
        known: the SHA-256 of data files that may be read wherever they lie.
    """

    source: bytes
    file: str
    folder: Path
    overrides: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    data_folders: tuple[Path, ...] = ()
    known: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class SweepPlan:
    """The trials of a sweep.

    Args:
        request: the request that they follow from.
        name: the experiment's name.
        columns: the settings in which the trials differ: paths, and `variant` before them.
        trials: the trials in their order; of a search those that are drawn already.
        reach: the target of the trials, if any.
        search: the search that draws the trials, if any.
        shard: which part of the sweep the trials are; None for all of it.
        settings: the section `sweep` of the file, with the grids.
        files: the data files of the trials.
    """

    request: SweepRequest
    name: str
    columns: tuple[str, ...]
    trials: tuple[Trial, ...]
    reach: Expectation | None
    search: Search | None = None
    shard: Shard | None = None
    settings: SweepSettings = field(default_factory=SweepSettings)
    files: DataFiles = field(default_factory=DataFiles)

    @property
    def count(self) -> int:
        """The number of trials, of a search with those not drawn yet."""
        return self.search.settings.trials if self.search else len(self.trials)

    @cached_property
    def by_index(self) -> dict[int, Trial]:
        """The trials by their numbers."""
        return {trial.index: trial for trial in self.trials}

    @property
    def file_digests(self) -> dict[str, str]:
        """The SHA-256 of every data file of the trials, by its path below the folder of the experiment."""
        files = (file for experiment in self._experiments for file in experiment.columns.files)
        return {os.path.relpath(file.path, self.request.folder): file.sha256 for file in files}

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings of all trials, each once."""
        return tuple(dict.fromkeys(warning for experiment in self._experiments for warning in experiment.warnings))

    @property
    def _experiments(self) -> list[Experiment]:
        return [self.search.make(())] if self.search else [trial.experiment for trial in self.trials]

    def refuse_too_large(self, memory: int | None) -> None:
        """Refuses trials that need more memory than this machine has.

        Args:
            memory: the machine's memory in bytes; None where that is not known.

        Raises:
            ExperimentError: one does.
        """
        alike = {(id(e.layers), e.epochs, e.batch_size, id(e.columns)): e for e in self._experiments}
        for experiment in alike.values():
            refuse_too_large(experiment, memory)

    def part(self, shard: Shard | None) -> SweepPlan:
        """The plan of one shard, or the same plan.

        Raises:
            ExperimentError: there are fewer trials than shards, or they belong to a search.
        """
        if shard is None:
            return self
        if self.search is not None:
            hint = "Train on several machines with --dask, or in several processes with --jobs."
            message = "A search cannot be divided into shards: each trial follows from those before it."
            raise ExperimentError(Problem(message, hint=hint))
        return replace(self, trials=shard.trials(self.trials), shard=shard)


def request_sweep(
    file: Path, overrides: Sequence[str] = (), grids: Sequence[str] = (), data_folders: Sequence[Path] = ()
) -> SweepRequest:
    """The request of a file with these options.

    Raises:
        ExperimentError: the file cannot be read.
    """
    source, folder = read_source(file), file.absolute().parent
    known = recorded_digests(file.parent)
    return SweepRequest(source, str(file), folder, tuple(overrides), tuple(grids), tuple(data_folders), known)


def sweep_settings(request: SweepRequest) -> SweepSettings:
    """The section `sweep:` of a request, and its grids; no trial is checked.

    Raises:
        ExperimentError: a grid or the section is malformed.
    """
    return TrialExperiments(request).settings


def plan_sweep(request: SweepRequest) -> SweepPlan:
    """The trials of a request: variants, times random trials, times the grid, the last axis fastest.

    The trials of a search are drawn while it runs.

    The value that random trial i draws for a setting depends on the experiment's seed, i and the setting's path alone,
    so more trials or more settings leave those before as they are.

    Raises:
        ExperimentError: with the problems of all trials, each at the setting that causes it.
    """
    base = TrialExperiments(request)
    settings = base.settings
    if settings.search is not None:
        name, columns = base.experiment(()).name, tuple(part.path for part in settings.search.drawn)
        search = plan_search(settings.search, base.document.at((SEED,)) or 0, base.experiment)
        return SweepPlan(request, name, columns, (), settings.reach, search, files=base.files, settings=settings)
    paths = [*(part.path for part in settings.drawn), *(axis.path for axis in settings.axes)]
    columns = (*([VARIANT] if settings.variants else []), *dict.fromkeys(paths))
    if not columns and base.unapplied:
        raise ExperimentError(*base.unapplied)
    if not columns:
        hint = f"For example: {OPTION} seed=0..99, or a section sweep: in the file."
        raise ExperimentError(Problem("There is nothing to sweep over.", hint=hint))
    trials = list(_trials(base))
    name = trials[0].experiment.name
    return SweepPlan(request, name, columns, tuple(trials), settings.reach, files=base.files, settings=settings)


def _trials(base: TrialExperiments) -> Iterator[Trial]:
    problems: dict[Problem, None] = {}
    failed = 0
    for index, (variant, settings) in enumerate(combinations(base)):
        values = {VARIANT: variant} if variant is not None else {}
        values |= {s.path: s.value for s in settings[len(base.settings.variants.get(variant or "", ())) :]}
        try:
            yield Trial(index, values, base.experiment(settings))
        except ExperimentError as error:
            problems.update(dict.fromkeys(error.problems))
            failed += 1
            if len(problems) >= _MOST_PROBLEMS or failed >= _MOST_FAILED:
                break
    if problems:
        raise ExperimentError(*in_file_order(problems))
