"""The training of a chunk of trials as populations, each call checked by trials that are trained alone as well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.epoch_order import epoch_orders, rows_in_order
from nnrun.errors import ExperimentError, NnrunError, TrainingError
from nnrun.experiment.compile_cache_key import learning_rate
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.seeds import SOURCES
from nnrun.model.callback_objects import build_schedule
from nnrun.model.evaluate import evaluate
from nnrun.model.index_check import check_indices
from nnrun.model.initial_weights import InitialWeights
from nnrun.model.target_check import check_targets
from nnrun.model.variables import write
from nnrun.model.weights import weight_names
from nnrun.sweep.execute.population_data import PopulationData, TrialRows
from nnrun.sweep.execute.population_results import MeasuredTrials, block_of, measure, metric_names
from nnrun.sweep.execute.train_alone import TrainAlone
from nnrun.sweep.execute.trial_runner import TrialRunner
from nnrun.sweep.plan.population_chunk import PopulationChunk
from nnrun.sweep.plan.program_key import initializers_key
from nnrun.sweep.search.objective_tracker import Unmeasured
from nnrun.sweep.table.trial_block import TrialBlock
from nnrun.training.experiment_training import plan_training
from nnrun.training.failures import tensorflow_errors
from nnrun.training.population import Ends, Population, Starts
from nnrun.training.rule import choose_engine
from nnrun.training.setup import TrainingSetup

_WEIGHTS, _ORDER = SOURCES.index("weights"), SOURCES.index("order")
# How long a call takes at the most, so that progress stays live; the first one is short.
_CALL_SECONDS = 1.0
_FIRST_CALL = 16
_GROWTH = 16
_ENGINE = "The engine of some trials is {}, and xla alone trains many at once (--set engine=xla)"
# So many trials of every program are trained alone as well.
_CHECKS = 2
_MOST_PROGRAMS = 4
_MOST_DRAWS = 64


class DifferentResults(Exception):
    """A trial of a population has other numbers than the same trial trained alone."""


@dataclass(eq=False)
class _Program:
    """A compiled population.

    Args:
        population: the program.
        setup: the model that it trains, with the data of one trial.
        checks: how many trials are still to be compared with their trainings alone.
        size: trials of the next call; grows once their speed is known.
    """

    population: Population
    setup: TrainingSetup
    checks: int = _CHECKS
    size: int = _FIRST_CALL


class PopulationRunner:
    """Trains chunks of trials in this process.

    Args:
        runner: trains single trials, with the same context.
    """

    def __init__(self, runner: TrialRunner) -> None:
        self.runner = runner
        self.context = runner.context
        self.programs: dict[Any, _Program] = {}
        self.draws: dict[Any, InitialWeights] = {}

    def train(self, chunk: PopulationChunk) -> Iterator[TrialBlock | TrainAlone]:
        """Trains the trials of a chunk; those that cannot be trained together are handed back.

        Raises:
            Unmeasured: the target metric or the objective of a search is not measured.
        """
        data = PopulationData(chunk, self.context.keras_home, self.context.files)
        kinds: dict[Any, list[int]] = {}
        for trial in data.firsts:
            kinds.setdefault(self._kind(chunk, trial, data.of(trial)), []).append(data.numbers[trial])
        for kind, numbers in kinds.items():
            trials = np.flatnonzero(np.isin(data.numbers, numbers))
            if isinstance(kind, str):
                yield TrainAlone(_indices(chunk, trials), kind)
            else:
                yield from self._train_alike(chunk, trials, data)

    def _kind(self, chunk: PopulationChunk, trial: int, rows: TrialRows | ExperimentError) -> Any:
        """The shapes of a trial's data, or why it is trained alone; one without data fails by itself."""
        if isinstance(rows, ExperimentError):
            return "The data of some cannot be made"
        variant = chunk.variants[int(chunk.of[trial])]
        engine = choose_engine(variant, rows.training.count, several_devices=self.runner.models.runtime.several)
        return rows.shapes if engine == "xla" else _ENGINE.format(engine)

    def _train_alike(
        self, chunk: PopulationChunk, trials: Array, data: PopulationData
    ) -> Iterator[TrialBlock | TrainAlone]:
        """Trains trials whose data have the same shapes, call by call, first those that can be checked."""
        last = np.isin(trials, list(_witnesses(chunk)), invert=True)
        trials = trials[np.argsort(last, kind="stable")]
        done = 0
        try:
            program = self._program(chunk, trials, data)
            while done < len(trials):
                part = trials[done : done + min(program.size, program.population.capacity)]
                block = self._call(program, chunk, part, data)
                done += len(part)
                yield block
        except Unmeasured:
            raise
        except (DifferentResults, ExperimentError, TrainingError) as error:
            reason = error.problems[0].message if isinstance(error, NnrunError) else str(error)
            yield TrainAlone(_indices(chunk, trials[done:]), reason)

    def _program(self, chunk: PopulationChunk, trials: Array, data: PopulationData) -> _Program:
        """The compiled program for some trials whose data have the same shapes."""
        first, *others = data.different(trials)
        shared = not others
        one_order = len(np.unique(chunk.seeds[trials, _ORDER])) == 1 or not first.experiment.shuffle
        epochs = max(chunk.variants[variant].epochs for variant in np.unique(chunk.of[trials]))
        key = (chunk.program, first.shapes, shared, one_order, epochs)
        if key not in self.programs:
            if len(self.programs) >= _MOST_PROGRAMS:
                del self.programs[next(iter(self.programs))]
            setup = self.runner.build(first.experiment)
            schedule = build_schedule(first.experiment)
            population = Population(
                setup.model,
                _own_variables(setup),
                first.experiment.batch_size,
                first.training,
                first.validation,
                epochs=epochs,
                trainings=len(trials),
                shared_data=shared,
                one_order=one_order,
                schedule=schedule and np.array([schedule(epoch) for epoch in range(epochs)], np.float32),
            )
            self.runner.models.programs += 1
            self.programs[key] = _Program(population, setup)
        return self.programs[key]

    def _call(self, program: _Program, chunk: PopulationChunk, trials: Array, data: PopulationData) -> TrialBlock:
        """Trains trials in one call.

        Raises:
            DifferentResults: a trial that was trained alone as well has other numbers.
        """
        began = time.perf_counter()
        population = program.population
        with tensorflow_errors():
            ends = population.run(self._starts(program, chunk, trials, data))
        measured = measure(ends, metric_names(population.program.names))
        self._check(program, chunk, trials, ends, measured)
        test = self._test_metrics(program, trials, data, ends)
        seconds = (time.perf_counter() - began) / len(trials)
        program.size = int(max(1, min(_GROWTH * program.size, _CALL_SECONDS / seconds)))
        names = weight_names(program.setup.model)
        return block_of(
            chunk.indices[trials],
            {path: [values[trial] for trial in trials] for path, values in chunk.settings.items()},
            chunk.variants,
            chunk.of[trials],
            measured,
            test=test,
            seconds=seconds,
            parameters=program.setup.model.count_params(),
            most_epochs=self.context.most_epochs,
            reach=self.context.reach,
            tracker=self.context.tracker,
            weights=dict(zip(names, ends.weights, strict=True)) if self.context.weights else None,
        )

    def _starts(self, program: _Program, chunk: PopulationChunk, trials: Array, data: PopulationData) -> Starts:
        """What the trials begin with."""
        different = data.different(trials)
        for own in different:
            check_indices(own.experiment, own.training.inputs)
            check_targets(own.experiment, program.setup.model, own.training)
        rows = different if program.population.shared_data else [_rows(data, trial) for trial in trials]
        of, rates = chunk.of[trials], None
        if chunk.rates is not None:
            rates = chunk.rates[trials]
        elif learning_rate(chunk.variants[of[0]].resolved["optimizer"]) is not None:
            rates = np.array([learning_rate(variant.resolved["optimizer"]) for variant in chunk.variants])[of]
        return Starts(
            weights=self._weights(program, chunk, trials),
            orders=_orders(program.population, different[0], chunk.seeds[trials, _ORDER]),
            epochs=np.array([variant.epochs for variant in chunk.variants], np.int32)[of],
            rates=None if rates is None else rates.astype(np.float32),
            data=[(one.training, one.validation) for one in rows],
        )

    def _weights(self, program: _Program, chunk: PopulationChunk, trials: Array) -> list[Array]:
        """The initial values of the variables of all layers, each (trials, …)."""
        drawn: list[Array] = []
        alike: dict[str, list[int]] = {}
        for variant in np.unique(chunk.of[trials]).tolist():
            alike.setdefault(initializers_key(chunk.variants[variant], chunk.arguments), []).append(variant)
        for key, variants in alike.items():
            own = np.flatnonzero(np.isin(chunk.of[trials], variants))
            seeds, numbers = chunk.seeds[trials[own], _WEIGHTS], chunk.numbers[trials[own]].astype(np.float32)
            values = self._draws(program, chunk, chunk.variants[variants[0]], key).draw(seeds.tolist(), numbers)
            drawn = drawn or [np.empty((len(trials), *array.shape[1:]), array.dtype) for array in values]
            for array, part in zip(drawn, values, strict=True):
                array[own] = part
        return drawn

    def _draws(
        self, program: _Program, chunk: PopulationChunk, experiment: Experiment, initializers: str
    ) -> InitialWeights:
        key = (chunk.program, initializers)
        if key not in self.draws:
            if len(self.draws) >= _MOST_DRAWS:
                del self.draws[next(iter(self.draws))]
            try:
                self.draws[key] = InitialWeights(experiment, program.setup.model, chunk.arguments)
            except Exception as error:
                raise DifferentResults(f"Their weights cannot be drawn together: {error}") from error
        return self.draws[key]

    def _check(
        self, program: _Program, chunk: PopulationChunk, trials: Array, ends: Ends, measured: MeasuredTrials
    ) -> None:
        """Trains the first trials of a program alone as well.

        Raises:
            DifferentResults: the numbers differ.
        """
        witnesses = _witnesses(chunk)
        for position, trial in enumerate(trials.tolist()):
            experiment = witnesses.get(trial)
            if program.checks == 0 or experiment is None:
                return
            program.checks -= 1
            if not self._is_same(experiment, position, ends, measured):
                raise DifferentResults("A trial that was trained alone has other numbers than among many")

    def _is_same(self, experiment: Experiment, position: int, ends: Ends, measured: MeasuredTrials) -> bool:
        """Whether a training alone has the same metrics in every epoch, and the same weights."""
        setup = self.runner.build(experiment)
        with tensorflow_errors():
            training = self.runner.models.training(setup, plan_training(experiment, setup.engine, Path()))
            training.run()
            alone = training.finish()
        epochs = int(measured.epochs[position])
        if alone.epochs != epochs or (alone.diverged is not None) == bool(measured.finite[position]):
            return False
        history = {name: values[position, :epochs] for name, values in measured.history.items()}
        if any((np.array(alone.history[name]) != values).any() for name, values in history.items() if epochs):
            return False
        if alone.diverged is not None:
            return alone.diverged == measured.reasons.get(position)
        weights = zip(setup.model.weights, ends.weights, strict=True)
        return all(np.array_equal(weight.numpy(), values[position]) for weight, values in weights)

    def _test_metrics(self, program: _Program, trials: Array, data: PopulationData, ends: Ends) -> dict[str, Array]:
        """The metrics on the test sets, NaN for trials that diverged; each (trials,)."""
        found: dict[str, Array] = {}
        model = program.setup.model
        if all(own.test is None for own in data.different(trials)):
            return found
        for position in np.flatnonzero(ends.finite).tolist():
            own = _rows(data, trials[position])
            if own.test is None:
                continue
            for weight, values in zip(model.weights, ends.weights, strict=True):
                write(weight, values[position])
            for name, value in evaluate(model, own.test, own.experiment.batch_size).items():
                found.setdefault(f"test_{name}", np.full(len(trials), np.nan))[position] = value
        return found


