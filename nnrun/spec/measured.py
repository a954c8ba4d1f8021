"""What an experiment expects and monitors, held against what its training measures."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.spec.callbacks import monitored
from nnrun.spec.experiment import Experiment


def refuse_unmeasured(experiment: Experiment, names: Sequence[str]) -> None:
    """Refuses to expect or to monitor what nothing measures.

    Args:
        experiment: the experiment.
        names: the names of all that its training measures.

    Raises:
        ExperimentError: with a problem for each metric that is none of them.
    """
    asked = [(e.metric, place) for e, place in zip(experiment.expect, experiment.expect_places, strict=True)]
    asked += [asking for callback in experiment.callbacks if (asking := monitored(callback))]
    problems = []
    for metric, place in asked:
        if metric not in names:
            hint = did_you_mean(metric, names) or f"This experiment measures: {', '.join(names)}."
            problems.append(Problem(f'Nothing measures "{metric}".', place, hint))
    if problems:
        raise ExperimentError(*problems)
