"""The network of an experiment as code: a `keras.Sequential` or a functional `keras.Model`, and how it is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnrun.experiment.experiment import Experiment, Input, Layer
from nnrun.experiment.layer_names import is_automatic
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.export.component_code import component_code, value_code
from nnrun.export.python_text import Code, Variables, call, listed_code, many, statement, text

# Layers that are called as `layer(query, value)` and not with a list.
CALLED_WITH_SEVERAL = ("GroupQueryAttention", "MultiHeadAttention")


def network_code(experiment: Experiment, shapes: Mapping[str, tuple[int, ...]], variables: Variables) -> list[str]:
    """The code that builds the network.

    Args:
        experiment: the experiment.
        shapes: the shape of a sample at each input, by name.
        variables: the names of the program.
    """
    entries = {entry.name: _entry(experiment, entry, shapes[entry.name]) for entry in experiment.inputs}
    if experiment.is_stack:
        layers = [_layer(layer) for layer in experiment.layers]
        return statement("model = ", call("keras.Sequential", listed_code([*entries.values(), *layers])))
    names = {name: variables.take(name) for name in (*entries, *(layer.name for layer in experiment.layers))}
    lines = [line for name, code in entries.items() for line in statement(f"{names[name]} = ", code)]
    for layer in experiment.layers:
        takes = [names[name] for name in layer.inputs]
        several = _own_name(layer) in CALLED_WITH_SEVERAL
        given = takes[0] if len(takes) == 1 else f"{', '.join(takes)}" if several else f"[{', '.join(takes)}]"
        lines += statement(f"{names[layer.name]} = ", _layer(layer, f")({given})"))
    inputs: list[Code] = [names[name] for name in entries]
    outputs: list[Code] = [names[output.layer] for output in experiment.outputs]
    return lines + statement("model = ", call("keras.Model", many(inputs), many(outputs)))


def _own_name(layer: Layer) -> str:
    return load_catalog().own_name("layers", layer.component.name) or layer.component.name


def _entry(experiment: Experiment, entry: Input, shape: tuple[int, ...]) -> Code:
    arguments: dict[str, Any] = dict(entry.component.arguments) if entry.component else {}
    written = tuple(arguments.pop("shape", None) or shape)
    taken = any(layer.name.startswith("input_layer") for layer in experiment.layers)
    if "name" not in arguments and entry.component and not is_automatic(entry.name, "InputLayer"):
        arguments["name"] = entry.name
    if taken:
        arguments.setdefault("name", entry.name)
    return call("keras.Input", repr(written), **{key: value_code(value) for key, value in arguments.items()})


def _layer(layer: Layer, closing: str = ")") -> Code:
    named = {} if is_automatic(layer.name, _own_name(layer)) else {"name": text(layer.name)}
    return component_code(layer.component, alone=False, closing=closing, **named)


def compile_code(experiment: Experiment, *, xla: bool) -> list[str]:
    """The code that compiles the model.

    Args:
        experiment: the experiment.
        xla: whether XLA compiles its steps.
    """
    outputs = experiment.outputs
    losses = [component_code(output.loss) for output in outputs]
    metrics = [listed_code(component_code(metric) for metric in output.metrics) for output in outputs]
    weights = [output.loss_weight for output in outputs]
    arguments: dict[str, Code] = {"optimizer": component_code(experiment.optimizer)}
    arguments["loss"] = losses[0] if len(losses) == 1 else listed_code(losses)
    if any(output.metrics for output in outputs):
        arguments["metrics"] = metrics[0] if len(metrics) == 1 else listed_code(metrics)
    if set(weights) != {1.0}:
        arguments["loss_weights"] = listed_code(repr(weight) for weight in weights)
    arguments["jit_compile"] = str(xla)
    return statement("", call("model.compile", **arguments))
