"""How far two computations of the same numbers may differ, and how far they do.

Keras computes in float32. How much of a result that leaves certain depends on the result: a small difference of large
numbers is known badly. So the step by hand is repeated several times, every intermediate result moved at random by at
most the distance of two neighbouring float32 numbers; how far a result moves then is the effect of rounding on it.
"""

from dataclasses import dataclass, replace

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.keras_step import Numbers, named_numbers
from nnrun.walkthrough.loss_functions import Rounding
from nnrun.walkthrough.step import Stack, Step, StepStart, take_step

# The largest relative distance of two neighbouring float32 numbers, and the smallest normal one.
SPACING, SMALLEST = 2.0**-23, 2.0**-126
# A number of Keras agrees with that by hand when they differ by no more than this share of it,
RELATIVE_BOUND = 1e-5
# plus this many times the measured effect of rounding to float32.
ROUNDING_BOUND = 16
_TRIALS = 8


@dataclass(frozen=True)
class Discrepancy:
    """The largest differences between the numbers by hand and those of Keras.

    Args:
        count: how many numbers were compared.
        absolute: the largest absolute difference, and the quantity that has it.
        relative: the largest difference as a share of the larger of the two numbers, and the quantity that has it.
        beyond: the quantities with a difference beyond the bound.
    """

    count: int
    absolute: tuple[float, str]
    relative: tuple[float, str]
    beyond: tuple[str, ...]


def numbers_of(step: Step) -> dict[str, Array]:
    """The numbers of a step that Keras computes too, named as by `keras_step.named_numbers`."""
    outputs = dict(enumerate(step.values[1:]))
    return named_numbers(outputs, step.loss, step.gradients, step.slots, step.weights, step.loss_after)


def random_rounding(rng: np.random.Generator) -> Rounding:
    """Each number is moved up or down at random, by at most the distance of two neighbouring float32 numbers."""
    return lambda values: np.asarray(values * (1 + SPACING * rng.uniform(-1, 1, np.shape(values))))


def bounds(stack: Stack, start: StepStart, rng: np.random.Generator) -> dict[str, Array]:
    """For every number of the step by how much Keras's may differ, in arrays named as by `numbers_of`."""
    computed = numbers_of(take_step(stack, start))
    moved = {name: np.zeros_like(values) for name, values in computed.items()}
    rate_error = SPACING * stack.optimizer.rate_error(start.step)
    for _ in range(_TRIALS):
        disturbed = replace(start, rate=start.rate * (1 + rate_error * rng.uniform(-1, 1)))
        for name, values in numbers_of(take_step(stack, disturbed, random_rounding(rng))).items():
            moved[name] = np.maximum(moved[name], np.abs(values - computed[name]))
    return {
        name: RELATIVE_BOUND * np.abs(values) + ROUNDING_BOUND * (moved[name] + SMALLEST)
        for name, values in computed.items()
    }


def compare(hand: Numbers, keras: Numbers, bound: Numbers) -> Discrepancy:
    """Compares the numbers of Keras with those by hand.

    Args:
        hand: by name.
        keras: those of the same names, of the same shapes; names that it lacks are not compared.
        bound: how much they may differ, of the same names and shapes.
    """
    names = [name for name in hand if name in keras]
    with np.errstate(all="ignore"):
        absolute = {name: _distance(hand[name], keras[name]) for name in names}
        larger = {name: np.maximum(np.abs(hand[name]), np.abs(keras[name])) for name in names}
        relative = {
            name: np.nan_to_num(np.where(absolute[name] == 0, 0.0, absolute[name] / larger[name]), nan=np.inf)
            for name in names
        }
    beyond = tuple(name for name in names if not (absolute[name] <= bound[name]).all())
    return Discrepancy(sum(hand[n].size for n in names), _largest(absolute), _largest(relative), beyond)


def _distance(one: Array, other: Array) -> Array:
    """The distance of numbers; none of equal infinities, an infinite one to what is not a number."""
    return np.nan_to_num(np.where(one == other, 0.0, np.abs(one - other)), nan=np.inf, posinf=np.inf)


def _largest(numbers: Numbers) -> tuple[float, str]:
    return max((float(np.max(values, initial=0.0)), name) for name, values in numbers.items())
