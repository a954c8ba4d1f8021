"""A network that starts from the weights of another run."""

from __future__ import annotations

import keras

from nnrun.errors import ExperimentError, Problem, listed
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.start_section import StartSettings
from nnrun.model.weights import weight_names
from nnrun.runs.start_weights import layer_of, read_start_weights
from nnrun.runs.stored_weights import StoredWeights


def put_start_weights(model: keras.Model, experiment: Experiment) -> None:
    """Gives the layers of a new model the weights of the run that its experiment starts from, if it has one.

    A weight is found by its layer and its own name, such as `dense/kernel`. The state of the optimizer starts anew.

    Args:
        model: built from the experiment.
        experiment: the experiment; the run in its `start` is a folder.

    Raises:
        ExperimentError: a weight is missing there or has another shape, or as for `read_start_weights`.
    """
    start = experiment.start
    if start is None:
        return
    stored = read_start_weights(start)
    named = zip(weight_names(model), model.weights, strict=True)
    taken = {name: weight for name, weight in named if start.takes(layer_of(name))}
    misfits = {name: m for name, weight in taken.items() if (m := _misfit(name, tuple(weight.shape), start, stored))}
    if misfits:
        wrong = {layer_of(name) for name in misfits}
        fitting = [layer for layer in dict.fromkeys(map(layer_of, taken)) if layer not in wrong]
        hint = f"To start with the layers that fit: --set 'start.layers=[{listed(fitting)}]'" if fitting else None
        raise ExperimentError(*(Problem(message, start.layers_place, hint) for message in misfits.values()))
    for name, weight in taken.items():
        weight.assign(stored.arrays[name])


def _misfit(name: str, shape: tuple[int, ...], start: StartSettings, stored: StoredWeights) -> str | None:
    """How the run lacks a weight of this shape, as a sentence; None where it has it."""
    found = stored.arrays.get(name)
    if found is None:
        return f'The layer "{layer_of(name)}" has the weights {name}, and the run {start.run} does not.'
    if found.shape == shape:
        return None
    shapes = f"in the shape {[*shape]}, and the run {start.run} in {[*found.shape]}"
    return f'The layer "{layer_of(name)}" has the weights {name} {shapes}.'
