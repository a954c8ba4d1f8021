"""The settings of the trials of a sweep by their numbers: variants, times random trials, times the grid."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from nnrun.experiment.grid_axis import GridAxis
from nnrun.experiment.seeds import is_seed, is_seed_path
from nnrun.experiment.sweep_section import SweepSettings
from nnrun.experiment.sweep_values import ComputedValues
from nnrun.experiment.text.overrides import Setting
from nnrun.sweep.plan.trial import VARIANT

# Draws that are kept; the trials of one draw often follow one another.
_MOST_DRAWS = 1024
# Of values that are no seeds so many are checked.
_MOST_WRONG = 20


class TrialSpace:
    """All trials of a sweep: none is kept, each follows from its number.

    The last axis of the grid changes fastest. Everything is chosen by a position along each dimension: the variants,
    the random trials, and the axes of the grid.

    Args:
        settings: what the trials differ in.
        seed: the experiment's seed, which the random trials depend on.
    """

    def __init__(self, settings: SweepSettings, seed: Any) -> None:
        self.settings = settings
        self.seed = seed
        self.variants = list(settings.variants.items())
        self.axes = [list(zip(axis.paths, axis.values, strict=True)) for axis in settings.axes]
        self.dimensions = (
            max(1, len(self.variants)),
            settings.trials if settings.drawn else 1,
            *map(len, settings.axes),
        )
        strides = [math.prod(self.dimensions[i:]) for i in range(3, len(self.dimensions) + 1)]
        seeds = [(stride, axis) for stride, axis in zip(strides, settings.axes, strict=True) if _is_of_seeds(axis)]
        self.repeated = [(stride, len(axis)) for stride, axis in seeds]
        self.drawn = lru_cache(_MOST_DRAWS)(self._draw)

    def __len__(self) -> int:
        return math.prod(self.dimensions)

    @property
    def configuration_count(self) -> int:
        """The number of trials, of those that differ in seeds alone one."""
        sizes = (1 if _is_of_seeds(axis) else len(axis) for axis in self.settings.axes)
        return math.prod((*self.dimensions[:2], *sizes))

    def positions(self, number: int) -> list[int]:
        """The position of a trial along each dimension."""
        found = []
        for size in reversed(self.dimensions):
            number, position = divmod(number, size)
            found.append(position)
        return found[::-1]

    def values(self, number: int) -> dict[str, Any]:
        """The settings in which a trial differs from others: value by path, the name of its variant before them."""
        variant, draw, *points = self.positions(number)
        values = {VARIANT: self.variants[variant][0]} if self.variants else {}
        values |= {setting.path: setting.value for setting in self.drawn(draw)}
        for axis, point in zip(self.axes, points, strict=True):
            for path, known in axis:
                values[path] = known[point]
        return values

    def number(self, positions: Sequence[int]) -> int:
        """The number of the trial at a position along each dimension."""
        number = 0
        for size, position in zip(self.dimensions, positions, strict=True):
            number = number * size + position
        return number

    def at(self, positions: Sequence[int], drawn: Sequence[Setting] | None = None) -> list[Setting]:
        """All settings at a position along each dimension, those of the variant too.

        Args:
            positions: the positions.
            drawn: settings in place of those that are drawn.
        """
        variant, draw, *points = positions
        chosen = list(self.variants[variant][1]) if self.variants else []
        axes = (axis.at(point) for axis, point in zip(self.settings.axes, points, strict=True))
        return [*chosen, *(self.drawn(draw) if drawn is None else drawn), *chain.from_iterable(axes)]

    def kinds(self, most: int, *, seeds_alike: bool = True) -> list[Sequence[int]]:
        """The positions along each dimension that need a check.

        Args:
            most: of a range or a series of more values there are as many, evenly spaced, with both ends.
            seeds_alike: whether of valid seeds the first stands for all.
        """
        axes = (_kinds(axis, most, seeds_alike=seeds_alike) for axis in self.settings.axes)
        return [*map(range, self.dimensions[:2]), *axes]

    def configuration(self, number: int) -> int:
        """The number of the first trial that has the same settings but for seeds."""
        return number - sum(number // stride % size * stride for stride, size in self.repeated)

    def _draw(self, trial: int) -> tuple[Setting, ...]:
        """What a random trial draws: it depends on the seed, its number and the setting's path alone."""
        return tuple(
            Setting(d.path, d.distribution.draw(random.Random(f"{self.seed}/{trial}/{d.path}")), d.place, d.key)
            for d in self.settings.drawn
        )


def _is_of_seeds(axis: GridAxis) -> bool:
    return all(map(is_seed_path, axis.paths))


def _kinds(axis: GridAxis, most: int, *, seeds_alike: bool) -> Sequence[int]:
    count = len(axis)
    if seeds_alike and _is_of_seeds(axis):
        wrong = sorted({i for values in axis.values for i in islice(_wrong_seeds(values), _MOST_WRONG)})
        return [0, *(i for i in wrong if i)]
    if count <= most or not all(isinstance(values, range | ComputedValues) for values in axis.values):
        return range(count)
    return [i * (count - 1) // (most - 1) for i in range(most)]


def _wrong_seeds(values: Sequence[Any]) -> Iterator[int]:
    """The positions of values that are no seeds."""
    if isinstance(values, range) and is_seed(values[0]) and is_seed(values[-1]):
        return iter(())
    return (i for i, value in enumerate(values) if not is_seed(value))
