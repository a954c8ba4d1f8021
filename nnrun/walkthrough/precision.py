"""How far two computations of the same numbers may lie apart, and how far they do.

Keras computes with 32-bit numbers. What that leaves certain of a result depends on the result: a small difference of
large numbers is known badly. So the step by hand is done again several times, every number on its way moved by chance
as far as two neighbouring 32-bit numbers lie apart; how far a result moves then is how far 32 bits leave it open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.rounding import SMALLEST, SPACING, by_chance
from nnrun.walkthrough.step import Moment, Stack, Step, take_step

# A number of Keras agrees with that by hand when it is no farther off than this share of it,
RELATIVE_BOUND = 1e-5
# or than this many times what the rounding to 32 bits was seen to move it.
ROUNDING_BOUND = 16
_TRIALS = 8

# Arrays by the names of what they are.
Numbers = Mapping[str, Array]


@dataclass(frozen=True)
class Difference:
    """The largest distance between the numbers by hand and those of Keras.

    Args:
        count: how many numbers were compared.
        absolute: the largest absolute difference, and the quantity that has it.
        relative: the largest difference as a share of the larger of the two numbers, and the quantity that has it.
        beyond: the quantities of which a number lies farther apart than the bound.
    """

    count: int
    absolute: tuple[float, str]
    relative: tuple[float, str]
    beyond: tuple[str, ...]


def numbers_of(step: Step) -> dict[str, Array]:
    """The numbers of a step that Keras computes too, by name; weights and what belongs to them are counted from 0."""
    numbers = {f"output {i}": values for i, values in enumerate(step.values[1:])}
    numbers["loss"] = np.asarray(step.loss)
    for i, gradient in enumerate(step.gradients):
        numbers[f"gradient {i}"] = gradient
    for i, slots in enumerate(step.slots):
        numbers.update({f"{name} {i}": values for name, values in slots.items()})
    for i, weights in enumerate(step.weights):
        numbers[f"weights {i}"] = weights
    numbers["loss after"] = np.asarray(step.loss_after)
    return numbers


def bounds(stack: Stack, moment: Moment, rng: np.random.Generator) -> dict[str, Array]:
    """For every number of the step how far Keras's may lie from it, in arrays named as by `numbers_of`."""
    exact = numbers_of(take_step(stack, moment))
    moved = {name: np.zeros_like(values) for name, values in exact.items()}
    doubt = SPACING * stack.optimizer.doubt(moment.step)
    for _ in range(_TRIALS):
        disturbed = replace(moment, rate=moment.rate * (1 + doubt * rng.uniform(-1, 1)))
        for name, values in numbers_of(take_step(stack, disturbed, by_chance(rng))).items():
            moved[name] = np.maximum(moved[name], np.abs(values - exact[name]))
    return {
        name: RELATIVE_BOUND * np.abs(values) + ROUNDING_BOUND * (moved[name] + SMALLEST)
        for name, values in exact.items()
    }


def compare(hand: Numbers, keras: Numbers, bound: Numbers) -> Difference:
    """Holds the numbers of Keras against those by hand.

    Args:
        hand: by name.
        keras: those of the same names, of the same shapes; names that it lacks are not compared.
        bound: how far apart they may lie, of the same names and shapes.
    """
    names = [name for name in hand if name in keras]
    with np.errstate(all="ignore"):
        apart = {name: _apart(hand[name], keras[name]) for name in names}
        shares = {name: _share(apart[name], np.maximum(np.abs(hand[name]), np.abs(keras[name]))) for name in names}
    beyond = tuple(name for name in names if not (apart[name] <= bound[name]).all())
    return Difference(sum(hand[n].size for n in names), _largest(apart), _largest(shares), beyond)


def _apart(one: Array, other: Array) -> Array:
    """The distance of numbers; none of equal infinities, an infinite one to what is not a number."""
    return np.nan_to_num(np.where(one == other, 0.0, np.abs(one - other)), nan=np.inf, posinf=np.inf)


def _largest(numbers: Numbers) -> tuple[float, str]:
    return max((float(np.max(values, initial=0.0)), name) for name, values in numbers.items())


def _share(apart: Array, whole: Array) -> Array:
    return np.nan_to_num(np.where(apart == 0, 0.0, apart / whole), nan=np.inf)
