"""Whether a model has the weights and predictions that expectations name."""

from __future__ import annotations

import math

from nnrun.experiment.expect.faults import RunParts, refuse_unknown_parts
from nnrun.model.weights import weight_names
from nnrun.network.metric_names import refuse_unmeasured
from nnrun.training.setup import TrainingSetup


def refuse_unknown(setup: TrainingSetup) -> None:
    """Refuses expectations and callbacks with an unknown metric, and expectations that name what the model lacks.

    Raises:
        ExperimentError: with a problem for each of these.
    """
    experiment = setup.experiment
    refuse_unmeasured(experiment, setup.metrics())
    if any(expectation.needs_network for expectation in experiment.expect):
        refuse_unknown_parts(experiment.placed_expectations, _parts(setup))


def _parts(setup: TrainingSetup) -> RunParts:
    weights: dict[str, dict[str, tuple[int, ...]]] = {layer.name: {} for layer in setup.experiment.layers}
    for name, weight in zip(weight_names(setup.model), setup.model.weights, strict=True):
        layer, _, own = name.partition("/")
        weights.setdefault(layer, {})[own] = tuple(weight.shape)
    shapes = [output.shape[1:] for output in setup.model.outputs]
    known = all(size is not None for shape in shapes for size in shape)
    return RunParts(
        weights=weights,
        samples=setup.experiment.resolved["predict"],
        numbers=sum(map(math.prod, shapes)) if known else None,
    )