def _witnesses(chunk: PopulationChunk) -> dict[int, Experiment]:
    """The trials of a chunk, by their positions, whose very experiments it has."""
    firsts = np.flatnonzero(chunk.indices == chunk.firsts[chunk.of])
    found = {trial: chunk.variants[chunk.of[trial]] for trial in firsts.tolist()}
    last = np.flatnonzero(chunk.indices == chunk.last.index)
    return found | dict.fromkeys(last.tolist(), chunk.last.experiment)


def _orders(population: Population, rows: TrialRows, seeds: Array) -> Array:
    """The orders of the rows for trials with these seeds of the order, as `Starts` has them."""
    count, epochs = rows.training.count, population.epochs
    if not rows.experiment.shuffle:
        return rows_in_order(count, epochs)[None]
    orders = np.empty((1 if population.one_order else population.capacity, epochs, count), np.int32)
    for own, seed in zip(orders, seeds.tolist(), strict=False):
        own[:] = epoch_orders(seed, count, 0, epochs)
    return orders


def _own_variables(setup: TrainingSetup) -> list[Any]:
    """The variables of a model's layers, in the order in which they are drawn."""
    layers = (setup.model.get_layer(layer.name) for layer in setup.experiment.layers)
    return [variable for layer in layers for variable in layer.variables]


def _rows(data: PopulationData, trial: int) -> TrialRows:
    rows = data.of(int(trial))
    assert isinstance(rows, TrialRows)
    return rows


def _indices(chunk: PopulationChunk, trials: Array) -> tuple[int, ...]:
    return tuple(int(index) for index in chunk.indices[trials])
