"""Components as the Python expressions that make the same objects of Keras."""

from __future__ import annotations

from typing import Any

from nnrun.experiment.experiment import Component
from nnrun.experiment.layer_names import ACTIVATION_LAYERS, is_automatic
from nnrun.experiment.schema.catalog import Entry, load_catalog
from nnrun.export.python_text import Bracket, Code, Keyword, listed_code, text

_MODULES = {
    "callbacks": "keras.callbacks",
    "constraints": "keras.constraints",
    "initializers": "keras.initializers",
    "layers": "layers",
    "losses": "keras.losses",
    "metrics": "keras.metrics",
    "optimizers": "keras.optimizers",
    "regularizers": "keras.regularizers",
    "schedules": "keras.optimizers.schedules",
}
# Kinds whose identifiers, such as "adam", Keras takes by themselves.
_BY_NAME = ("activations", "losses", "metrics", "optimizers")


def component_code(component: Component, *, alone: bool = True, closing: str = ")", **more: Code) -> Code:
    """The expression of a component.

    Args:
        component: its name and arguments.
        alone: whether an identifier such as `adam` may stand for it.
        closing: what follows the arguments.
        more: further arguments.
    """
    by_name = component.kind in _BY_NAME and not component.arguments and component.name[:1].islower()
    if alone and by_name:
        return text(component.name)
    entry = load_catalog().entry(component.kind, component.name)
    assert entry is not None, component
    arguments = dict(component.arguments)
    if component.kind == "activations":  # a layer, as in a saved model
        arguments = {key: a.default for key, a in entry.arguments.items()} | arguments
        function = f"layers.{ACTIVATION_LAYERS[entry.name]}"
    else:
        function = f"{_MODULES[component.kind]}.{entry.name}"
    required = next((name for name, argument in entry.arguments.items() if argument.required), None)
    items: list[Code] = []
    if required in arguments and next(iter(entry.arguments)) == required:
        items.append(value_code(arguments.pop(required)))
    for key, value in arguments.items():
        if component.kind == "activations" or not _is_implied(entry, key, value):
            items.append(Keyword(key, value_code(value)))
    items += [Keyword(key, value) for key, value in more.items()]
    if alone and component.kind == "optimizers" and not items and entry.aliases:
        return text(entry.aliases[0])  # compile("adam") takes Keras's defaults
    return Bracket(f"{function}(", tuple(items), closing)


def _is_implied(entry: Entry, argument: str, value: Any) -> bool:
    """Whether an argument need not be written: Keras's default, or the name that Keras gives by itself."""
    if argument == "name" and isinstance(value, str):
        return is_automatic(value, entry.name)
    known = entry.arguments.get(argument)
    if known is None or not known.has_default or isinstance(known.default, bool) != isinstance(value, bool):
        return False
    return bool(known.default == value)


def value_code(value: Any) -> Code:
    """The expression of an argument's value."""
    if isinstance(value, Component):
        return component_code(value, alone=False)
    if isinstance(value, list | tuple):
        return listed_code(value_code(item) for item in value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return f'float("{value}")'
    return repr(value)
