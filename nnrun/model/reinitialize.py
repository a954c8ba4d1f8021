"""Gives a built model the initial weights of another seed, without building it again.

Keras draws initial weights in two steps: each initializer takes a seed from Python's generator when its layer is
created, and the numbers follow from that seed when the layer is built. (Only that generator is seeded. TensorFlow's
takes no part, and seeding it would discard TensorFlow's cached operations, each of which would take ten times as long
at its next call.) Creating and building only the layers, in the same order, gives the same initializers. Everything
else in building a model (calling the layers, compiling, creating variables, tracing) takes most of the time and draws
nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import keras

from nnrun.experiment.experiment import Experiment
from nnrun.model.build import computing_in
from nnrun.model.compat import without_values
from nnrun.model.components import build_component
from nnrun.model.variables import write


def reinitialize(model: keras.Model, experiment: Experiment) -> None:
    """Gives the layers of a model the variables that `build_model` would give them for an experiment's seed.

    Args:
        model: built from an experiment of the same layers.
        experiment: its seed of the weights is used.

    Raises:
        ValueError: a layer has other variables when it is built alone.
    """
    random.seed(experiment.seeds.weights)
    with computing_in(experiment.precision):
        for fresh in create_layers(model, experiment):
            for variable, other in zip(model.get_layer(fresh.name).variables, fresh.variables, strict=True):
                write(variable, other.value)


def create_layers(model: keras.Model, experiment: Experiment) -> Iterator[keras.Layer]:
    """Layers like those of a model, one after another; their variables have no values, only what draws them."""
    for layer in experiment.layers:
        built = model.get_layer(layer.name)
        with without_values():
            fresh = build_component(layer.component, name=layer.name)
            if built.variables:
                fresh.build_from_config(built.get_build_config())
        yield fresh
