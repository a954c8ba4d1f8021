"""The experiments of the trials of a sweep: the settings of each, and what is made of them, checked."""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.grid_section import OPTION, SECTION, parse_grid
from nnrun.experiment.schema.validation import find_sweep_problems, in_file_order
from nnrun.experiment.search_section import beside_search
from nnrun.experiment.seeds import SEED, SEEDS, in_order, is_seed, is_seed_path, with_first_seeds
from nnrun.experiment.sweep_section import TRIALS, SweepSettings, read_sweep, without_section
from nnrun.experiment.text.overrides import Setting, apply_settings, parse_overrides
from nnrun.experiment.text.yaml_text import Document, decode, parse_document
from nnrun.load import default_name, interpret
from nnrun.store.start_run import pin_start
from nnrun.sweep.plan.fold_axis import with_fold_axis
from nnrun.sweep.plan.trial import Trial, written
from nnrun.sweep.plan.trial_space import TrialSpace

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepRequest

MOST_TRIALS = 10_000_000

# Experiments that are kept, seeds apart.
_MOST_KNOWN = 2048


class TrialExperiments:
    """The document that every trial starts from, and the experiments made from it so far."""

    def __init__(self, request: SweepRequest, files: DataFiles | None = None) -> None:
        self.request = request
        self.document = parse_document(decode(request.source, request.file), request.file)
        self.start = with_first_seeds(without_section(self.document))
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
        self.files = files or DataFiles(request.data_folders, request.known, request.code, request.room)
        if problems:
            raise ExperimentError(*in_file_order(dict.fromkeys([*problems, *self._other_problems()])))
        if axes and settings.search is not None:
            raise ExperimentError(beside_search(OPTION, axes[0].first[0].key))
        self.settings = with_fold_axis(settings.with_axes(axes), self.document)
        self.space = TrialSpace(self.settings, self.document.at((SEED,)) or 0)
        self.known: OrderedDict[str, Experiment] = OrderedDict()
        self.seeds_matter = False  # with another seed a function of the user's own may make other columns

    def _other_problems(self) -> Sequence[Problem]:
        """The problems of the file without its trials; none where its overrides are for a trial."""
        if self.unapplied:
            return ()
        try:
            interpret(with_first_seeds(self.document), self.request.source, "", self.request.folder, self.files)
        except ExperimentError as error:
            return error.problems
        return ()

    def experiment(self, settings: Sequence[Setting]) -> Experiment:
        """The checked experiment with these settings; those that differ in seeds alone are checked once."""
        seeds = {setting.path: setting.value for setting in settings if is_seed_path(setting.path)}
        key = json.dumps([*seeds, *([s.path, s.value] for s in settings if s.path not in seeds)])
        known = self.known.get(key)
        if known is None or not all(map(is_seed, seeds.values())):
            known = self.known[key] = self._interpret(settings)
            if len(self.known) > _MOST_KNOWN:
                self.known.popitem(last=False)
            self.seeds_matter |= bool(known.data.generator.code)
        elif known.data.generator.code:
            return self._interpret(settings)
        self.known.move_to_end(key)
        return with_seeds(known, seeds) if seeds else known

    def values(self, number: int) -> dict[str, Any]:
        """The settings of the trial with a number, by path."""
        return self.space.values(number)

    def configuration(self, number: int) -> int:
        """The number of the first trial with the same experiment but for seeds."""
        return number if self.seeds_matter else self.space.configuration(number)

    def trial(self, number: int) -> Trial:
        """The trial with a number.

        Raises:
            ExperimentError: its settings make no valid experiment.
        """
        settings = self.space.at(self.space.positions(number))
        return Trial(number, self.space.values(number), self.experiment(settings))

    def _interpret(self, settings: Sequence[Setting]) -> Experiment:
        document = Document(copy.deepcopy(self.start.value), dict(self.start.places), dict(self.start.keys))
        if isinstance(document.value, dict) and (
            problems := apply_settings(document, [*self.overrides, *settings], self.document)
        ):
            raise ExperimentError(*problems)
        request = self.request
        stem = default_name(Path(request.file))
        try:
            experiment = interpret(document, request.source, stem, request.folder, self.files, self.settings)
            return pin_start(experiment, request.folder, request.runs_dir)
        except ExperimentError as error:
            raise ExperimentError(*(_in_trial(problem, settings) for problem in error.problems)) from error


def _in_trial(problem: Problem, settings: Sequence[Setting]) -> Problem:
    """A problem of a setting within another one that differs between the trials, with the value that does not suit."""
    place = problem.place
    if place is None:
        return problem
    here = (place.source, place.line, place.text)
    faulty = [s for s in settings if here in [(p.source, p.line, p.text) for p in (s.place, s.key) if p]]
    around = [s for s in settings if any(other.path.startswith(f"{s.path}.") for other in faulty)]
    if not around:
        return problem
    trials = ", ".join(f"{setting.path}={written(setting.value)}" for setting in around)
    return replace(problem, message=f"{problem.message} It is set in the trials with {trials}.")


def with_seeds(experiment: Experiment, seeds: Mapping[str, int]) -> Experiment:
    """The same experiment with other seeds, each by its path; those of single sources are among its settings."""
    seed = seeds.get(SEED, experiment.seed)
    others = {path.removeprefix(f"{SEEDS}."): value for path, value in seeds.items() if path != SEED}
    named = in_order({**experiment.named_seeds, **others})
    section = {SEED: seed, **({SEEDS: named} if named else {})}
    resolved: dict[str, Any] = {}
    for key, value in experiment.resolved.items():
        resolved |= section if key == SEED else {} if key == SEEDS else {key: value}
    return replace(experiment, seed=seed, named_seeds=named, resolved=resolved)


def refuse_too_many(base: TrialExperiments) -> None:
    """Refuses a sweep of more trials than can be listed, with the place of what makes the most of them.

    Raises:
        ExperimentError: it has more than 10,000,000 trials.
    """
    settings, count = base.settings, len(base.space)
    factors = [(len(axis), axis.first[0].key) for axis in settings.axes]
    if settings.drawn:
        factors.append((settings.trials, base.document.place((SECTION, "random", TRIALS)) or settings.drawn[0].key))
    if count > MOST_TRIALS:
        message = f"A sweep has at most {MOST_TRIALS:,} trials. Received: {count:,}"
        hint = "Try fewer values, or a search: sweep: {search: {…}, trials: 100, objective: min(val_loss)}"
        raise ExperimentError(Problem(message, max(factors, key=lambda factor: factor[0])[1], hint))
