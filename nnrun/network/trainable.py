"""Experiments that are valid and cannot be one training here, or learn nothing."""

from __future__ import annotations

from collections.abc import Iterator

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Component, Experiment
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.network.sizes import refuse_too_large
from nnrun.network.wiring import Graph


def find_frozen_warnings(graph: Graph) -> Iterator[Problem]:
    """A warning where every layer with weights has `trainable: false`, so that nothing is learned."""
    catalog, weighted = load_catalog(), list[Component]()
    for layer in graph.layers:
        entry = layer.component.entry or catalog.entry("layers", layer.component.name)
        if entry is None or layer.component.code or "layer" in entry.arguments:  # its weights are not known
            return
        if any(name.endswith("_initializer") for name in entry.arguments):
            weighted.append(layer.component)
    if weighted and all(component.arguments.get("trainable") is False for component in weighted):
        message = "No weight is trained: all layers with weights have trainable: false."
        yield Problem(message, weighted[0].place_of("trainable"), "Leave it out of the layers that are to learn.")


def refuse_untrainable(experiment: Experiment, memory: int | None) -> None:
    """Refuses an experiment with folds of which none is chosen, and one that needs more memory than this machine has.

    Args:
        experiment: the experiment.
        memory: the machine's memory in bytes; None where that is not known.

    Raises:
        ExperimentError: it cannot be one training.
    """
    if experiment.data.folds and experiment.data.fold is None:
        message = f"An experiment with {experiment.data.folds} folds is as many trainings."
        raise ExperimentError(Problem(message, hint="Train all with nnrun sweep, or one: --set data.fold=1"))
    refuse_too_large(experiment, memory)
