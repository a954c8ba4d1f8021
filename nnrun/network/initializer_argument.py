"""The numbers that initializers take, by which models of one network may differ without being other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnrun.experiment.experiment import Component, Experiment

# Arguments of initializers that multiply, shift or bound what is drawn: they may reach a program as data.
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "random_normal": ("mean", "stddev"),
    "truncated_normal": ("mean", "stddev"),
    "random_uniform": ("minval", "maxval"),
    "constant": ("value",),
    "orthogonal": ("gain",),
}
_IDENTIFIERS = {"".join(name.split("_")): name for name in _NUMBERS}


@dataclass(frozen=True, order=True)
class InitializerArgument:
    """A number that an initializer of a layer takes.

    Args:
        layer: the name of the layer.
        initializer: the layer's argument that holds the initializer, such as `kernel_initializer`.
        argument: the initializer's argument, such as `stddev`.
    """

    layer: str
    initializer: str
    argument: str


def initializer_numbers(experiment: Experiment) -> dict[InitializerArgument, float]:
    """The written numbers of all initializers of an experiment that may reach a program as data."""
    return {
        InitializerArgument(layer.name, name, argument): float(value)
        for layer in experiment.layers
        for name, component in layer.component.arguments.items()
        if isinstance(component, Component) and component.kind == "initializers"
        for argument, value in component.arguments.items()
        if argument in _numbers_of(component.name) and isinstance(value, int | float) and not isinstance(value, bool)
    }


def _numbers_of(initializer: str) -> tuple[str, ...]:
    """The arguments of an initializer, by Keras's class name or identifier, that may be data."""
    return _NUMBERS.get(_IDENTIFIERS.get(initializer.replace("_", "").lower(), ""), ())
