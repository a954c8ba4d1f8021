"""The `function` generator: columns drawn from distributions or computed by expressions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nnrun.data.columns import Function, parse_function
from nnrun.data.dataset import Array, Part, as_column, part_of
from nnrun.data.evaluation import Values, evaluate
from nnrun.experiment.experiment import Component
from nnrun.experiment.expressions import Distribution


def make_function(generator: Component, rng: np.random.Generator) -> Part:
    """The rows of a `function` generator.

    The columns are computed in float64, one after the other as they are written; then the noise is drawn and added to
    the targets, so that no column sees it. The last grid column varies fastest.

    Returns:
        All columns float32 but the targets that are true or false: these are int32 labels.

    Raises:
        ExperimentError: the function is not well-formed.
    """
    function = parse_function(generator)
    columns = _columns(function, rng)
    targets = {name: _target(function, name, columns[name], rng) for name in function.roles.targets}
    return part_of(function.roles, {name: as_column(values) for name, values in columns.items()}, targets)


def _columns(function: Function, rng: np.random.Generator) -> dict[str, Values]:
    positions = _grid_positions(function)
    columns: dict[str, Values] = {}
    for name, definition in function.definitions.items():
        if not isinstance(definition, Distribution):
            columns[name] = evaluate(definition, columns, function.samples)
        elif definition.name == "grid":
            start, stop, steps = definition.arguments
            columns[name] = np.linspace(start, stop, int(steps))[positions[name]]
        else:
            columns[name] = _draw(definition, function.samples, rng)
    return columns  # each (samples,)


def _grid_positions(function: Function) -> Mapping[str, NDArray[np.intp]]:
    """The step of each grid column in every row of their cartesian product."""
    steps = {
        name: int(definition.arguments[2])
        for name, definition in function.definitions.items()
        if isinstance(definition, Distribution) and definition.name == "grid"
    }
    if not steps:
        return {}
    return dict(zip(steps, np.unravel_index(np.arange(function.samples), tuple(steps.values())), strict=True))


def _draw(distribution: Distribution, samples: int, rng: np.random.Generator) -> Values:
    match distribution:
        case Distribution("uniform", (low, high)):
            return rng.uniform(low, high, samples)
        case Distribution("normal", (mean, stddev)):
            return rng.normal(mean, stddev, samples)
        case Distribution("linspace", (start, stop)):
            return np.linspace(start, stop, samples)
    return rng.choice(distribution.arguments, samples)


def _target(function: Function, name: str, values: Values, rng: np.random.Generator) -> Array:
    if function.is_label(name):
        return as_column(values, np.int32)
    return as_column(values + _draw(function.noise, function.samples, rng) if function.noise else values)
