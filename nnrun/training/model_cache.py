"""Models of one process: one compiled program for all trainings that differ only in what it takes as data.

A program is compiled for layers, losses, metrics, an optimizer with its constants, a batch size and the shapes of the
data. Seeds, epochs, the learning rate given as a number and the data themselves are variables or arguments of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import keras
import numpy as np

from nnrun.data.dataset import Dataset
from nnrun.data.fitted_experiment import fitted_experiment
from nnrun.data.rows import Rows
from nnrun.experiment.compile_cache_key import compile_cache_key, learning_rate
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.seeds import MAX_SEED
from nnrun.model.build import build_model
from nnrun.model.compat import put_names, take_names
from nnrun.model.index_check import check_indices
from nnrun.model.reinitialize import reinitialize
from nnrun.model.runtime import Runtime
from nnrun.model.start import put_start_weights
from nnrun.model.target_check import check_targets
from nnrun.training.fit import PlainFit
from nnrun.training.own_engine import engine_of_own_parts
from nnrun.training.program import Program
from nnrun.training.rule import choose_engine
from nnrun.training.setup import TrainingSetup, check_held_out, check_streamed, split_rows
from nnrun.training.state import State, put_state, take_state
from nnrun.training.streamed_program import StreamedProgram
from nnrun.training.train import Training, TrainingPlan, is_traced

Engine = Program | PlainFit

# A group whose trials differ in the shape of their data needs several models in turn.
_MOST_MODELS = 4
_MOST_PROGRAMS = 8  # of one model
# A program that takes fewer epochs in one call than this share of those to train is not used for them.
_LEAST_SHARE = 1 / 16

# How a used model becomes that of another seed: by drawing its variables anew, by copying those of a new model, or not
# at all, where its configuration contains the seed (as that of RandomCrop does).
_Reuse = Literal["reset", "copy", "never"]


@dataclass(eq=False)
class _CachedModel:
    """A cached model.

    Args:
        model: built and compiled.
        pristine: its state before any training.
        names: Keras's counts of automatic names after it was built.
        engines: its compiled programs, by everything that they depend on, the latest last.
        reuse: how it becomes that of another seed; None where that was not tried.
    """

    model: keras.Model
    pristine: State
    names: Mapping[str, int]
    engines: dict[Any, Engine] = field(default_factory=dict)
    reuse: _Reuse | None = None

    @property
    def numbers(self) -> int:
        """How many numbers it keeps in memory: its state twice, and the data of its programs."""
        data = (array for engine in self.engines.values() for array in engine.kept_data)
        return sum(map(np.size, [*self.pristine.values, *self.pristine.values, *data]))


class ModelCache:
    """Builds models and reuses those already built.

    Args:
        runtime: where they are trained.
        most_numbers: how many numbers the models and their data may have together; None for any. One model alone with
            its data is kept in any case, until there is another.
    """

    def __init__(self, runtime: Runtime, most_numbers: int | None = None) -> None:
        self.runtime = runtime
        self.most_numbers = most_numbers
        self.models: dict[str, _CachedModel] = {}
        self.programs = 0  # that were compiled

    def has(self, model: keras.Model) -> bool:
        """Whether a model is one of this cache."""
        return any(known.model is model for known in self.models.values())

    def network(self, experiment: Experiment, dataset: Dataset) -> TrainingSetup:
        """The experiment's network with the weights of `build_setup`; the one before it can no longer be used.

        Raises:
            ExperimentError: Keras refuses the model, or the targets do not fit.
        """
        training, validation, test = split_rows(fitted_experiment(experiment, dataset), dataset)
        rows = dataset.streamed.training.count if dataset.streamed else training.count
        engine = choose_engine(experiment, rows, several_devices=self.runtime.several)
        model = self._model(experiment, training)
        check_held_out(experiment, model, dataset, (validation, test))
        engine, note = engine_of_own_parts(experiment, model, training, validation, engine)
        if dataset.streamed:
            check_streamed(experiment, model, dataset, dataset.streamed)
        put_start_weights(model, experiment)
        return TrainingSetup(experiment, dataset, self.runtime, engine, model, training, validation, test, note)

    def training(self, network: TrainingSetup, plan: TrainingPlan) -> Training:
        """A training of a network of this cache, on the program of an earlier one where that fits."""
        if network.dataset.streamed:  # the rows are read again for every training, which takes longer than to compile
            return Training(network.model, *network.fed, plan)
        engines = self.models[_key(network.experiment, network.training)].engines
        key = (
            network.engine,
            plan.schedule is not None,
            is_traced(network.model, plan.epochs),
            _shapes(network.training),
            network.validation and _shapes(network.validation),
        )
        known = engines.pop(key, None)
        if known is not None and known.capacity < _LEAST_SHARE * min(plan.epochs, plan.longest_chunk or plan.epochs):
            known = None
        if known is not None:
            known.take_data(network.training, network.validation)
        self.programs += known is None
        training = Training(network.model, network.training, network.validation, plan, engine=known)
        if not isinstance(training.engine, StreamedProgram):
            engines[key] = training.engine
        _drop_oldest(engines, _MOST_PROGRAMS)
        return training

    def _model(self, experiment: Experiment, training: Rows) -> keras.Model:
        key = _key(experiment, training)
        known = self.models.pop(key, None)
        if known is None:
            return self._add(key, experiment, training)
        check_indices(experiment, training.inputs)
        check_targets(experiment, known.model, training)
        if known.reuse is None:
            known.reuse = self._find_reuse(known, experiment, training)
        if known.reuse == "never":
            return self._add(key, experiment, training)
        if known.reuse == "reset":
            _reset(known, experiment)
        else:
            put_state(known.model, self._build(experiment, training).pristine)
        put_names(known.names)
        self.models[key] = known
        return known.model

    def _add(self, key: str, experiment: Experiment, training: Rows) -> keras.Model:
        """Builds a model and keeps it in place of the oldest ones."""
        _drop_oldest(self.models, _MOST_MODELS - 1)
        if self.most_numbers is not None:
            while sum(model.numbers for model in self.models.values()) > self.most_numbers:
                del self.models[next(iter(self.models))]
        self.models[key] = self._build(experiment, training)
        return self.models[key].model

    def _build(self, experiment: Experiment, training: Rows) -> _CachedModel:
        with self.runtime.scope():
            model = build_model(experiment, training)
        return _CachedModel(model, take_state(model), take_names())

    def _find_reuse(self, known: _CachedModel, experiment: Experiment, training: Rows) -> _Reuse:
        """How the model becomes that of another seed: reset, it equals a new one in every variable, bit for bit."""
        seed = (experiment.seeds.weights + 1) % (MAX_SEED + 1)
        other = replace(experiment, named_seeds={**experiment.named_seeds, "weights": seed})
        new = self._build(other, training)
        if _config(new.model) != _config(known.model):
            return "never"
        try:
            _reset(known, other)
        except Exception:  # a layer that cannot be built alone
            return "copy"
        pairs = zip(take_state(known.model).values, new.pristine.values, strict=True)
        return "reset" if all(_same(one, two) for one, two in pairs) else "copy"


def _drop_oldest(entries: dict[Any, Any], most: int) -> None:
    while len(entries) > most:
        del entries[next(iter(entries))]


def _key(experiment: Experiment, training: Rows) -> str:
    inner = [[a.shape[1:], str(a.dtype)] for a in training.flat()]
    return compile_cache_key(experiment.resolved) + json.dumps([inner, training.weights is not None])


def _config(model: keras.Model) -> str | None:
    """What of a model is saved beside its variables; None where a part of the user's own cannot tell."""
    with suppress(Exception):
        return json.dumps(model.get_config(), default=repr)
    return None


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
