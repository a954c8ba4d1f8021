"""Everything that a training changes, copied and restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from nnrun.model.variables import read, write


@dataclass(frozen=True, eq=False)
class State:
    """The values of all variables of a model, its optimizer and its metrics at one moment."""

    values: tuple[Any, ...]


def variables(model: keras.Model) -> list[Any]:
    """Weights, seed generators, optimizer slots and metrics, each once."""
    every = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return list({id(variable): variable for variable in every}.values())


def take_state(model: keras.Model) -> State:
    """A copy of the current state."""
    return State(tuple(read(variable) for variable in variables(model)))


def put_state(model: keras.Model, state: State) -> None:
    """Restores a state."""
    for variable, value in zip(variables(model), state.values, strict=True):
        write(variable, value)
