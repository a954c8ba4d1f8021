"""Checks that an Embedding has a row for every index in the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    given = {entry.name: numbers for entry, numbers in zip(experiment.inputs, inputs, strict=True)}
    problems: list[Problem] = []
    for layer in experiment.layers:
        numbers = given.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
        if numbers is None:
            continue
        if layer.component.name in _UNCHANGING:
            given[layer.name] = numbers
        elif layer.component.name in _EMBEDDINGS:
            problems += _misses(layer, numbers)
    if problems:
        raise ExperimentError(*problems)


def _misses(layer: Layer, numbers: Array) -> Iterator[Problem]:
    size = layer.component.arguments["input_dim"]
    found = numbers.astype(np.int64)  # as Keras does
    outside = found[(found < 0) | (found >= size)]
    if outside.size:
        message = (
            f'The layer "{layer.name}" ({layer.component.name}) takes whole numbers from 0 to {size - 1}. '
            f"Received: {outside[0]}"
        )
        hint = f"Give it input_dim: {found.max() + 1}." if found.min() >= 0 else None
        yield Problem(message, layer.component.place_of("input_dim"), hint)
