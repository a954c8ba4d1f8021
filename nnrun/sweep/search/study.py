"""The Optuna study that draws the trials of a search, a batch at a time.

The draws depend on the seed and on the outcomes of the batches before, in the order of their trials; they depend
neither on the number of processes nor on when each trial ends. An interrupted search draws again from its first trial
on, with the outcomes in the run folders. Decisions are made in memory; `study.journal` in the sweep's folder records
them in Optuna's own format, written anew by every process that works on the search.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState, create_trial

from nnrun.experiment.sweep_section import DrawnSetting
from nnrun.experiment.text.overrides import Setting
from nnrun.runs.record import read_record
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.search.search import BATCH, Search

JOURNAL = "study.journal"

_STATES = {"completed": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}


class Study:
    """The study of a running search.

    Args:
        search: the search.
        name: the study's name.
        folder: the sweep's folder.
    """

    def __init__(self, search: Search, name: str, folder: Path) -> None:
        self.search = search
        self.folder = folder
        self.parameters = {part.path: _DrawnParameter(part) for part in search.settings.drawn}
        self.outcomes: list[TrialOutcome] = []  # of the draws
        self.batch: list[optuna.Trial] = []
        self.journal: optuna.Study | None = None
        self.arguments: Any = {
            "study_name": name,
            "direction": "maximize" if search.tracker.objective.largest else "minimize",
        }
        with _quiet():
            sampler = _sampler(search.settings.sampler, search.seed)
            self.study = optuna.create_study(**self.arguments, sampler=sampler)

    def ask(self) -> tuple[Trial, ...]:
        """The next batch of trials, each checked; empty when all trials of the search are drawn.

        Raises:
            ExperimentError: the drawn settings make no valid experiment.
        """
        first = len(self.outcomes)
        count = min(BATCH, self.search.settings.trials - first)
        distributions = {path: parameter.distribution for path, parameter in self.parameters.items()}
        with _quiet():
            self.batch = [self.study.ask(distributions) for _ in range(count)]
        bounds = self.search.bounds(self.outcomes)
        trials: list[Trial] = []
        for draw, trial in enumerate(self.batch, first):
            settings = [self.parameters[path].setting(value) for path, value in trial.params.items()]
            trials += self.search.repeated(draw, settings, bounds)
        return tuple(trials)

    def tell(self, trained: Sequence[TrialOutcome]) -> None:
        """Adds the outcomes of the batch, in the order of its trials.

        For the sampler a failed trial is worse than all others, so that it avoids settings that diverge.

        Raises:
            StorageError: the journal could not be written.
        """
        outcomes = self.search.by_draw(trained)
        with _quiet():
            for trial, outcome in zip(self.batch, outcomes, strict=True):
                for rung, value in zip(self.search.tracker.rungs, outcome.rungs, strict=False):
                    if value is not None:
                        trial.report(value, rung)
                if outcome.status == "pruned":
                    self.study.tell(trial, state=TrialState.PRUNED)
                else:
                    self.study.tell(trial, self._value(outcome))
        self.outcomes.extend(outcomes)
        with storage_errors("write", self.folder / JOURNAL), _quiet():
            self._write([self._frozen(trial, outcome) for trial, outcome in zip(self.batch, outcomes, strict=True)])

    def _value(self, outcome: TrialOutcome) -> float:
        worst = float("-inf") if self.search.tracker.objective.largest else float("inf")
        return worst if outcome.objective is None else outcome.objective

    def _write(self, trials: Sequence[FrozenTrial]) -> None:
        if self.journal is None:
            for old in self.folder.glob(f"{JOURNAL}*"):  # and the lock of a process that was killed
                old.unlink()
            backend = JournalFileBackend(str(self.folder / JOURNAL))
            self.journal = optuna.create_study(**self.arguments, storage=JournalStorage(backend))
        self.journal.add_trials(trials)

    def _frozen(self, trial: optuna.Trial, outcome: TrialOutcome) -> FrozenTrial:
        """A finished trial as the journal stores it."""
        state = _STATES[outcome.status if outcome.objective is not None else "failed"]
        rungs = zip(self.search.tracker.rungs, outcome.rungs, strict=False)
        frozen = create_trial(
            state=state,
            value=None if state == TrialState.FAIL else outcome.objective,
            params=trial.params,
            distributions=trial.distributions,
            intermediate_values={rung: value for rung, value in rungs if value is not None},
            user_attrs={"folder": outcome.folder, "reason": outcome.reason},
        )
        if outcome.folder:  # a row of a table has no times of its own
            record = read_record(self.folder / outcome.folder)
            frozen.datetime_start = _local(record.started)
            frozen.datetime_complete = _local(record.finished or record.started)
        return frozen


class _DrawnParameter:
    """A setting as an Optuna parameter: choices that are not plain distinct values are labelled by their JSON."""

    def __init__(self, part: DrawnSetting) -> None:
        self.part = part
        self.choices: Mapping[Any, Setting] = {}
        self.distribution: BaseDistribution
        name, ends = part.distribution.name, [setting.value for setting in part.ends]
        if name == "choice":
            self.choices = dict(zip(_labels(ends), part.ends, strict=True))
            self.distribution = CategoricalDistribution(tuple(self.choices))
        elif name == "integers":
            self.distribution = IntDistribution(*ends)
        else:
            low, high = ends
            self.distribution = FloatDistribution(low, high, log=name == "log_uniform")

    def setting(self, value: Any) -> Setting:
        """The setting with a drawn value."""
        return self.choices[value] if self.choices else Setting(self.part.path, value, self.part.place, self.part.key)


def _labels(values: Sequence[Any]) -> list[Any]:
    plain = all(value is None or isinstance(value, bool | int | float | str) for value in values)
    if plain and len(set(values)) == len(values):  # 1 and true are the same to Python
        return list(values)
    return [json.dumps(value, ensure_ascii=False) for value in values]


def _sampler(name: str, seed: int) -> optuna.samplers.BaseSampler:
    """The sampler; with `tpe` the first batch is random, and the trials of a batch avoid one another."""
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=BATCH, multivariate=True, constant_liar=True)


def _local(moment: datetime) -> datetime:
    """A time as Optuna stores it: the local one, without an offset."""
    return moment.astimezone().replace(tzinfo=None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences Optuna's log and its warnings about experimental parts."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
