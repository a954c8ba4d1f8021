"""The initial weights of many models of one network, drawn in one program.

Keras draws them in two steps: each initializer takes a seed from Python's generator when its layer is created, and the
numbers follow from that seed when the layer is built. To create the layers anew for every seed (`reinitialize`) takes a
hundred times as long as to draw the numbers. Here the layers are created once; what the generator would hand to each
initializer is known from the seed, and reaches it as a tensor.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.experiment.experiment import Experiment
from nnrun.model.build import computing_in
from nnrun.model.compat import initializer_of
from nnrun.model.reinitialize import create_layers
from nnrun.network.initializer_argument import InitializerArgument

# What Keras draws a seed from: random.randint(1, 10⁹).
_LARGEST = 10**9
_MOST_SEEDS = 10_000


class _GivenSeed(keras.random.SeedGenerator):  # type: ignore[misc]  # Keras has no types
    """Hands an initializer a seed that is a tensor."""

    def __init__(self, seed: Any) -> None:
        self.seed = seed

    def next(self, ordered: bool = True) -> Any:
        """The seed as TensorFlow takes it, int32, (2,)."""
        return tf.stack([self.seed, 0])


class InitialWeights:
    """Draws the variables of an experiment's layers for many seeds.

    Args:
        experiment: the experiment; its initializers are used.
        model: its model, whose layers tell the shapes.
        varied: the arguments of initializers that differ between the models.

    Raises:
        ValueError: the layers draw their seeds in a way that cannot be repeated here.
    """

    def __init__(self, experiment: Experiment, model: keras.Model, varied: Sequence[InitializerArgument] = ()) -> None:
        self.precision = experiment.precision
        random.seed(experiment.seeds.weights)
        with computing_in(experiment.precision):
            layers = {layer.name: layer for layer in create_layers(model, experiment)}
        given = _seeds_handed_out(experiment.seeds.weights)
        self.count = len(given)
        self.variables = [variable for layer in layers.values() for variable in layer.variables]
        self.fixed = {i: at for i, v in enumerate(self.variables) if (at := _seed_state(v, given)) is not None}
        drawing = [initializer_of(v) for i, v in enumerate(self.variables) if i not in self.fixed]
        seeded = {id(one): one for one in drawing if isinstance(getattr(one, "seed", None), int)}
        self.seeded = [(one, given.index(one.seed)) for one in seeded.values() if one.seed in given]
        self.varied = [(getattr(layers[one.layer], one.initializer), one.argument) for one in varied]
        signature = [tf.TensorSpec((None, self.count), tf.int32), tf.TensorSpec((None, len(varied)), tf.float32)]
        self.drawn = tf.function(self._draw, input_signature=signature, autograph=False)

    def draw(self, seeds: Sequence[int], arguments: Array) -> list[Array]:
        """The variables of the layers for each seed, in the order in which the layers have them.

        Args:
            seeds: the seeds of the weights, (models,).
            arguments: the numbers of `varied` for each model, float32, (models, arguments).

        Returns:
            Each (models, …).
        """
        handed = _hand_out(seeds, self.count)
        with computing_in(self.precision):
            values = iter(self.drawn(handed, np.asarray(arguments, np.float32)))
        zeros = np.zeros(len(seeds), np.uint32)
        return [
            np.stack([handed[:, self.fixed[i]].astype(np.uint32), zeros], axis=1).astype(variable.dtype)
            if i in self.fixed
            else next(values).numpy()
            for i, variable in enumerate(self.variables)
        ]

    def _draw(self, handed: Any, arguments: Any) -> Any:
        variables = [variable for i, variable in enumerate(self.variables) if i not in self.fixed]

        def one(given: Any) -> Any:
            seeds, numbers = given
            for initializer, position in self.seeded:
                initializer.seed = _GivenSeed(seeds[position])
            for i, (initializer, argument) in enumerate(self.varied):
                setattr(initializer, argument, numbers[i])
            return tuple(initializer_of(v)(tuple(v.shape), dtype=v.dtype) for v in variables)

        signature = tuple(tf.TensorSpec(v.shape, v.dtype) for v in variables)
        if not signature:
            return ()
        return tf.map_fn(one, (handed, arguments), fn_output_signature=signature, parallel_iterations=1)


def _seeds_handed_out(seed: int) -> list[int]:
    """The seeds that the layers have taken from Python's generator since it was seeded.

    Raises:
        ValueError: it was used in another way.
    """
    after = random.getstate()
    random.seed(seed)
    given: list[int] = []
    while random.getstate() != after:
        given.append(random.randint(1, _LARGEST))
        if len(given) > _MOST_SEEDS:
            raise ValueError("the layers draw from Python's generator in a way of their own")
    if len(set(given)) < len(given):
        raise ValueError("two initializers have the same seed by chance")
    return given


def _hand_out(seeds: Sequence[int], count: int) -> Array:
    """The first numbers that Python's generator gives after it is seeded with each seed; int32, (seeds, count)."""
    generator = random.Random()
    handed = np.empty((len(seeds), count), np.int32)
    for row, seed in zip(handed, seeds, strict=True):
        generator.seed(seed)
        row[:] = [generator.randint(1, _LARGEST) for _ in range(count)]
    return handed


def _seed_state(variable: Any, given: Sequence[int]) -> int | None:
    """The position of the seed that a variable holds as the state of a seed generator; None for any other variable."""
    if tuple(variable.shape) != (2,) or "int" not in variable.dtype or variable.trainable:
        return None
    first, second = (int(number) for number in np.asarray(variable.value))
    return given.index(first) if second == 0 and first in given else None
