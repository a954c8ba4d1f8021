"""Learning rate schedules that count steps, compared with the steps of the training."""

from __future__ import annotations

from nnrun.errors import Problem
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component
from nnrun.experiment.schema.catalog import load_catalog


def schedule_warning(optimizer: Component, rows: int, batch_size: int, epochs: int) -> Problem | None:
    """A schedule whose learning rate is 0 before the training ends.

    Args:
        optimizer: the optimizer.
        rows: the number of training rows.
        batch_size: samples per step.
        epochs: the number of epochs.
    """
    schedule = optimizer.arguments.get("learning_rate")
    entry = load_catalog().entry("schedules", schedule.name) if isinstance(schedule, Component) else None
    if not isinstance(schedule, Component) or entry is None:
        return None
    arguments = with_defaults(schedule)
    end, steps = arguments.get("end_learning_rate"), arguments.get("decay_steps", 0)
    if entry.name == "CosineDecay":
        end = arguments["alpha"]
        steps += (arguments["warmup_steps"] or 0) if arguments["warmup_target"] is not None else 0
    if end != 0 or arguments.get("cycle"):
        return None
    total = -(-rows // batch_size) * epochs
    if steps >= total:
        return None
    message = f"The learning rate of {schedule.name} is 0 from step {steps:g} on. The training has {total} steps."
    return Problem(message, schedule.place_of("decay_steps"), f"Set decay_steps to {total}, or train fewer epochs.")
