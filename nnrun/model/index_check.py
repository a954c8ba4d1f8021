"""Checks that an Embedding has a row for every index in the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment, Layer

_EMBEDDINGS = ("Embedding", "ReversibleEmbedding")
# Layers whose output has the same numbers as their input.
_UNCHANGING = ("Flatten", "Identity", "Permute", "RepeatVector", "Reshape")


def check_indices(experiment: Experiment, inputs: Sequence[Array]) -> None:
    """Checks the indices in the data against `input_dim` of each Embedding.

    TensorFlow ends the training at an index that is out of range; with XLA it silently uses another one.

    Args:
        experiment: the experiment.
        inputs: an array per input of the network, each (rows, …).

    Raises:
        ExperimentError: with a problem for every layer that gets an index out of range.
    """
    problems: list[Problem] = []
    for layer, position in embedded_inputs(experiment):
        problems += _misses(layer, inputs[position])
    if problems:
        raise ExperimentError(*problems)


def embedded_inputs(experiment: Experiment) -> Iterator[tuple[Layer, int]]:
    """Each Embedding that takes the numbers of an input as they are, with the position of the input."""
    sources = {entry.name: position for position, entry in enumerate(experiment.inputs)}
    for layer in experiment.layers:
        source = sources.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
        if source is None:
            continue
        if layer.component.name in _UNCHANGING:
            sources[layer.name] = source
        elif layer.component.name in _EMBEDDINGS:
            yield layer, source


def outside_indices(layer: Layer, numbers: Array) -> Array:
    """Where numbers, (rows, …), are no index of an Embedding; truth values of the same shape."""
    found = numbers.astype(np.int64)  # as Keras does
    return np.asarray((found < 0) | (found >= layer.component.arguments["input_dim"]))


def index_message(layer: Layer, received: Any) -> str:
    """What an Embedding takes, in words."""
    size = layer.component.arguments["input_dim"]
    name = f'The layer "{layer.name}" ({layer.component.name})'
    return f"{name} takes whole numbers from 0 to {size - 1}. Received: {received}"


def _misses(layer: Layer, numbers: Array) -> Iterator[Problem]:
    found = numbers.astype(np.int64)
    outside = found[outside_indices(layer, numbers)]
    if outside.size:
        message = index_message(layer, outside[0])
        hint = f"Give it input_dim: {found.max() + 1}." if found.min() >= 0 else None
        yield Problem(message, layer.component.place_of("input_dim"), hint)
