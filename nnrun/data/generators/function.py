"""The `function` generator: columns drawn from distributions or computed by expressions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nnrun.data.dataset import Array, Source, as_column
from nnrun.data.generators.function_arguments import FUNCTION_ARGUMENTS, Function, parse_function
from nnrun.data.generators.function_noise import NOISE, draw_noise, find_negative_deviation
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.roles import part_of, plain_columns
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.function_sample import FunctionSample

if TYPE_CHECKING:  # NumPy waits until rows are made
    import numpy as np


def _columns(given: GeneratorArguments) -> Columns:
    function = parse_function(given)
    sample = _sample(function)
    find_negative_deviation(given, sample)
    _refuse_missing(given, function)
    given.finish()
    targets = tuple(Column(name, is_label=function.is_label(name)) for name in function.roles.targets)
    classes = 2 if len(targets) == 1 and targets[0].is_label else None
    inputs, keys = plain_columns(function.roles.inputs), plain_columns(function.roles.keys)
    return Columns(inputs, targets, function.samples, classes, sample=sample, keys=keys)


def _sample(function: Function) -> FunctionSample:
    roles = function.roles
    return FunctionSample(
        function.definitions,
        roles.inputs,
        roles.targets,
        function.noise,
        function.samples,
        flips=function.label_flips,
        classes=function.classes,
        whole=math.prod(1 - share for share in function.missing_inputs.values()),
    )


def _refuse_missing(given: GeneratorArguments, function: Function) -> None:
    """Adds a problem where input cells are missing and the preparation has nothing for them."""
    refusing = [name for name in function.missing_inputs if not given.allowed.missing(name)]
    if refusing:
        message = f'Cells of the column "{refusing[0]}" are missing, and data.prepare says nothing about them.'
        given.add("missing_inputs", message, "Write data: {prepare: {missing: mean}}, or another of its choices.")


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: the columns one after the other, then noise, flips and gaps, so that no column depends on these.

    All columns are float32 but the targets that are true or false: these are int32 labels. A missing cell is NaN.
    """
    from nnrun.data.evaluation import evaluate_columns

    function, rng = parse_function(given), resources.rng
    values = evaluate_columns(function.definitions, function.samples, rng)  # each (samples,)
    noisy = draw_noise(given, function.noise, values, rng)
    flipped = {
        name: _flipped(values[name], classes, function.label_flips, rng) for name, classes in function.classes.items()
    }
    known = {**values, **noisy, **flipped}
    targets = {
        name: as_column(known[name], "int32" if function.is_label(name) else "float32")
        for name in function.roles.targets
    }
    keys = {name: as_column(values[name], "float64") for name in function.roles.keys}
    used = (*function.roles.inputs, *((function.roles.weight,) if function.roles.weight else ()))
    columns = {name: as_column(values[name]) for name in used}
    for name, share in function.missing_inputs.items():
        columns[name][rng.random(function.samples) < share] = float("nan")
    return Source(part_of(function.roles, columns, targets, keys))


def _flipped(labels: Array, classes: int, share: float, rng: np.random.Generator) -> Array:
    """The labels (rows,), of which a share is another class, each other one with the same probability."""
    import numpy as np

    chosen = rng.random(len(labels)) < share
    steps = rng.integers(1, classes, len(labels))
    return np.where(chosen, (labels + steps) % classes, labels)


GENERATOR = Generator(
    "function",
    "Columns drawn from distributions or computed by expressions; every argument not listed here is a column.",
    {**FUNCTION_ARGUMENTS, **NOISE},
    _columns,
    _make,
    additional={
        "description": "A column: uniform(low, high), normal(mean, stddev), student(df, scale), linspace(start, stop), "
        "choice(a, b, ...), grid(start, stop, steps), or an expression over the columns above it.",
        "type": ["string", "number"],
    },
    example={"samples": 100, "x": "uniform(0, 1)", "y": "2 * x + 1"},
)
