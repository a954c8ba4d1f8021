"""Components as Keras objects."""

from __future__ import annotations

import inspect
import re
from types import ModuleType
from typing import Any

import keras

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.code.code_module import load_module
from nnrun.experiment.code.own_parts import own_object
from nnrun.experiment.experiment import Component
from nnrun.experiment.layer_names import ACTIVATION_LAYERS
from nnrun.experiment.schema.catalog import load_catalog

_MODULES = {
    "callbacks": keras.callbacks,
    "constraints": keras.constraints,
    "initializers": keras.initializers,
    "layers": keras.layers,
    "losses": keras.losses,
    "metrics": keras.metrics,
    "optimizers": keras.optimizers,
    "regularizers": keras.regularizers,
    "schedules": keras.optimizers.schedules,
}
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# An identifier alone, such as `mse`, is resolved by Keras's `compile`, and is the name of the metric.
_BY_NAME_ALONE = ("activations", "losses", "metrics")


def build_component(component: Component, **extra: Any) -> Any:
    """The Keras object of a component.

    Args:
        component: its name and arguments; arguments that are components are built first.
        extra: further arguments of the object's class.

    Returns:
        The object; the name itself for a loss, metric or activation without arguments, as `compile` takes it.

    Raises:
        ExperimentError: Keras refuses the arguments; the problem has the component's place.
    """
    if component.code is not None:
        return _build_own(component, load_module(component.code, component.place), extra)
    if component.kind in _BY_NAME_ALONE and not component.arguments and component.name[0].islower():
        return component.name
    entry = load_catalog().entry(component.kind, component.name)
    assert entry is not None, component
    arguments = {key: _argument(value) for key, value in component.arguments.items()}
    if component.kind == "activations":
        arguments = {key: a.default for key, a in entry.arguments.items()} | arguments
    try:
        return _class_of(component.kind, entry.name)(**arguments, **extra)
    except Exception as error:
        raise refusal(component, error) from error


def _build_own(component: Component, module: ModuleType, extra: dict[str, Any]) -> Any:
    """The object of a component of the user's own: a function as it stands, or an instance of the class."""
    found = own_object(module, component.name)
    if not inspect.isclass(found):
        return found
    arguments = {key: _argument(value) for key, value in component.arguments.items()}
    try:
        return found(**arguments, **extra)
    except Exception as error:
        raise refusal(component, error) from error


def _class_of(kind: str, name: str) -> Any:
    """Keras's class; that of the layer for an activation with arguments, because a saved model can hold it."""
    return getattr(keras.layers, ACTIVATION_LAYERS[name]) if kind == "activations" else getattr(_MODULES[kind], name)


def _argument(value: Any) -> Any:
    if isinstance(value, Component):
        return build_component(value)
    if isinstance(value, list):
        return [_argument(item) for item in value]
    return value


def refusal(component: Component, error: Exception) -> ExperimentError:
    """Keras's complaint about a component as a problem with its place in the file."""
    return ExperimentError(Problem(f"Keras refuses {component.name}: {reason(error)}", component.place))


def reason(error: Exception) -> str:
    """The message of an error of Keras in one line, without the text around it and the name of the operation."""
    text = _COLOURS.sub("", str(error))
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    messages = [part for part in paragraphs if part and not _is_frame(part)]
    message = messages[0].partition(" for '{{node")[0] if messages else type(error).__name__
    return message if message.endswith((".", "!", "?")) else f"{message}."


def _is_frame(paragraph: str) -> bool:
    return paragraph.startswith(("Exception encountered when calling", "Arguments received by"))
