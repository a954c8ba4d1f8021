"""Models for the trials of a sweep: one compiled program for all trials that differ only in what it takes as data.

A program is compiled for layers, losses, metrics, an optimizer with its constants, a batch size and the shapes of the
data. Seeds, epochs, the learning rate given as a number and the data themselves are variables or arguments of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Dataset
from nnrun.data.fitted_experiment import fitted_experiment
from nnrun.data.rows import Rows
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.seeds import MAX_SEED
from nnrun.model.build import build_model
from nnrun.model.index_check import check_indices
from nnrun.model.reinitialize import reinitialize
from nnrun.model.runtime import Runtime
from nnrun.model.start import put_start_weights
from nnrun.model.target_check import check_targets
from nnrun.sweep.plan.compile_cache_key import compile_cache_key, learning_rate
from nnrun.training.fit import PlainFit
from nnrun.training.own_engine import engine_of_own_parts
from nnrun.training.program import Program
from nnrun.training.rule import choose_engine
from nnrun.training.setup import TrainingSetup, check_streamed, split_rows
from nnrun.training.state import State, put_state, take_state
from nnrun.training.streamed_program import StreamedProgram
from nnrun.training.train import Training, TrainingPlan, is_traced

Engine = Program | PlainFit

# A group whose trials differ in the shape of their data needs several models in turn.
_MOST_MODELS = 4


@dataclass(eq=False)
class _CachedModel:
    """A cached model.

    Args:
        model: built and compiled.
        pristine: its state before any training.
        engines: its compiled programs, by everything that they depend on.
        exact: whether resetting it to a seed gives the same as building it anew; None where that was not tried.
    """

    model: keras.Model
    pristine: State
    engines: dict[Any, Engine] = field(default_factory=dict)
    exact: bool | None = None


class ModelCache:
    """Builds models and reuses those already built.

    Args:
        runtime: where the trials are trained.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.models: dict[str, _CachedModel] = {}
        self.programs = 0  # that were compiled

    def network(self, experiment: Experiment, dataset: Dataset) -> TrainingSetup:
        """The experiment's network with the weights of `build_setup`; the one before it can no longer be used.

        Raises:
            ExperimentError: Keras refuses the model, or the targets do not fit.
        """
        training, validation, test = split_rows(fitted_experiment(experiment, dataset), dataset)
        rows = dataset.streamed.training.count if dataset.streamed else training.count
        engine = choose_engine(experiment, rows, several_devices=self.runtime.several)
        model = self._model(experiment, training)
        engine, note = engine_of_own_parts(experiment, model, training, validation, engine)
        if dataset.streamed:
            check_streamed(experiment, model, dataset.streamed)
        put_start_weights(model, experiment)
        return TrainingSetup(experiment, dataset, self.runtime, engine, model, training, validation, test, note)

    def training(self, network: TrainingSetup, plan: TrainingPlan) -> Training:
        """A training of a network of this cache, on the program of an earlier one where that fits."""
        if network.dataset.streamed:  # the rows are read again for every trial, which takes longer than to compile
            return Training(network.model, *network.fed, plan)
        engines = self.models[_key(network.experiment, network.training)].engines
        key = (
            network.engine,
            plan.schedule is not None,
            is_traced(network.model, plan.epochs),
            _shapes(network.training),
            network.validation and _shapes(network.validation),
        )
        known = engines.get(key)
        if known is not None:
            known.take_data(network.training, network.validation)
        self.programs += known is None
        training = Training(network.model, network.training, network.validation, plan, engine=known)
        if not isinstance(training.engine, StreamedProgram):
            engines[key] = training.engine
        return training

    def _model(self, experiment: Experiment, training: Rows) -> keras.Model:
        key = _key(experiment, training)
        known = self.models.get(key)
        if known is None:
            if len(self.models) >= _MOST_MODELS:
                del self.models[next(iter(self.models))]
            known = self.models[key] = self._build(experiment, training)
            return known.model
        check_indices(experiment, training.inputs)
        check_targets(experiment, known.model, training)
        if known.exact is None:
            known.exact = self._is_exact(known, experiment, training)
        if known.exact:
            _reset(known, experiment)
        else:
            put_state(known.model, self._build(experiment, training).pristine)
        return known.model

    def _build(self, experiment: Experiment, training: Rows) -> _CachedModel:
        with self.runtime.scope():
            model = build_model(experiment, training)
        return _CachedModel(model, take_state(model))

    def _is_exact(self, known: _CachedModel, experiment: Experiment, training: Rows) -> bool:
        """Whether the model reset to another seed equals a new one, every variable bit for bit."""
        seed = (experiment.seeds.weights + 1) % (MAX_SEED + 1)
        other = replace(experiment, named_seeds={**experiment.named_seeds, "weights": seed})
        try:
            _reset(known, other)
        except Exception:  # a layer that cannot be built alone
            return False
        reset, new = take_state(known.model).values, self._build(other, training).pristine.values
        return all(_same(one, two) for one, two in zip(reset, new, strict=True))


def _key(experiment: Experiment, training: Rows) -> str:
    inner = [[a.shape[1:], str(a.dtype)] for a in training.flat()]
    return compile_cache_key(experiment.resolved) + json.dumps([inner, training.weights is not None])


def _shapes(rows: Rows) -> tuple[Any, ...]:
    return tuple((a.shape, str(a.dtype)) for a in rows.flat())


def _reset(known: _CachedModel, experiment: Experiment) -> None:
    put_state(known.model, known.pristine)
    rate = learning_rate(experiment.resolved["optimizer"])
    if rate is not None:
        known.model.optimizer.learning_rate = rate
    reinitialize(known.model, experiment)


def _same(one: Any, two: Any) -> bool:
    one, two = np.asarray(one), np.asarray(two)
    return bool(one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes())
