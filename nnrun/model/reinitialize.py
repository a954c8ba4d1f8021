"""A built model put back to the weights of another seed, without building it again.

Keras draws initial weights in two steps: each initializer takes a seed from Python's generator when its layer is made,
and the numbers follow from that seed when the layer is built. (So that generator alone is seeded: to seed TensorFlow's,
which takes no part, would throw away all that TensorFlow keeps of its operations, and each would take ten times as
long at its next call.) Making and building the layers alone, in the same order,
gives the same initializers; all else that building a model does (calling the layers, compiling, creating variables,
tracing) takes most of the time and draws nothing.
"""

from __future__ import annotations

import random

import keras

from nnrun.experiment.experiment import Experiment
from nnrun.model.build import computing_in
from nnrun.model.compat import without_values
from nnrun.model.components import build_component
from nnrun.model.variables import write


def reinitialize(model: keras.Model, experiment: Experiment) -> None:
    """Gives the layers of a model the variables that `build_model` would give them for the experiment's seed.

    Args:
        model: built from an experiment of the same layers.
        experiment: decides the seed.

    Raises:
        ValueError: a layer is built otherwise when it stands alone.
    """
    random.seed(experiment.seed)
    with computing_in(experiment.precision):
        for layer in experiment.layers:
            built = model.get_layer(layer.name)
            with without_values():
                fresh = build_component(layer.component, name=layer.name)
                if built.variables:
                    fresh.build_from_config(built.get_build_config())
            for variable, other in zip(built.variables, fresh.variables, strict=True):
                write(variable, other.value)
