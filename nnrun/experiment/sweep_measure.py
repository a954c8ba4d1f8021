"""What a sweep ranks its trials by, where that is not the same thing in all of them, or the worst is ranked first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nnrun.errors import Problem
from nnrun.experiment.metric_direction import larger_is_better, smaller_is_better
from nnrun.experiment.objective import Objective
from nnrun.experiment.sweep_section import SweepSettings

# Settings after whose change a loss is another quantity: it has another formula, unit, weight or penalty.
_OF_LOSSES = re.compile(
    r"(outputs\..+\.)?loss(\..+)?|outputs\..+\.loss_weight|data\.scale_targets|.+_regularizer(\..+)?"
)
_IS_LOSS = re.compile(r"(val_)?(\w+_)?loss")


def find_measure_warnings(sweep: SweepSettings) -> Iterator[Problem]:
    """A warning for each setting that changes the loss by which trials are ranked, and for a contrary objective.

    Args:
        sweep: what the trials differ in, and their objective.
    """
    objective = sweep.objective
    if objective is not None:
        yield from _contrary(objective)
    if sweep.reach is not None or (objective is not None and not _IS_LOSS.fullmatch(objective.metric)):
        return
    by = str(objective) if objective else "the final loss"
    for setting in sweep.varied:
        if _OF_LOSSES.fullmatch(setting.path) and setting.path not in sweep.fixed_paths:
            message = f'"{setting.path}" changes what the loss measures, and the trials are ranked by {by}.'
            hint = "Rank them by a metric that is the same for all, as in sweep: {objective: max(val_accuracy)}"
            yield Problem(message, setting.key, f"{hint}.")


def _contrary(objective: Objective) -> Iterator[Problem]:
    """A warning for an objective that ranks the worst trial first by the name of its metric."""
    name = objective.metric.removeprefix("val_")
    if (smaller_is_better if objective.largest else larger_is_better)(name):
        contrary = f"{'min' if objective.largest else 'max'}({objective.metric})"
        message = f"{objective.of_trial} ranks the {'largest' if objective.largest else 'smallest'} {name} first."
        yield Problem(message, objective.place, f"Write {contrary}.")
