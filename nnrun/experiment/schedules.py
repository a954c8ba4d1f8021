"""Learning rates that cannot be, or are 0: numbers and schedules, compared with the steps of the training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from nnrun.errors import Problem
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component

# A share of its initial value below which a learning rate changes no weight of 32 bits.
_VANISHED = 1e-8
# The share of the steps after which a decay may be at 0, as it is where only full batches were counted: it was near 0.
_ENDING = 0.95
_PIECEWISE = "PiecewiseConstantDecay"


class _Zero(NamedTuple):
    """The step from which on a learning rate is 0, the argument that says so, and what is said of it."""

    step: float
    argument: str
    words: str = "is 0"


def find_schedule_problems(optimizer: Component, callbacks: Sequence[Component]) -> Iterator[Problem]:
    """A problem for each piecewise schedule whose boundaries do not rise, or do not divide its values.

    Args:
        optimizer: the optimizer.
        callbacks: the callbacks.
    """
    for schedule in (_schedule(optimizer, "learning_rate"), *(_schedule(part, "schedule") for part in callbacks)):
        if schedule is None or schedule.class_name != _PIECEWISE:
            continue
        boundaries, values = schedule.arguments.get("boundaries", ()), schedule.arguments.get("values", ())
        if len(values) != len(boundaries) + 1:
            message = (
                f"{len(boundaries)} boundaries divide {len(boundaries) + 1} values. Received: {len(values)} values"
            )
            yield Problem(message, schedule.place_of("values"), "The first value holds up to the first boundary.")
        if any(second <= first for first, second in pairwise(boundaries)):
            yield Problem("Each boundary is larger than the one before.", schedule.place_of("boundaries"))


def find_rate_warnings(
    optimizer: Component, callbacks: Sequence[Component], rows: int, batch_size: int, epochs: int
) -> Iterator[Problem]:
    """A warning for each learning rate that is 0 before the training is nearly over.

    Args:
        optimizer: the optimizer.
        callbacks: the callbacks, of which one may set the learning rate of every epoch.
        rows: the number of training rows.
        batch_size: samples per step.
        epochs: the number of epochs.
    """
    if optimizer.arguments.get("learning_rate") == 0:
        message = "The learning rate is 0, so the weights never change."
        yield Problem(message, optimizer.place_of("learning_rate"), "Leave it out for that of Keras.")
    steps = -(-rows // batch_size) * epochs
    yield from _zero_warnings(_schedule(optimizer, "learning_rate"), "step", steps)
    for callback in callbacks:
        yield from _zero_warnings(_schedule(callback, "schedule"), "epoch", epochs)


def _schedule(component: Component, argument: str) -> Component | None:
    found = component.arguments.get(argument)
    return found if isinstance(found, Component) and found.code is None else None


def _zero_warnings(schedule: Component | None, unit: str, total: int) -> Iterator[Problem]:
    zero = _zero(schedule, total) if schedule else None
    if schedule is None or zero is None or zero.step >= _ENDING * total:
        return
    message = f"The learning rate of {schedule.name} {zero.words} from {unit} {zero.step:g} on."
    hint = f"Set decay_steps to {total}, or train fewer epochs." if zero.argument == "decay_steps" else None
    place = schedule.place_of(zero.argument)
    yield Problem(f"{message} The training has {total} {unit}s.", place, hint or f"Set {zero.argument} above 0.")


def _zero(schedule: Component, total: int) -> _Zero | None:
    """Where the learning rate is 0, or too small to change a weight, for the rest of so many steps; None if nowhere."""
    arguments, kind = with_defaults(schedule), schedule.class_name
    steps = arguments.get("decay_steps", 0)
    if kind == _PIECEWISE:
        starts = [0, *(boundary + 1 for boundary in arguments["boundaries"])]
        reached = [(start, value) for start, value in zip(starts, arguments["values"], strict=True) if start < total]
        zeros = [*takewhile(lambda part: part[1] == 0, reversed(reached))]
        return _Zero(zeros[-1][0], "values") if zeros else None
    warmed_up = kind == "CosineDecay" and bool(arguments["warmup_target"])
    if arguments["initial_learning_rate"] == 0 and not warmed_up and not arguments.get("end_learning_rate"):
        return _Zero(0, "initial_learning_rate")
    if kind == "ExponentialDecay" and arguments["decay_rate"] < 1:
        step = math.ceil(steps * math.log(_VANISHED) / math.log(arguments["decay_rate"]))
        return _Zero(step, "decay_steps", f"is below {_VANISHED:g} times its initial value")
    if kind == "CosineDecay" and arguments["alpha"] == 0:
        return _Zero(steps + (arguments["warmup_steps"] if warmed_up else 0), "decay_steps")
    ended = kind == "PolynomialDecay" and arguments["end_learning_rate"] == 0 and not arguments["cycle"]
    return _Zero(steps, "decay_steps") if ended else None
