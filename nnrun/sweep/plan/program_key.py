"""What the program of a population depends on, as text: everything but what reaches it as data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from nnrun.experiment.compile_cache_key import compile_cache_key
from nnrun.experiment.experiment import Component, Experiment
from nnrun.network.initializer_argument import InitializerArgument

# The callback whose schedule is part of the program.
SCHEDULER = "LearningRateScheduler"


def program_key(experiment: Experiment) -> str:
    """The digest of what the program of a population depends on: all of `compile_cache_key` but the initializers."""
    settings = dict(experiment.resolved)
    settings["layers"] = [_without_initializers(layer) for layer in settings["layers"]]
    schedules = [repr(callback.arguments) for callback in experiment.callbacks if callback.name == SCHEDULER]
    text = compile_cache_key(settings) + json.dumps([schedules, experiment.shuffle])
    return hashlib.sha256(text.encode()).hexdigest()


def initializers_key(experiment: Experiment, arguments: Sequence[InitializerArgument] = ()) -> str:
    """The initializers of an experiment as text.

    Args:
        experiment: the experiment.
        arguments: numbers that are left out.
    """
    known = {(one.layer, one.initializer, one.argument) for one in arguments}
    return json.dumps([_initializers(layer.name, layer.component, known) for layer in experiment.layers], default=repr)


def _initializers(name: str, component: Component, known: set[tuple[str, str, str]]) -> list[Any]:
    return [
        [argument, value.name, {k: v for k, v in value.arguments.items() if (name, argument, k) not in known}]
        if isinstance(value, Component)
        else [argument, repr(value)]
        for argument, value in component.arguments.items()
    ]


def _without_initializers(layer: Any) -> Any:
    """A written layer without what draws its initial weights."""
    if isinstance(layer, dict):
        return {k: _without_initializers(v) for k, v in layer.items() if not k.endswith("_initializer")}
    if isinstance(layer, list):
        return [_without_initializers(item) for item in layer]
    return layer
