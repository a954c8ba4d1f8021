"""Refuses rows with numbers that are not finite, and sample weights that are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.experiment import Component


def check_finite(
    generator: Component, part: Part, first: int | None = None, allowed: AllowedCells | None = None
) -> None:
    """Checks that rows are finite 32-bit numbers, but for missing cells whose preparation is set.

    Args:
        generator: what made them, for the places of its arguments.
        part: the rows.
        first: of some of many rows the number of the first one, from 0; None where they are all.
        allowed: the missing cells that the preparation handles; by default none.

    Raises:
        ExperimentError: a number is not finite, or a sample weight is negative.
    """
    problems = []
    for name, values in (part.inputs | part.targets).items():
        if values.dtype == object:
            continue  # free texts
        if (allowed or AllowedCells()).missing(name, target=name in part.targets):
            values = np.nan_to_num(values, posinf=np.inf, neginf=-np.inf)
        problem = _not_finite(name, values, first)
        if problem:
            hint = problem.hint
            if hint is None and generator.name in ("npz", "npy"):
                steps = f"{{{name}: {{missing: {'drop' if name in part.targets else 'mean'}}}}}"
                hint = f"Say what becomes of missing numbers: data: {{prepare: {{columns: {steps}}}}}"
            problems.append(replace(problem, place=generator.places.get(name, generator.place), hint=hint))
    if part.weights is not None:
        problems += _wrong_weights(generator, part.weights, first)
    if problems:
        raise ExperimentError(*problems)


def _wrong_weights(generator: Component, weights: Array, first: int | None) -> Iterator[Problem]:
    place = generator.place_of("sample_weight")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if wrong.size:
        message = (
            f"A sample weight is a number from 0. Received: {weights[wrong[0]]} in row {wrong[0] + 1 + (first or 0)}"
        )
        yield Problem(message, place)
    elif first is None and not weights.any():
        yield Problem("Every sample weight is 0, so there is nothing to learn from.", place)


def _not_finite(name: str, values: Array, first: int | None) -> Problem | None:
    wrong = ~np.isfinite(values).reshape(len(values), -1)  # (rows, width)
    rows = np.flatnonzero(wrong.any(axis=1))
    if not rows.size:
        return None
    value = values.reshape(len(values), -1)[rows[0]][wrong[rows[0]]][0]
    received = f'Received: {value} in row {rows[0] + 1 + (first or 0)} of the column "{name}"'
    others = f", {rows.size} such rows in all" if first is None and rows.size > 1 else ""
    hint = "Numbers above 3.4e38 are infinite in 32 bits." if np.isinf(value) else None
    return Problem(f"The data must be finite 32-bit numbers. {received}{others}", hint=hint)
