"""What the time series have in common: a step number and a value."""

from __future__ import annotations

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema, integer
from nnrun.experiment.columns import Column, Columns

MAX_STEPS = 1_000_000


def steps() -> JsonSchema:
    """The schema of the number of rows."""
    return integer("The number of steps, a row each.", 1000, minimum=2, maximum=MAX_STEPS)


def series_columns(given: GeneratorArguments) -> Columns:
    """The columns t, the number of the step, and value."""
    return Columns((Column("t", extent=(0, given["samples"] - 1)),), (Column("value"),), given["samples"])


def series_source(values: Array) -> Source:
    """The values of a series (steps,) in order, with the number of their step from 0."""
    import numpy as np

    return Source(Part({"t": as_column(np.arange(len(values)))}, {"value": as_column(values)}))
