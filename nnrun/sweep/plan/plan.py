"""From an experiment file and options to the trials of a sweep, every one of them checked."""

from __future__ import annotations

import copy
import itertools
import json
import math
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.expectations import Expectation
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.envelope import MAX_SEED
from nnrun.experiment.schema.validation import find_sweep_problems, in_file_order
from nnrun.experiment.search_section import beside_search
from nnrun.experiment.sweep_section import (
    OPTION,
    SECTION,
    TRIALS,
    SweepSettings,
    parse_grid,
    read_sweep,
    without_section,
)
from nnrun.experiment.text.overrides import Setting, apply_settings, parse_overrides
from nnrun.experiment.text.yaml_text import Document, decode, parse_document, read_source
from nnrun.load import default_name, interpret
from nnrun.network.sizes import refuse_too_large
from nnrun.runs.record import recorded_digests
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.plan.trial import SEED, VARIANT, Trial
from nnrun.sweep.search.search import Search, plan_search

MOST_TRIALS = 100_000

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
    return _Base(request).settings


def plan_sweep(request: SweepRequest) -> SweepPlan:
    """The trials of a request: variants, times random trials, times the grid, the last axis fastest.

    The trials of a search are drawn while it runs.

    The value that random trial i draws for a setting depends on the experiment's seed, i and the setting's path alone,
    so more trials or more settings leave those before as they are.

    Raises:
        ExperimentError: with the problems of all trials, each at the setting that causes it.
    """
    base = _Base(request)
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


class _Base:
    """The document that every trial starts from, and the experiments made from it so far."""

    def __init__(self, request: SweepRequest) -> None:
        self.request = request
        self.document = parse_document(decode(request.source, request.file), request.file)
        self.start = without_section(self.document)
        problems: list[Problem] = []
        overrides = parse_overrides(request.overrides, problems)
        self.overrides = [setting for setting in overrides if setting.steps[0] != SECTION]
        # One that leads nowhere may lie within a setting of the trials.
        self.unapplied = apply_settings(self.document, overrides) if isinstance(self.document.value, dict) else []
        section_problems = find_sweep_problems(self.document)
        settings = SweepSettings() if section_problems else read_sweep(self.document, section_problems)
        problems += section_problems
        axes = []
        for option in request.grids:
            try:
                axes.append(parse_grid(option))
            except ExperimentError as error:
                problems.extend(error.problems)
        if problems:
            raise ExperimentError(*in_file_order(problems))
        if axes and settings.search is not None:
            raise ExperimentError(beside_search(OPTION, axes[0].settings[0].key))
        self.settings = settings.with_axes(axes)
        self.known: dict[str, Experiment] = {}
        self.files = DataFiles(request.data_folders, request.known)

    def experiment(self, settings: Sequence[Setting]) -> Experiment:
        """The checked experiment with these settings; those that differ in the seed alone are checked once."""
        seeds = [setting.value for setting in settings if setting.path == SEED]
        key = json.dumps([len(seeds), *([s.path, s.value] for s in settings if s.path != SEED)])
        if key not in self.known or not all(map(_is_seed, seeds)):
            self.known[key] = self._interpret(settings)
        return with_seed(self.known[key], seeds[0]) if seeds else self.known[key]

    def _interpret(self, settings: Sequence[Setting]) -> Experiment:
        document = Document(copy.deepcopy(self.start.value), dict(self.start.places), dict(self.start.keys))
        if isinstance(document.value, dict) and (
            problems := apply_settings(document, [*self.overrides, *settings], self.document)
        ):
            raise ExperimentError(*problems)
        stem = default_name(Path(self.request.file))
        return interpret(document, self.request.source, stem, self.request.folder, self.files, self.settings)


def _is_seed(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEED


def with_seed(experiment: Experiment, seed: int) -> Experiment:
    """The same experiment with another seed."""
    return replace(experiment, seed=seed, resolved={**experiment.resolved, SEED: seed})


def _trials(base: _Base) -> Iterator[Trial]:
    problems: dict[Problem, None] = {}
    failed = 0
    for index, (variant, settings) in enumerate(_combinations(base)):
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


def _combinations(base: _Base) -> Iterator[tuple[str | None, list[Setting]]]:
    """The variant's name and all settings of every trial."""
    settings = base.settings
    _refuse_too_many(base)
    drawn = [_draw(base, i) for i in range(settings.trials)] if settings.drawn else [()]
    variants: list[tuple[str | None, tuple[Setting, ...]]] = list(settings.variants.items()) or [(None, ())]
    axes = [axis.settings for axis in settings.axes]
    for (name, variant), random_values, grid_values in itertools.product(variants, drawn, itertools.product(*axes)):
        yield name, [*variant, *random_values, *grid_values]


def _refuse_too_many(base: _Base) -> None:
    """Refuses a sweep of more trials than can be listed, with the place of what makes the most of them.

    Raises:
        ExperimentError: it has more than 100,000 trials.
    """
    settings = base.settings
    factors = [(len(axis.settings), axis.settings[0].key) for axis in settings.axes]
    if settings.drawn:
        factors.append((settings.trials, base.document.place((SECTION, "random", TRIALS)) or settings.drawn[0].key))
    count = max(1, len(settings.variants)) * math.prod(factor for factor, _ in factors)
    if count > MOST_TRIALS:
        message = f"A sweep has at most {MOST_TRIALS:,} trials. Received: {count:,}"
        hint = (
            "Try fewer values, or search for the best ones: sweep: {search: …, trials: 100, objective: min(val_loss)}."
        )
        raise ExperimentError(Problem(message, max(factors, key=lambda factor: factor[0])[1], hint))


def _draw(base: _Base, i: int) -> tuple[Setting, ...]:
    """What random trial i draws."""
    seed: Any = base.document.at((SEED,)) or 0
    return tuple(
        Setting(part.path, part.distribution.draw(random.Random(f"{seed}/{i}/{part.path}")), part.place, part.key)
        for part in base.settings.drawn
    )
