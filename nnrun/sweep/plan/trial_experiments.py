"""The experiments of the trials of a sweep: the settings of each, and what is made of them, checked."""

from __future__ import annotations

import copy
import itertools
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, Problem
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
from nnrun.experiment.text.yaml_text import Document, decode, parse_document
from nnrun.load import default_name, interpret
from nnrun.sweep.plan.trial import SEED

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepRequest

MOST_TRIALS = 100_000


class TrialExperiments:
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
        problems += find_sweep_problems(self.document)
        settings = SweepSettings() if problems else read_sweep(self.document, problems)
        axes = []
        for option in request.grids:
            try:
                axes.append(parse_grid(option))
            except ExperimentError as error:
                problems.extend(error.problems)
        self.files = DataFiles(request.data_folders, request.known)
        if problems:
            raise ExperimentError(*in_file_order(dict.fromkeys([*problems, *self._other_problems()])))
        if axes and settings.search is not None:
            raise ExperimentError(beside_search(OPTION, axes[0].settings[0].key))
        self.settings = settings.with_axes(axes)
        self.known: dict[str, Experiment] = {}

    def _other_problems(self) -> Sequence[Problem]:
        """The problems of the file without its trials; none where its overrides are for a trial."""
        if self.unapplied:
            return ()
        try:
            interpret(self.document, self.request.source, "", self.request.folder, self.files)
        except ExperimentError as error:
            return error.problems
        return ()

    def experiment(self, settings: Sequence[Setting]) -> Experiment:
        """The checked experiment with these settings; those that differ in the seed alone are checked once."""
        seeds = [setting.value for setting in settings if setting.path == SEED]
        key = json.dumps([len(seeds), *([s.path, s.value] for s in settings if s.path != SEED)])
        if key not in self.known or not all(map(is_seed, seeds)):
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


def is_seed(value: Any) -> bool:
    """Whether a value is a valid seed."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEED


def with_seed(experiment: Experiment, seed: int) -> Experiment:
    """The same experiment with another seed."""
    return replace(experiment, seed=seed, resolved={**experiment.resolved, SEED: seed})


def combinations(base: TrialExperiments) -> Iterator[tuple[str | None, list[Setting]]]:
    """The variant's name and all settings of every trial.

    Raises:
        ExperimentError: there are more trials than can be listed.
    """
    refuse_too_many(base)
    settings = base.settings
    variants: list[tuple[str | None, tuple[Setting, ...]]] = list(settings.variants.items()) or [(None, ())]
    axes = [axis.settings for axis in settings.axes]
    drawn = draw_settings(base, settings.trials)
    for (name, variant), random_values, grid_values in itertools.product(variants, drawn, itertools.product(*axes)):
        yield name, [*variant, *random_values, *grid_values]


def refuse_too_many(base: TrialExperiments) -> None:
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
        hint = "Try fewer values, or a search: sweep: {search: {…}, trials: 100, objective: min(val_loss)}"
        raise ExperimentError(Problem(message, max(factors, key=lambda factor: factor[0])[1], hint))


def draw_settings(base: TrialExperiments, count: int) -> list[tuple[Setting, ...]]:
    """What each of the first random trials draws; nothing for one trial where nothing is drawn."""
    seed: Any = base.document.at((SEED,)) or 0
    drawn = base.settings.drawn
    return [
        tuple(
            Setting(part.path, part.distribution.draw(random.Random(f"{seed}/{i}/{part.path}")), part.place, part.key)
            for part in drawn
        )
        for i in range(count if drawn else 1)
    ]
